"""The day on which people were born is no date of what they did."""

import sqlite3
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import pytest

from agent.drafts import SqlDraft
from agent.toolbox import SqlTask
from serving.models.embedded.sql_writer import EmbeddedSqlWriter
from tools.caller import Caller
from tools.sql.run import Database

READER = Caller("reader")
SCRIPT = """
CREATE TABLE members (id INTEGER PRIMARY KEY, name TEXT, birth_date DATE NOT NULL, entry_date DATE);
CREATE TABLE guests (id INTEGER PRIMARY KEY, name TEXT, birth_date DATE NOT NULL);
INSERT INTO members VALUES (1, 'Ada', '1999-01-02', '2014-03-04'), (2, 'Ben', '2014-05-06', '2020-07-08'),
  (3, 'Cleo', '2014-05-07', '2021-07-08');
INSERT INTO guests VALUES (1, 'Dan', '2014-01-02');
"""


@pytest.fixture
def club(database_url: Callable[[Path], str], tmp_path: Path) -> Database:
    script = tmp_path / "club.sql"
    script.write_text(SCRIPT, "utf-8")
    return Database.open(database_url(script), name="club")


@pytest.mark.parametrize(
    ("question", "count"),
    [("How many members joined in 2014?", 1), ("How many members were born in 2014?", 2)],
)
async def test_a_year_is_one_of_birth_only_where_that_is_said(
    club: Database, question: str, count: int
) -> None:
    draft = await EmbeddedSqlWriter().write(SqlTask(question, club, READER))
    assert isinstance(draft, SqlDraft), draft
    assert club.run(draft.sql, caller=READER).rows == ((count,),)


async def test_nothing_else_is_counted_by_birth(club: Database) -> None:
    draft = await EmbeddedSqlWriter().write(SqlTask("How many guests came in 2014?", club, READER))
    assert not isinstance(draft, SqlDraft), draft


async def test_the_oldest_is_not_who_was_there_first(club: Database, tmp_path: Path) -> None:
    draft = await EmbeddedSqlWriter().write(SqlTask("Who is the oldest member?", club, READER))
    assert isinstance(draft, SqlDraft)
    assert club.run(draft.sql, caller=READER).rows[0][0] == "Ada"
    with closing(sqlite3.connect(tmp_path / "crew.sqlite")) as crew:
        crew.execute("CREATE TABLE drivers (id INTEGER PRIMARY KEY, name TEXT, hired_on DATE)")
        crew.execute(
            "INSERT INTO drivers VALUES (1, 'Dan', '2014-01-02'), (2, 'Eve', '2015-01-02')"
        )
        crew.commit()
    with closing(Database.open(f"sqlite:///{tmp_path / 'crew.sqlite'}", name="crew")) as drivers:
        told = await EmbeddedSqlWriter().write(
            SqlTask("Who is the oldest driver?", drivers, READER)
        )
    assert not isinstance(told, SqlDraft), told
