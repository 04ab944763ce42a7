"""A verified query in a turn with a model: the model is not asked, and the answer says whose it is."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from machine_bench import Bench, FakeDocuments, FixedWriter, Start
from scripted_chat import ScriptedChat, calls

from agent.approval import ApprovalRule
from agent.graph import build_graph
from agent.ledger import MemoryLedger
from agent.toolbox import Toolbox
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
