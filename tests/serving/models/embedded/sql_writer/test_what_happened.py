"""When something happened, to whom and by whom, among things that have dates and kinds of their own."""

from collections.abc import Callable
from datetime import datetime, timedelta

import pytest
from embedded_drafts import READER, drafted

from agent.drafts import SqlDeclined, SqlDraft
from tools.sql.run import Database

TODAY = datetime.now().astimezone().date()
SOON = TODAY + timedelta(days=5)
LATER = TODAY + timedelta(days=40)
PADDOCKS = """
CREATE TABLE stables (stable_id INTEGER PRIMARY KEY, name TEXT NOT NULL, opened_on DATE NOT NULL);
CREATE TABLE staff (staff_id INTEGER PRIMARY KEY, full_name TEXT NOT NULL, job_title TEXT NOT NULL,
  stable_id INTEGER NOT NULL REFERENCES stables(stable_id), hired_on DATE NOT NULL);
CREATE TABLE keepers (keeper_id INTEGER PRIMARY KEY, full_name TEXT NOT NULL, village TEXT NOT NULL, joined_on DATE NOT NULL);
CREATE TABLE horses (horse_id INTEGER PRIMARY KEY, name TEXT NOT NULL, species TEXT NOT NULL,
  keeper_id INTEGER NOT NULL REFERENCES keepers(keeper_id), stable_id INTEGER NOT NULL REFERENCES stables(stable_id),
  acquired_on DATE NOT NULL, deceased_on DATE);
CREATE TABLE lessons (lesson_id INTEGER PRIMARY KEY, horse_id INTEGER NOT NULL REFERENCES horses(horse_id),
  arranged_by INTEGER NOT NULL REFERENCES staff(staff_id), taught_by INTEGER NOT NULL REFERENCES staff(staff_id),
  arranged_on DATE NOT NULL, start_date DATE NOT NULL, state TEXT NOT NULL);
CREATE TABLE deliveries (delivery_id INTEGER PRIMARY KEY, stable_id INTEGER NOT NULL REFERENCES stables(stable_id),
  delivered_on DATE NOT NULL, bales INTEGER NOT NULL);
INSERT INTO stables VALUES (1, 'Upper', '2019-02-01'), (2, 'Lower', '2020-02-01');
INSERT INTO staff VALUES (1, 'Ada Moss', 'trainer', 1, '2020-01-01'), (2, 'Ben Orr', 'groom', 1, '2020-01-01'),
  (3, 'Cy Pell', 'trainer', 2, '2025-05-01');
INSERT INTO keepers VALUES (1, 'Di Quill', 'Crail', '2024-05-01'), (2, 'Ed Rowe', 'Leith', '2025-05-01');
INSERT INTO horses VALUES (1, 'Ash', 'pony', 1, 1, '2024-06-01', NULL), (2, 'Bay', 'cob', 1, 1, '2025-06-01', NULL),
  (3, 'Coal', 'pony', 2, 2, '2025-06-01', '2025-09-01');
INSERT INTO lessons VALUES (1, 1, 2, 1, '2024-12-20', '2025-01-02', 'completed'),
  (2, 1, 2, 3, '2025-01-20', '2025-02-02', 'cancelled'), (3, 2, 1, 3, '2025-01-20', '2025-02-03', 'completed'),
  (4, 3, 2, 1, '2025-07-01', '2025-07-03', 'cancelled'), (5, 1, 2, 1, '2025-07-01', 'SOON', 'planned'),
  (6, 2, 2, 1, '2025-07-01', 'LATER', 'planned'), (7, 3, 2, 1, '2024-02-01', '2024-02-02', 'cancelled');
INSERT INTO deliveries VALUES (1, 1, '2025-03-01', 40), (2, 1, '2025-04-01', 40), (3, 2, '2025-04-02', 10);
"""


@pytest.fixture
def paddocks(scripted: Callable[[str], Database]) -> Database:
    return scripted(PADDOCKS.replace("SOON", str(SOON)).replace("LATER", str(LATER)))


@pytest.mark.parametrize(
    ("question", "rows"),
    [
        # A period says when something happened, not since when there is the thing beside it.
        ("How many lessons of keepers from Crail in 2025?", [(3,)]),
        ("Which keepers from Crail had lessons in 2024?", []),
        ("How many lessons in February 2025 were with a horse?", [(2,)]),
        ("number of lessons by stable in 2024", [("Lower", 1)]),
        ("Which keepers joined in 2025?", [("Ed Rowe", "2025-05-01")]),
        # Values that say what a thing is name the thing.
        ("How many ponies had a lesson in 2025?", [(2,)]),
        ("trainers with their stable", [("Ada Moss", "Upper"), ("Cy Pell", "Lower")]),
        # Who did it is the one whose key says so.
        ("Which trainers have taught a cob?", [("Ada Moss",), ("Cy Pell",)]),
        ("How many lessons did Ada Moss arrange?", [(1,)]),
        ("How many lessons did Cy Pell teach?", [(2,)]),
        # Months and years that are asked for.
        ("Which months had more than 1 lesson in 2025?", [("2025-02", 2)]),
        ("In which years did we have more than 2 lessons?", [("2025", 4)]),
        ("How many lessons are there in the next 7 days?", [(1,)]),
        ("How many lessons were there over the last 30 days?", [(0,)]),
        ("How many lessons are there tomorrow?", [(0,)]),
        # What was done most often.
        ("Which horse's lessons are cancelled most often?", [("Coal", "pony")]),
    ],
)
async def test_a_question_is_about_what_happened(
    paddocks: Database, question: str, rows: list[tuple[object, ...]]
) -> None:
    draft = await drafted(paddocks, question)
    assert isinstance(draft, SqlDraft), draft
    found = paddocks.run(draft.sql, caller=READER).rows
    assert [row[: len(rows[0])] if rows else row for row in found] == rows, draft.sql


@pytest.mark.parametrize(
    "question", ["Which horses had a delivery in 2025?", "number of deliveries per horse"]
)
async def test_what_only_shares_a_place_is_not_counted_together(
    paddocks: Database, question: str
) -> None:
    declined = await drafted(paddocks, question)
    assert isinstance(declined, SqlDeclined), declined
    assert "no foreign key connects" in declined.reason


async def test_an_adverb_is_no_misspelt_state(paddocks: Database) -> None:
    draft = await drafted(paddocks, "lessons that are completely new")
    assert "completed" not in (draft.sql if isinstance(draft, SqlDraft) else "")
