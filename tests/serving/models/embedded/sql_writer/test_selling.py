"""What was sold: a state of things, or what their sales tell."""

from collections.abc import Callable
from pathlib import Path

import pytest

from agent.drafts import SqlDeclined, SqlDraft
from agent.toolbox import SqlTask
from serving.models.embedded.sql_writer import EmbeddedSqlWriter
from tools.caller import Caller
from tools.sql.run import Database

READER = Caller("reader")
YARD = """
CREATE TABLE vehicles (id INTEGER PRIMARY KEY, plate TEXT NOT NULL, state TEXT NOT NULL);
CREATE TABLE trips (id INTEGER PRIMARY KEY, vehicle_id INTEGER NOT NULL REFERENCES vehicles, driven_on DATE NOT NULL);
INSERT INTO vehicles VALUES (1, 'HX 12', 'sold'), (2, 'HX 13', 'in use'), (3, 'HX 14', 'sold'), (4, 'HX 15', 'in repair');
INSERT INTO trips VALUES (1, 1, '2024-02-02');
"""
STALL = """
CREATE TABLE products (id INTEGER PRIMARY KEY, name TEXT NOT NULL, price REAL NOT NULL);
CREATE TABLE customers (id INTEGER PRIMARY KEY, name TEXT NOT NULL);
CREATE TABLE orders (id INTEGER PRIMARY KEY, customer_id INTEGER NOT NULL REFERENCES customers, product_id INTEGER NOT NULL REFERENCES products, ordered_on DATE NOT NULL);
INSERT INTO products VALUES (1, 'Mat', 3), (2, 'Rug', 9), (3, 'Urn', 4);
INSERT INTO customers VALUES (1, 'Ann Hale'), (2, 'Bo Lind');
INSERT INTO orders VALUES (1, 1, 1, '2024-01-02'), (2, 2, 1, '2023-01-01');
"""


@pytest.fixture
def yard(database: Callable[[Path], Database], tmp_path: Path) -> Database:
    script = tmp_path / "yard.sql"
    script.write_text(YARD, "utf-8")
    return database(script)


@pytest.fixture
def stall(database: Callable[[Path], Database], tmp_path: Path) -> Database:
    script = tmp_path / "stall.sql"
    script.write_text(STALL, "utf-8")
    return database(script)


async def _drafted(database: Database, question: str) -> SqlDraft | SqlDeclined:
    return await EmbeddedSqlWriter().write(SqlTask(question, database, READER))


async def _rows(database: Database, question: str) -> list[tuple[object, ...]]:
    draft = await _drafted(database, question)
    assert isinstance(draft, SqlDraft)
    return [*database.run(draft.sql, caller=READER).rows]


@pytest.mark.parametrize(
    ("question", "expected"),
    [
        ("How many vehicles are currently sold?", [(2,)]),
        ("How many sold vehicles are there?", [(2,)]),
        ("Which vehicles are sold?", [("HX 12",), ("HX 14",)]),
        ("Which vehicles are not sold?", [("HX 13",), ("HX 15",)]),
    ],
)
async def test_a_stored_state_is_said_by_sold(
    yard: Database, question: str, expected: list[tuple[object, ...]]
) -> None:
    assert sorted(await _rows(yard, question)) == expected


async def test_the_day_of_a_trip_is_hardly_that_of_a_sale(yard: Database) -> None:
    draft = await _drafted(yard, "How many vehicles were sold in 2024?")
    assert isinstance(draft, SqlDraft)
    assert draft.note.endswith("I used “driven_on”.")
    assert draft.likelihood is not None
    assert draft.likelihood < 0.5


@pytest.mark.parametrize(
    "question", ["How many products were sold?", "How many sold products are there?"]
)
async def test_what_was_sold_is_not_all_there_is(stall: Database, question: str) -> None:
    draft = await _drafted(stall, question)
    assert isinstance(draft, SqlDeclined)
    assert "“sold”" in draft.reason


@pytest.mark.parametrize(
    ("question", "expected"),
    [
        ("Which products do you sell?", [("Mat",), ("Rug",), ("Urn",)]),
        ("Which products were sold in 2024?", [("Mat",)]),
        ("How many customers bought a mat?", [(2,)]),
    ],
)
async def test_what_was_sold_is_told_by_orders(
    stall: Database, question: str, expected: list[tuple[object, ...]]
) -> None:
    assert sorted(await _rows(stall, question)) == expected
