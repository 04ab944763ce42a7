import sqlite3
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

from tools.caller import Caller
from tools.errors import QueryFailed, Refused
from tools.sql.placing import with_columns_placed
from tools.sql.run import Database

SCRIPT = """
CREATE TABLE regions (id INTEGER PRIMARY KEY, name TEXT NOT NULL, opened TEXT);
CREATE TABLE customers (
  id INTEGER PRIMARY KEY, name TEXT NOT NULL, city TEXT, region_id INTEGER REFERENCES regions (id)
);
CREATE TABLE orders (id INTEGER PRIMARY KEY, customer_id INTEGER REFERENCES customers (id), paid INTEGER,
  remark_id INTEGER);
CREATE TABLE remarks (remark_id INTEGER PRIMARY KEY, note TEXT);
INSERT INTO remarks VALUES (7, 'late');
INSERT INTO regions VALUES (1, 'West', '2020'), (2, 'East', '2021');
INSERT INTO customers VALUES (1, 'Ada', 'Galway', 1), (2, 'Ben', 'Leipzig', 2);
INSERT INTO orders VALUES (1, 1, 1, NULL), (2, 1, 0, 7), (3, 2, 1, NULL);
"""
JOINED = "FROM orders AS o JOIN customers AS c ON o.customer_id = c.id"
READER = Caller("reader")


@pytest.fixture
def database(tmp_path: Path) -> Iterator[Database]:
    path = tmp_path / "shop.sqlite"
    with closing(sqlite3.connect(path)) as connection:
        connection.executescript(SCRIPT)
    opened = Database.open(f"sqlite:///{path}")
    yield opened
    opened.close()


@pytest.mark.parametrize(
    ("sql", "rows"),
    [
        (f"SELECT DISTINCT o.name {JOINED} WHERE o.city = 'Galway'", [("Ada",)]),
        (f"SELECT o.name, COUNT(*) {JOINED} GROUP BY o.name ORDER BY o.name", [("Ada", 2), ("Ben", 1)]),
        (
            "SELECT c.name FROM customers AS c WHERE c.id IN (SELECT o.customer_id FROM orders AS o "
            "JOIN customers AS d ON o.customer_id = d.id WHERE o.city = 'Leipzig')",
            [("Ben",)],
        ),
        (f"SELECT DISTINCT customers.name {JOINED} WHERE city = 'Galway'", [("Ada",)]),
        (
            "SELECT customers.name, COUNT(*) FROM orders GROUP BY customers.name ORDER BY 1",
            [("Ada", 2), ("Ben", 1)],
        ),
        ("SELECT COUNT(*) FROM orders WHERE city = 'Galway'", [(2,)]),
        ("SELECT o.id, name FROM orders AS o WHERE c.city = 'Leipzig'", [(3, "Ben")]),
        ("SELECT o.id FROM orders AS o ORDER BY city DESC, id LIMIT 1", [(3,)]),
        (
            "SELECT r.name, SUM(o.paid) FROM regions AS r JOIN orders AS o ON r.id = o.region_id "
            "WHERE o.paid >= 0 GROUP BY r.name ORDER BY r.name",
            [("East", 1), ("West", 1)],
        ),
        (
            "SELECT r.name FROM orders AS o JOIN regions AS r ON r.id = o.region_id ORDER BY o.id LIMIT 1",
            [("West",)],
        ),
        ("SELECT o.name FROM orders AS o ORDER BY o.id", [("Ada",), ("Ada",), ("Ben",)]),
        ("SELECT SUM(paid) FROM customers WHERE city = 'Galway'", [(1,)]),
        ("SELECT name, SUM(paid) FROM customers GROUP BY name ORDER BY 1", [("Ada", 1), ("Ben", 1)]),
        ("SELECT note FROM orders WHERE id = 2", [("late",)]),
        (f"SELECT c.name {JOINED} ORDER BY COUNT(*) DESC LIMIT 1", [("Ada",)]),
        ("SELECT name FROM orders ORDER BY COUNT(*) LIMIT 1", [("Ben",)]),
        ("SELECT regions.name, SUM(paid) AS n FROM orders GROUP BY 1 ORDER BY 1", [("East", 1), ("West", 1)]),
    ],
)  # fmt: skip
async def test_a_column_is_read_from_the_table_that_has_it(
    sql: str, rows: list[tuple[object, ...]], database: Database
) -> None:
    with pytest.raises((Refused, QueryFailed)):
        database.run(sql, caller=READER)
    assert [*(await database.arun_as_meant(sql, caller=READER)).rows] == rows


@pytest.mark.parametrize(
    "sql",
    [
        f"SELECT o.id {JOINED}",
        f"SELECT name, COUNT(*) AS city {JOINED} ORDER BY city",
        "SELECT COUNT(*), SUM(paid) FROM customers",
        "SELECT name FROM customers WHERE paid = 1",
        "SELECT SUM(paid), COUNT(city) FROM customers",
        "SELECT customer_id FROM customers",
        "SELECT c.id FROM customers AS c WHERE orders.paid = 1",
        "SELECT c.id FROM customers AS c WHERE EXISTS (SELECT 1 FROM orders WHERE opened = c.id)",
        f"SELECT o.colour {JOINED}",
        "SELECT o.name FROM orders AS o, customers AS a, customers AS b",
        "SELECT x.name FROM (SELECT id FROM orders) AS x, customers AS c",
        "SELECT r.name FROM regions AS r LEFT JOIN orders AS o ON r.id = o.region_id",
        "no SQL at all",
        "",
    ],
)
async def test_what_no_table_or_several_have_is_left_alone(sql: str, database: Database) -> None:
    assert with_columns_placed(sql, database.schema()) == sql


async def test_a_denied_column_is_not_found_by_it(tmp_path: Path) -> None:
    path = tmp_path / "shop.sqlite"
    with closing(sqlite3.connect(path)) as connection:
        connection.executescript(SCRIPT)
    opened = Database.open(f"sqlite:///{path}", denied_columns=["customers.city"])
    with pytest.raises(Refused, match="no column 'city'"):
        await opened.arun_as_meant(f"SELECT o.city {JOINED}", caller=READER)
    opened.close()
