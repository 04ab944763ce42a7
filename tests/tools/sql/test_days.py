"""From which day to which day a table goes, however its columns keep their dates."""

import sqlite3
from collections.abc import Iterator
from contextlib import closing
from datetime import date
from pathlib import Path

import pytest

from tools.caller import Caller
from tools.sql.days import days_of, known_days
from tools.sql.run import Database

ADA = Caller("ada")
ENDS = (date(2024, 3, 1), date(2025, 11, 30))
KEPT = {
    "iso": ("DATE", "'2024-03-01'", "'2025-11-30'"),
    "moment": ("TEXT", "'2024-03-01 08:30:00'", "'2025-11-30 17:00:00'"),
    "created_at": ("INTEGER", "1709251200", "1764460800"),
    "day_dt": ("INTEGER", "20240301", "20251130"),
    "slashed_date": ("TEXT", "'2024/03/01'", "'2025/11/30'"),
}


@pytest.fixture
def diary(tmp_path: Path) -> Iterator[Database]:
    with closing(sqlite3.connect(tmp_path / "diary.sqlite")) as connection:
        for name, (kind, first, last) in KEPT.items():
            connection.execute(f"CREATE TABLE by_{name} (note TEXT, {name} {kind})")
            rows = f"('a', {first}), ('b', {last}), ('c', NULL)"
            connection.execute(f"INSERT INTO by_{name} VALUES {rows}")  # noqa: S608
        connection.execute("CREATE TABLE plain (note TEXT)")
        connection.commit()
    with closing(Database.open(f"sqlite:///{tmp_path / 'diary.sqlite'}")) as database:
        yield database


@pytest.mark.parametrize("name", KEPT)
def test_the_ends_of_a_column_are_read_as_days(diary: Database, name: str) -> None:
    table = diary.schema().table(f"by_{name}")
    assert table is not None
    (found,) = days_of(diary, table, caller=ADA)
    assert (found.column, found.first, found.last) == (name, *ENDS)


def test_a_table_without_dates_has_no_days(diary: Database) -> None:
    table = diary.schema().table("plain")
    assert table is not None
    assert days_of(diary, table, caller=ADA) == []


def test_the_schema_knows_the_days_without_a_look(diary: Database) -> None:
    table = diary.schema().table("by_iso")
    assert table is not None
    (found,) = known_days(table)
    assert (found.first, found.last) == ENDS
