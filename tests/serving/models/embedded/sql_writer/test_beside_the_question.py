"""What a question is wrapped in, and who is asked for."""

from collections.abc import Callable
from pathlib import Path

import pytest

from agent.drafts import SqlDeclined, SqlDraft
from agent.toolbox import SqlTask
from serving.models.embedded.english.asides import without_asides
from serving.models.embedded.sql_writer import EmbeddedSqlWriter
from tools.caller import Caller
from tools.sql.run import Database

READER = Caller("reader")
STUDIO = """
CREATE TABLE studios (id INTEGER PRIMARY KEY, name TEXT NOT NULL, caretaker TEXT NOT NULL,
  opened_on DATE NOT NULL);
CREATE TABLE repairs (id INTEGER PRIMARY KEY, studio_id INTEGER REFERENCES studios,
  subject TEXT NOT NULL, reported_on DATE NOT NULL);
INSERT INTO studios VALUES (1, 'Canal Street', 'Ida Moor', '2015-05-05'),
  (2, 'Mill Lane', 'Tim Baum', '2019-01-01');
INSERT INTO repairs VALUES (1, 1, 'Window does not close', '2024-02-02'),
  (2, 1, 'Heating too loud', '2025-03-03'), (3, 2, 'Window does not close', '2025-04-04');
"""
HALLS = """
CREATE TABLE halls (id INTEGER PRIMARY KEY, name TEXT NOT NULL, opening DATE NOT NULL);
INSERT INTO halls VALUES (1, 'Drill', '2019-01-01'), (2, 'Corn', '2019-01-01'), (3, 'Town', '2020-01-01');
"""


@pytest.fixture
def studios(database_url: Callable[[Path], str], tmp_path: Path) -> Database:
    script = tmp_path / "studios.sql"
    script.write_text(STUDIO, "utf-8")
    return Database.open(database_url(script), name="studios")


async def _asked(database: Database, question: str) -> set[object] | None:
    draft = await EmbeddedSqlWriter().write(SqlTask(question, database, READER))
    if isinstance(draft, SqlDeclined):
        return None
    assert isinstance(draft, SqlDraft)
    return {cell for row in database.run(draft.sql, caller=READER).rows for cell in row}


@pytest.mark.parametrize(
    ("question", "shown"),
    [
        ("How many repairs are there? The landlord would love to hear it.", 3),
        ("The landlord would love to hear it. How many repairs are there?", 3),
        ("Look at 2025. How many repairs were reported?", 2),
        ("How many repairs came in? One total per year is enough.", "2025"),
        ("I am at the Mill Lane studio. How many repairs are there?", 1),
    ],
)
async def test_a_sentence_that_says_nothing_of_the_data_is_left_out(
    studios: Database, question: str, shown: object
) -> None:
    found = await _asked(studios, question)
    assert found is not None
    assert shown in found


@pytest.mark.parametrize(
    ("question", "kept"),
    [
        ("It rains. How many?", "How many?"),
        ("It snows. How many?", "It snows. How many?"),
        ("How many? List them.", "How many? List them."),
        ("It rains.", "It rains."),
    ],
)
def test_all_is_kept_that_asks_or_speaks_of_the_data(question: str, kept: str) -> None:
    assert without_asides(question, lambda one: "snow" in one) == kept


@pytest.mark.parametrize(
    ("question", "shown"),
    [("How many openings were there?", 3), ("How many different openings?", 2)],
)
async def test_what_a_day_is_of_is_counted_by_rows(
    database_url: Callable[[Path], str], tmp_path: Path, question: str, shown: int
) -> None:
    script = tmp_path / "halls.sql"
    script.write_text(HALLS, "utf-8")
    found = await _asked(Database.open(database_url(script), name="halls"), question)
    assert found == {shown}


@pytest.mark.parametrize("question", ["Who complains about Canal Street?", "Who is Mill Lane?"])
async def test_who_is_not_answered_with_what_is_nobodys_name(
    studios: Database, question: str
) -> None:
    found = await _asked(studios, question)
    assert found is None or not {"Window does not close", "Heating too loud"} & found


async def test_who_is_answered_with_names(studios: Database) -> None:
    found = await _asked(studios, "Who is the caretaker of Mill Lane?")
    assert found is not None
    assert "Tim Baum" in found
