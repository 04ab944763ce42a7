"""Statements that a turn has tried: their rows are the caller's, and the turn's."""

import sqlite3
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

from agent.once import once_a_turn, tried, try_statement
from tools.caller import Caller
from tools.errors import Refused
from tools.sql.run import Database

ADA, BOB = Caller(id="ada"), Caller(id="bob")
COUNT = "SELECT COUNT(*) AS n FROM first"


@pytest.fixture
def shop(tmp_path: Path) -> Iterator[Database]:
    file = tmp_path / "shop.sqlite"
    with closing(sqlite3.connect(file)) as connection:
        connection.execute("CREATE TABLE first (id INTEGER)")
    opened = Database.open(f"sqlite:///{file}", name="shop")
    yield opened
    opened.close()


def test_the_rows_of_a_tried_statement_are_known_to_its_caller_until_the_turn_ends(
    shop: Database,
) -> None:
    with once_a_turn():
        found = try_statement(shop, COUNT, caller=ADA)
        assert tried(shop, COUNT, caller=ADA) is found
        assert tried(shop, COUNT, caller=BOB) is None
        assert tried(shop, f"{COUNT} LIMIT 1", caller=ADA) is None
    assert tried(shop, COUNT, caller=ADA) is None


async def test_a_statement_is_tried_in_a_thread_of_the_database(shop: Database) -> None:
    with once_a_turn():
        found = await shop.in_a_thread(lambda: try_statement(shop, COUNT, caller=ADA), caller=ADA)
        assert tried(shop, COUNT, caller=ADA) is found


def test_without_a_turn_nothing_is_kept(shop: Database) -> None:
    assert try_statement(shop, COUNT, caller=ADA).rows == ((0,),)
    assert tried(shop, COUNT, caller=ADA) is None


def test_a_refused_statement_has_no_rows(shop: Database) -> None:
    with once_a_turn():
        with pytest.raises(Refused):
            try_statement(shop, "SELECT * FROM second", caller=ADA)
        assert tried(shop, "SELECT * FROM second", caller=ADA) is None
