"""Periods in tables with several dates of which the question names none."""

from collections.abc import Callable
from pathlib import Path

import pytest

from agent.drafts import SqlDraft
from agent.toolbox import SqlTask
from serving.models.embedded.sql_writer import EmbeddedSqlWriter
from tools.caller import Caller
from tools.sql.run import Database

READER = Caller("reader")
INN = """
CREATE TABLE bookings (id INTEGER PRIMARY KEY, status TEXT NOT NULL, booked_on DATE NOT NULL, arrival DATE NOT NULL, departure DATE NOT NULL);
CREATE TABLE repairs (id INTEGER PRIMARY KEY, cost REAL NOT NULL, reported DATE NOT NULL, begun DATE NOT NULL, due_on DATE NOT NULL);
CREATE TABLE parcels (id INTEGER PRIMARY KEY, weight REAL NOT NULL, received DATE NOT NULL, delivered DATE, due_on DATE NOT NULL);
INSERT INTO bookings VALUES (1, 'cancelled', '2023-12-01', '2024-03-01', '2024-03-05'), (2, 'done', '2024-01-01', '2024-02-01', '2024-02-03');
INSERT INTO repairs VALUES (1, 80, '2023-12-30', '2024-01-02', '2024-02-01'), (2, 50, '2024-05-01', '2024-05-02', '2024-06-01');
INSERT INTO parcels VALUES (1, 2.5, '2024-01-02', NULL, '2024-01-09');
"""


@pytest.fixture
def inn(database: Callable[[Path], Database], tmp_path: Path) -> Database:
    script = tmp_path / "inn.sql"
    script.write_text(INN, "utf-8")
    return database(script)


async def _drafted(database: Database, question: str) -> SqlDraft:
    draft = await EmbeddedSqlWriter().write(SqlTask(question, database, READER))
    assert isinstance(draft, SqlDraft)
    return draft


@pytest.mark.parametrize(
    ("question", "taken", "left"),
    [
        ("How many bookings were cancelled in 2024?", "booked_on", "arrival"),
        ("What was the total cost of the repairs in 2024?", "reported", "begun"),
        ("What was the total cost of the repairs per year?", "reported", "begun"),
    ],
)
async def test_a_date_that_is_only_assumed_is_told_and_doubted(
    inn: Database, question: str, taken: str, left: str
) -> None:
    draft = await _drafted(inn, question)
    assert f"I used “{taken}”, not “{left}”." in draft.note
    assert draft.likelihood is not None
    assert draft.likelihood < 0.5


async def test_a_german_question_is_told_in_german(inn: Database) -> None:
    draft = await _drafted(inn, "Wie viele bookings wurden 2024 cancelled?")
    assert "Ich habe “booked_on” genommen und nicht “arrival”." in draft.note


@pytest.mark.parametrize(
    "question",
    [
        "How many bookings did we have in 2024?",
        "How many bookings have an arrival in 2024?",
        "How many repairs were reported in 2024?",
        "What was the total cost of the repairs begun in 2024?",
        "What is the total weight of the parcels in 2024?",
    ],
)
async def test_a_date_that_is_told_from_the_others_is_not_doubted(
    inn: Database, question: str
) -> None:
    draft = await _drafted(inn, question)
    assert not draft.note
    assert draft.likelihood is not None
    assert draft.likelihood >= 0.5
