"""Text in number columns of SQLite, and the warning about it."""

import sqlite3
from pathlib import Path

import pytest

from tools.sql.run import Database
from tools.sql.strays import told

LEFT_OUT = ["2 cells of fish.length_cm hold text instead of a number: left out, as if empty."]
COUNTED = [
    "2 cells of fish.length_cm hold text instead of a number: SQLite counts it as 0 in sums and "
    "as more than every number in comparisons."
]
CASES = {
    "SELECT AVG(length_cm) FROM fish": COUNTED,
    "SELECT pond FROM fish ORDER BY length_cm DESC": COUNTED,
    "SELECT pond FROM fish WHERE length_cm > 10": COUNTED,
    "SELECT AVG(CASE WHEN TYPEOF(length_cm) = 'real' THEN length_cm END) FROM fish": LEFT_OUT,
    "SELECT length_cm FROM fish": [],
    "SELECT AVG(age) FROM fish": [],
    "SELECT MAX(length_cm) FROM (SELECT age AS length_cm FROM boat) AS b": [],
}


@pytest.fixture
def pond(tmp_path: Path) -> Database:
    path = tmp_path / "pond.sqlite"
    connection = sqlite3.connect(path)
    connection.executescript(
        "CREATE TABLE fish (pond TEXT, length_cm REAL, age INTEGER);"
        "CREATE TABLE boat (age INTEGER, code INTEGER);"
        "INSERT INTO fish VALUES ('A', 12.5, 1), ('A', '', 2), ('B', 'n/a', NULL), ('B', 9, 3);"
        "INSERT INTO boat VALUES (4, 'x'), (5, 'y');"
    )
    connection.close()
    return Database.open(f"sqlite:///{path}", name="pond")


@pytest.mark.parametrize("sql", CASES)
def test_text_among_numbers_is_told_where_it_changes_a_result(sql: str, pond: Database) -> None:
    assert told(sql, pond.schema()) == CASES[sql]


def test_a_model_is_shown_how_many_cells_are_no_numbers(pond: Database) -> None:
    described = pond.schema().describe()
    assert "length_cm REAL -- 2 cells hold text instead of a number" in described
    assert described.count("hold text") == 1  # a column of nothing but text is no mixture
