"""How old the schema may be that a turn shows, and that its statements never pass by an old one."""

import sqlite3
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

from tools.caller import Caller
from tools.sql.run import Database
from tools.sql.turn_look import one_look_a_turn

QUESTION = "How many of each?"


@pytest.fixture
def file(tmp_path: Path) -> Path:
    made = tmp_path / "shop.sqlite"
    _execute(made, "CREATE TABLE first (id INTEGER)")
    return made


@pytest.fixture
def shop(file: Path) -> Iterator[Database]:
    opened = Database.open(f"sqlite:///{file}", name="shop")
    yield opened
    opened.close()


async def test_a_turn_is_shown_what_it_saw_first_and_the_next_turn_what_is_there(
    shop: Database, file: Path
) -> None:
    with one_look_a_turn():
        assert await _shown(shop) == ["first"]
        _execute(file, "CREATE TABLE second (id INTEGER)")
        assert await _shown(shop) == ["first"]
    with one_look_a_turn():
        assert await _shown(shop) == ["first", "second"]


async def test_without_a_turn_every_look_is_a_new_one(shop: Database, file: Path) -> None:
    assert await _shown(shop) == ["first"]
    _execute(file, "CREATE TABLE second (id INTEGER)")
    assert await _shown(shop) == ["first", "second"]


async def test_a_statement_passes_by_the_schema_of_now_which_the_turn_sees_from_then_on(
    shop: Database, file: Path, caller: Caller
) -> None:
    with one_look_a_turn():
        assert await _shown(shop) == ["first"]
        _execute(file, "CREATE TABLE second (id INTEGER)")
        found = await shop.arun("SELECT COUNT(*) FROM second", caller=caller)
        assert list(map(list, found.rows)) == [[0]]
        assert await _shown(shop) == ["first", "second"]


async def _shown(database: Database) -> list[str]:
    return sorted(table.name for table in (await database.aschema_for(QUESTION)).tables)


def _execute(file: Path, sql: str) -> None:
    with closing(sqlite3.connect(file)) as connection:
        connection.execute(sql)
        connection.commit()
