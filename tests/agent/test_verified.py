"""A verified query in a turn with a model: the model is not asked, and the answer says whose it is."""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from machine_bench import Bench, FakeDocuments, FixedWriter, Start
from scripted_chat import ScriptedChat, calls

from agent.approval import ApprovalRule
from agent.drafts import SqlDraft
from agent.graph import build_graph
from agent.ledger import MemoryLedger
from agent.toolbox import SqlTask, Toolbox
from agent.verified import read_as_verified, verified_draft
from tools.caller import Caller
from tools.sql.golden import read_golden, with_fingerprints
from tools.sql.run import Database, QueryResult

PAIR = """\
- question: How much was sold in Oslo?
  sql: SELECT SUM(amount) AS sold FROM sale WHERE city = 'Oslo'
  verified_by: Ann
  verified_at: 2026-05-04
"""


@pytest.fixture
def shop(shop: Database, tmp_path: Path) -> Iterator[Database]:
    path = tmp_path / "golden.yaml"
    path.write_text(PAIR, "utf-8")
    path.write_text(with_fingerprints(PAIR, read_golden(path), shop.schema(), shop.check), "utf-8")
    with_golden = Database.open(
        f"sqlite:///{tmp_path / 'shop.sqlite'}", name="shop", golden_queries=path
    )
    yield with_golden
    with_golden.close()


async def test_no_model_chooses_writes_or_reads_again(start: Start) -> None:
    bench = start({"answer": ["8 [1]."]}, second=FixedWriter("SELECT 1"))
    state = await bench.ask("How much was sold in Rome?")
    (found,) = await bench.ledger.read(state["evidence"])
    assert isinstance(found, QueryResult)
    assert (found.rows, found.writer, found.confidence) == (((8,),), "a verified query", 0.99)
    assert found.verified is not None
    assert (found.verified.by, found.verified.filled) == ("Ann", (("Oslo", "Rome"),))
    assert bench.chat.roles == ["answer"]


async def test_what_says_more_is_the_models(start: Start) -> None:
    query = (
        "query_database",
        {"question": "How much was sold in Rome in May?", "database": "shop"},
    )
    said = {"decide": [calls(query)], "write_sql": ["SELECT 5 AS sold"], "answer": ["5 [1]."]}
    bench = start(said)
    state = await bench.ask("How much was sold in Rome in May?")
    (found,) = await bench.ledger.read(state["evidence"])
    assert isinstance(found, QueryResult)
    assert (found.sql, found.verified) == ("SELECT 5 AS sold", None)


async def test_a_person_still_approves_it(start: Start) -> None:
    bench = start({}, rule=ApprovalRule("always"))
    state = await bench.ask("How much was sold in Rome?")
    (waiting,) = state["__interrupt__"]
    assert "Rome" in waiting.value.sql
    assert bench.chat.roles == []


async def test_its_rows_are_told_without_a_model(shop: Database) -> None:
    chat, plain = ScriptedChat(lines={}), ScriptedChat(lines={"answer": ["8 [1]."]})
    toolbox = Toolbox(chat, FixedWriter(None), None, {"shop": shop}, MemoryLedger(), plain=plain)
    bench = Bench(build_graph(toolbox), chat, FakeDocuments(), MemoryLedger())
    state = await bench.ask("How much was sold in Rome?")
    assert (state["answer"].strip(), chat.roles, plain.roles) == ("8 [1].", [], ["answer"])


OTHER_WORDS = "What is the total for Rome?"
READ = "SELECT SUM(sale.amount) AS total FROM sale WHERE sale.city = 'Rome'"


@dataclass(frozen=True)
class _Reader:
    """A reader that knows whether it has read the whole question."""

    is_whole: bool
    name: str = "reader"

    async def write(self, task: SqlTask) -> SqlDraft:
        return SqlDraft(READ, likelihood=0.6, is_whole=self.is_whole)


@pytest.mark.parametrize("is_whole", [True, False])
async def test_a_reading_of_the_whole_question_may_be_a_verified_query(
    shop: Database, *, is_whole: bool
) -> None:
    task = SqlTask(OTHER_WORDS, shop, Caller("ada"))
    assert await verified_draft(task) is None
    found = await read_as_verified(task, _Reader(is_whole))
    assert (found is not None) is is_whole
    if found is not None:
        assert found.verified is not None
        assert found.sql == "SELECT SUM(amount) AS sold FROM sale WHERE city = 'Rome'"
        assert (found.verified.by, found.likelihood) == ("Ann", 0.95)


async def test_a_model_need_not_write_what_a_second_reader_finds_verified(start: Start) -> None:
    query = ("query_database", {"question": OTHER_WORDS, "database": "shop"})
    bench = start({"decide": [calls(query)], "answer": ["8 [1]."]}, second=_Reader(is_whole=True))
    state = await bench.ask(OTHER_WORDS)
    (found,) = await bench.ledger.read(state["evidence"])
    assert isinstance(found, QueryResult)
    assert (found.rows, found.verified is not None) == (((8,),), True)
    assert bench.chat.roles == ["decide", "answer"]
