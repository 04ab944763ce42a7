"""Prompts of SQL writers, and how their replies are read."""

import sqlite3
from collections.abc import Iterator, Sequence
from contextlib import closing

import pytest
from scripted_chat import ScriptedChat

from agent.drafts import SqlDraft
from agent.sql_writers import ChatSqlWriter, CompletionSqlWriter
from agent.toolbox import SqlTask
from tools.caller import Caller
from tools.sql.golden import read_golden, with_fingerprints
from tools.sql.run import Database

GOLDEN = """\
- question: How many lamps were sold in Oslo?
  sql: SELECT count(*) FROM lamp_sale WHERE city = 'Oslo'
- question: Who is the oldest customer?
  sql: SELECT name FROM lamp_sale
"""
QUESTION = "How many lamps were sold in Rome?"
STATEMENT = "SELECT count(*) FROM lamp_sale WHERE city = 'Rome'"


class Completing:
    """A completion model that always writes the same, and records its prompts."""

    def __init__(self, written: str) -> None:
        self.written = written
        self.told = ""

    async def complete(self, prompt: str, *, stop: Sequence[str], max_new_tokens: int) -> str:
        self.told = prompt
        return self.written


@pytest.fixture(scope="module")
def shop(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Database]:
    """Three hundred tables with one golden query that fits them and one that does not."""
    folder = tmp_path_factory.mktemp("shop")
    path, golden = folder / "shop.sqlite", folder / "golden.yaml"
    with closing(sqlite3.connect(path)) as connection:
        connection.execute("CREATE TABLE lamp_sale (city TEXT, amount INTEGER)")
        for number in range(300):
            connection.execute(f"CREATE TABLE other_{number} (id INTEGER, remarks TEXT, code TEXT)")
    golden.write_text(GOLDEN, "utf-8")
    with closing(Database.open(f"sqlite:///{path}")) as opened:
        text = with_fingerprints(GOLDEN, read_golden(golden), opened.schema(), opened.check)
    golden.write_text(text, "utf-8")
    with closing(Database.open(f"sqlite:///{path}", name="shop", golden_queries=golden)) as opened:
        yield opened


async def test_a_chat_model_is_told_the_needed_tables_and_the_nearest_golden_queries(
    shop: Database,
) -> None:
    chat = ScriptedChat(lines={"write_sql": [f"```sql\n{STATEMENT};\n```"]})
    written = await ChatSqlWriter(chat, "chat").write(SqlTask(QUESTION, shop, Caller("ada")))
    assert isinstance(written, SqlDraft)
    assert written.sql == STATEMENT
    told = chat.told("write_sql")
    assert "table lamp_sale" in told
    assert "table other_7" not in told
    assert "Question: How many lamps were sold in Oslo?\nSELECT count(*) FROM lamp_sale" in told
    assert "oldest customer" not in told
    assert len(told) < 4_000 * 3


async def test_a_completion_model_is_told_the_same(shop: Database) -> None:
    model = Completing(f" {STATEMENT} ")
    written = await CompletionSqlWriter(model, "coder").write(
        SqlTask(QUESTION, shop, Caller("ada"))
    )
    assert isinstance(written, SqlDraft)
    assert written.sql == STATEMENT
    assert "CREATE TABLE lamp_sale" in model.told
    assert "other_7" not in model.told
    assert "[QUESTION]How many lamps were sold in Oslo?[/QUESTION]:\nSELECT count(*)" in model.told
    assert "oldest customer" not in model.told


@pytest.mark.parametrize(
    ("may_execute", "sql"),
    [
        (False, 'SELECT "city" FROM lamp_sale LIMIT 3'),
        (True, "SELECT TOP 3 [city] FROM lamp_sale"),
    ],
    ids=["a person is asked", "it runs at once"],
)
async def test_another_databases_sql_is_shown_to_a_person_as_it_will_run(
    *, may_execute: bool, sql: str, shop: Database
) -> None:
    model = Completing("SELECT TOP 3 [city] FROM lamp_sale")
    task = SqlTask(QUESTION, shop, Caller("ada"), may_execute=may_execute)
    written = await CompletionSqlWriter(model, "coder").write(task)
    assert isinstance(written, SqlDraft)
    assert written.sql == sql
