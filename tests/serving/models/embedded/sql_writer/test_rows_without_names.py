"""Lists of rows that only a number identifies: each is shown with what tells it apart."""

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from agent.drafts import SqlDraft
from agent.toolbox import SqlTask
from serving.models.embedded.sql_writer import EmbeddedSqlWriter
from tools.caller import Caller
from tools.sql.run import Database

READER = Caller("reader")
HAULAGE = """
CREATE TABLE depots (id INTEGER PRIMARY KEY, name TEXT NOT NULL);
CREATE TABLE drivers (id INTEGER PRIMARY KEY, name TEXT NOT NULL, salary INTEGER NOT NULL);
CREATE TABLE trips (id INTEGER PRIMARY KEY, driver_id INTEGER REFERENCES drivers, from_id INTEGER NOT NULL REFERENCES depots, to_id INTEGER NOT NULL REFERENCES depots, left_on DATE NOT NULL, tonnes REAL, state TEXT NOT NULL);
INSERT INTO depots VALUES (1, 'Hull'), (2, 'Ripon');
INSERT INTO drivers VALUES (1, 'Ada Moss', 30000);
INSERT INTO trips VALUES (11, 1, 1, 2, '2025-03-01', 4.5, 'done'), (12, NULL, 2, 1, '2025-03-04', 7, 'done'), (13, 1, 1, 2, '2025-04-02', 2, 'planned');
"""
ALL = {
    ("11", "Ada Moss", "1", "2", "2025-03-01", "4.5", "done"),
    ("12", "None", "2", "1", "2025-03-04", "7.0", "done"),
    ("13", "Ada Moss", "1", "2", "2025-04-02", "2.0", "planned"),
}


@pytest.fixture
def haulage(database_url: Callable[[Path], str], tmp_path: Path) -> Iterator[Database]:
    script = tmp_path / "haulage.sql"
    script.write_text(HAULAGE, "utf-8")
    database = Database.open(database_url(script), name="haulage")
    yield database
    database.close()


async def _rows(database: Database, question: str) -> list[tuple[str, ...]]:
    draft = await EmbeddedSqlWriter().write(SqlTask(question, database, READER))
    assert isinstance(draft, SqlDraft), draft
    return [tuple(map(str, row)) for row in database.run(draft.sql, caller=READER).rows]


async def test_a_row_without_a_name_is_shown_with_its_columns_and_none_is_lost(
    haulage: Database,
) -> None:
    found = await _rows(haulage, "List all trips")
    assert len(found) == 3
    assert set(found) == ALL


@pytest.mark.parametrize(
    ("question", "trips"),
    [
        ("Which trips are planned?", {"13"}),
        ("Show the trips of Ada Moss", {"11", "13"}),
        ("What was the last trip?", {"13"}),
    ],
)
async def test_what_is_asked_for_comes_first(
    haulage: Database, question: str, trips: set[str]
) -> None:
    found = await _rows(haulage, question)
    assert {row[0] for row in found} == trips
    assert all("Ada Moss" in row for row in found)


@pytest.mark.parametrize(
    ("question", "width"),
    [("Show the ids of all trips", 1), ("How many tonnes did each trip carry?", 2)],
)
async def test_nothing_is_added_to_what_was_named(
    haulage: Database, question: str, width: int
) -> None:
    assert {len(row) for row in await _rows(haulage, question)} == {width}


async def test_rows_with_names_are_shown_by_them(haulage: Database) -> None:
    assert await _rows(haulage, "List the drivers") == [("Ada Moss",)]
