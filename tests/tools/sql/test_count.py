"""All rows are counted where a cap held some back, in no more than a moment."""

import time
from collections.abc import Callable
from pathlib import Path

import pytest

from tools.caller import Caller
from tools.sql.count import count_rows
from tools.sql.run import Database

OpenFile = Callable[..., Database]
MakeFile = Callable[..., Path]
NUMBERS = """
CREATE TABLE tick (n INTEGER, note TEXT);
WITH RECURSIVE r(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM r WHERE n < 3000)
INSERT INTO tick SELECT n, 'x;' || n FROM r;
"""
COUNTED = [
    ("SELECT n FROM tick", 3000),
    ("SELECT n, n FROM tick ORDER BY note -- all of them", 3000),
    ("SELECT n FROM tick WHERE n <= 17;", 17),
    ("SELECT n FROM tick LIMIT 40", 40),
    ("SELECT DISTINCT n % 7 FROM tick", 7),
    ("WITH odd AS (SELECT n FROM tick WHERE n % 2) SELECT * FROM odd UNION ALL SELECT 0", 1501),
]


@pytest.mark.parametrize(("sql", "rows"), COUNTED)
def test_the_rows_of_a_statement_are_counted(
    sql: str, rows: int, open_file: OpenFile, make_file: MakeFile, caller: Caller
) -> None:
    database = open_file(make_file(NUMBERS), row_cap=5)
    assert count_rows(database, sql, caller=caller) == rows


def test_what_cannot_be_counted_in_a_moment_is_not(
    open_file: OpenFile, make_file: MakeFile, caller: Caller
) -> None:
    database = open_file(make_file(NUMBERS), row_cap=5)
    endless = "WITH RECURSIVE r(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM r) SELECT n FROM r"
    began = time.monotonic()
    assert count_rows(database, endless, caller=caller) is None
    assert time.monotonic() - began < 5
    assert count_rows(database, "DELETE FROM tick", caller=caller) is None


@pytest.mark.parametrize("server", ["postgres_shop", "mariadb_shop"])
def test_servers_count_as_well(server: str, request: pytest.FixtureRequest, caller: Caller) -> None:
    database: Database = request.getfixturevalue(server)
    sql = "SELECT 1 AS a UNION ALL SELECT 2 UNION ALL SELECT 3"
    assert count_rows(database, sql, caller=caller) == 3
