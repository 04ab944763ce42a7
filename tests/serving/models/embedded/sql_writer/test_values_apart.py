"""Values of one column that are asked for apart, single things ranked, and what is so at present."""

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from agent.drafts import SqlDeclined, SqlDraft
from agent.toolbox import SqlTask
from serving.models.embedded.sql_writer import EmbeddedSqlWriter
from tools.caller import Caller
from tools.sql.run import Database

READER = Caller("reader")
CLUB = """
CREATE TABLE members (id INTEGER PRIMARY KEY, name TEXT NOT NULL, left_on DATE);
CREATE TABLE trainers (id INTEGER PRIMARY KEY, name TEXT NOT NULL, left_on DATE);
CREATE TABLE courses (id INTEGER PRIMARY KEY, member_id INTEGER NOT NULL REFERENCES members, trainer_id INTEGER NOT NULL REFERENCES trainers, begun_on DATE NOT NULL, ended_on DATE);
CREATE TABLE bills (id INTEGER PRIMARY KEY, member_id INTEGER NOT NULL REFERENCES members, billed_on DATE NOT NULL, due_on DATE NOT NULL, paid_on DATE, way TEXT NOT NULL, amount REAL NOT NULL, repair_cost REAL, repaired_on DATE, state TEXT NOT NULL);
INSERT INTO members VALUES (1, 'Ann Hale', NULL), (2, 'Ben Moss', '2025-02-01'), (3, 'Cora Pike', NULL);
INSERT INTO trainers VALUES (1, 'Olga Reed', NULL), (2, 'Pete Sand', NULL);
INSERT INTO courses VALUES (1, 1, 1, '2024-01-01', '2024-06-01'), (2, 2, 1, '2024-01-01', '2024-06-01'), (3, 3, 2, '2025-01-01', NULL);
INSERT INTO bills VALUES (1, 1, '2025-01-01', '2025-02-01', '2025-01-05', 'card', 30, 4, '2025-01-02', 'sent'), (2, 1, '2025-03-01', '2025-04-01', NULL, 'cash', 5, 6, '2025-03-02', 'cancelled'), (3, 2, '2024-01-01', '2024-02-01', '2024-01-09', 'card', 20, 2, '2024-01-04', 'sent'), (4, 3, '2024-05-01', '2024-06-01', '2024-05-02', 'transfer', 12, NULL, NULL, 'sent');
"""


@pytest.fixture
def club(database_url: Callable[[Path], str], tmp_path: Path) -> Iterator[Database]:
    script = tmp_path / "club.sql"
    script.write_text(CLUB, "utf-8")
    database = Database.open(database_url(script), name="club")
    yield database
    database.close()


@pytest.mark.parametrize(
    ("question", "rows"),
    [
        (
            "How much was billed by card, by cash, by transfer?",
            {("card", "50.0"), ("cash", "5.0"), ("transfer", "12.0")},
        ),
        ("number of card and cash bills separately", {("card", "2"), ("cash", "1")}),
        (
            "compare card, cash and transfer by number of bills",
            {("card", "2"), ("cash", "1"), ("transfer", "1")},
        ),
        ("How many bills were by card or cash?", {("3",)}),
        ("average cost of a repair", {("4.0",)}),
        ("Which member got the smallest bill?", {("Ann Hale", "5.0")}),
        ("Which trainer has the most members at the moment?", {("Pete Sand", "1")}),
        ("How many bills were called off?", {("1",)}),
        ("members that left us, with the date", {("Ben Moss", "2025-02-01")}),
        ("How much have we billed by card?", {("50.0",)}),
        ("number of bills of each way", {("card", "2"), ("cash", "1"), ("transfer", "1")}),
        ("courses begun year by year", {("2024", "2"), ("2025", "1")}),
        ("members with more than 1 bills altogether", {("Ann Hale", "2")}),
    ],
)
async def test_a_question_gets_its_rows(
    club: Database, question: str, rows: set[tuple[str, ...]]
) -> None:
    draft = await EmbeddedSqlWriter().write(SqlTask(question, club, READER))
    assert isinstance(draft, SqlDraft), draft
    found = club.run(draft.sql, caller=READER).rows
    assert {tuple(map(str, row)) for row in found} == rows, draft.sql


async def test_a_kind_that_no_column_is_declines(club: Database) -> None:
    asked = SqlTask("number of members of each kind", club, READER)
    assert isinstance(await EmbeddedSqlWriter().write(asked), SqlDeclined)


async def test_a_statement_that_leaves_a_word_out_is_not_sure(club: Database) -> None:
    asked = SqlTask("How many members did we photograph?", club, READER)
    draft = await EmbeddedSqlWriter().write(asked)
    assert isinstance(draft, SqlDraft)
    assert draft.likelihood is not None
    assert draft.likelihood < 0.3
