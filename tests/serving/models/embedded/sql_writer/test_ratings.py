"""How well something is rated, and rates that are none of that."""

from collections.abc import Callable
from pathlib import Path

import pytest

from agent.drafts import SqlDeclined, SqlDraft
from agent.toolbox import SqlTask
from serving.models.embedded.sql_writer import EmbeddedSqlWriter
from tools.caller import Caller
from tools.sql.run import Database

READER = Caller("reader")
HOTEL = """
CREATE TABLE rooms (id INTEGER PRIMARY KEY, label TEXT NOT NULL, nightly_rate REAL NOT NULL);
CREATE TABLE stays (id INTEGER PRIMARY KEY, room_id INTEGER NOT NULL REFERENCES rooms, arrived DATE NOT NULL);
CREATE TABLE meals (id INTEGER PRIMARY KEY, title TEXT NOT NULL, vat_rate REAL NOT NULL);
CREATE TABLE guides (id INTEGER PRIMARY KEY, name TEXT NOT NULL, rating REAL NOT NULL, hourly_rate REAL NOT NULL);
INSERT INTO rooms VALUES (1, 'Garden', 60), (2, 'Lake', 95);
INSERT INTO stays VALUES (1, 1, '2024-05-02'), (2, 2, '2024-06-03');
INSERT INTO meals VALUES (1, 'Soup', 7), (2, 'Wine', 19);
INSERT INTO guides VALUES (1, 'Mara Stein', 4.9, 20), (2, 'Ole Brandt', 3.1, 45);
"""


@pytest.fixture
def hotel(database: Callable[[Path], Database], tmp_path: Path) -> Database:
    script = tmp_path / "hotel.sql"
    script.write_text(HOTEL, "utf-8")
    return database(script)


@pytest.mark.parametrize(
    "question",
    [
        "Which stays are the best?",
        "Which is the worst stay?",
        "Which meals are the best?",
        "What is the best rated meal?",
    ],
)
async def test_what_is_best_is_not_what_has_the_highest_rate(
    hotel: Database, question: str
) -> None:
    draft = await EmbeddedSqlWriter().write(SqlTask(question, hotel, READER))
    assert isinstance(draft, SqlDeclined)


@pytest.mark.parametrize(
    ("question", "name"),
    [
        ("Which guide is the best?", "Mara Stein"),
        ("Who is the worst rated guide?", "Ole Brandt"),
        ("Which guide has the highest rating?", "Mara Stein"),
        ("Which guide has the highest hourly rate?", "Ole Brandt"),
    ],
)
async def test_ratings_rank_by_themselves(hotel: Database, question: str, name: str) -> None:
    draft = await EmbeddedSqlWriter().write(SqlTask(question, hotel, READER))
    assert isinstance(draft, SqlDraft)
    assert name in hotel.run(draft.sql, caller=READER).rows[0]
