"""Which of two readings is meant: asked back where they differ in one place."""

import sqlite3
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest
from machine_bench import FixedWriter, Start
from scripted_chat import calls

from agent.choices import question_between
from agent.nodes.check import PARTLY
from tools.sql.run import Database

CASES = [
    (
        "SELECT SUM(invoiced) FROM orders",
        "SELECT SUM(o.paid) AS revenue FROM orders o",
        "Do you mean the sum of orders.invoiced, or the sum of orders.paid?",
    ),
    (
        "SELECT SUM(invoiced) FROM orders",
        "SELECT SUM(p.amount) FROM orders o JOIN payments p ON p.order_id = o.id",
        "Do you mean the sum of orders.invoiced, or the sum of payments.amount?",
    ),
    (
        "SELECT COUNT(*) FROM orders WHERE state = 'open'",
        "SELECT COUNT(*) FROM orders",
        "Do you mean only with orders.state is 'open', or without?",
    ),
    (
        "SELECT COUNT(*) FROM orders WHERE state = 'open'",
        "SELECT COUNT(*) FROM orders WHERE state = 'late' AND paid > 0",
        "",
    ),
    (
        "SELECT COUNT(*) FROM orders WHERE paid > 0 AND state = 'open'",
        "SELECT COUNT(*) FROM orders WHERE state = 'late' AND paid > 0",
        "Do you mean orders.state is 'open', or orders.state is 'late'?",
    ),
    ("SELECT SUM(paid) FROM orders", "SELECT id FROM orders WHERE paid > 3", ""),
    ("SELECT SUM(paid) FROM orders", "SELECT SUM(paid) FROM orders", ""),
    ("SELECT SUM(paid) FROM orders", "SELECT SUM(nothing) FROM orders", ""),
    ("SELECT id FROM orders UNION SELECT 1", "SELECT id FROM orders", ""),
]


@pytest.fixture
def till(tmp_path: Path) -> Iterator[Database]:
    with closing(sqlite3.connect(tmp_path / "till.sqlite")) as connection:
        connection.executescript(
            "CREATE TABLE orders (id INTEGER PRIMARY KEY, invoiced INT, paid INT, state TEXT);"
            "CREATE TABLE payments (order_id INTEGER REFERENCES orders (id), amount INT);"
        )
    database = Database.open(f"sqlite:///{tmp_path / 'till.sqlite'}", name="till")
    yield database
    database.close()


@pytest.mark.parametrize(("one", "other", "asked"), CASES)
def test_two_readings_that_differ_in_one_place_are_asked_about(
    one: str, other: str, asked: str, till: Database
) -> None:
    assert question_between(one, other, till) == asked


SUM = "SELECT SUM(amount) FROM sale"
BOTH = f"{SUM} WHERE city = 'Oslo'"
QUERY = ("query_database", {"question": "How much was sold?", "database": "shop"})


@pytest.mark.parametrize(
    ("risk", "status"), [(None, "answered"), (0.5, "answered"), (0.1, "declined")]
)
async def test_a_doubtful_answer_asks_back_where_little_risk_is_accepted(
    start: Start, risk: float | None, status: str
) -> None:
    lines = {"decide": [calls(QUERY)], "write_sql": [SUM], "choose": ["?"], "answer": ["50 [1]."]}
    bench = start(lines, second=FixedWriter(BOTH), risk=risk)
    state = await bench.ask("How much was sold?")
    assert state["status"] == status
    if status == "declined":
        assert "Do you mean only with sale.city is 'Oslo', or without?" in state["answer"]
        assert state["evidence"] == []


async def test_what_is_too_doubtful_is_not_answered_by_another_source(start: Start) -> None:
    again = (QUERY[0], {**QUERY[1], "needs_followup": True})
    lines = {"decide": [calls(again)], "write_sql": [SUM], "choose": ["?"]}
    bench = start(lines, second=FixedWriter(BOTH), risk=0.1)
    state = await bench.ask("How much was sold?")
    assert (state["status"], bench.documents.asked) == ("declined", [])


async def test_an_answer_that_leaves_a_doubtful_part_open_is_unverified(start: Start) -> None:
    lines = {"decide": [calls(QUERY)], "write_sql": [SUM]}
    declined = await start(lines, second=FixedWriter(None), risk=0.1).ask("How much was sold?")
    (unsure,) = declined["notes"]
    lines = {
        "decide": [calls(QUERY, ("search_documents", {"query": "returns"}))],
        "write_sql": [SUM],
        "answer": [f"Returns are taken within 30 days [1].\n\n- {unsure}"],
    }
    bench = start(lines, second=FixedWriter(None), risk=0.1)
    state = await bench.ask("How much was sold, and how long are returns taken?")
    assert (state["status"], state["warnings"]) == ("unverified", [PARTLY])
