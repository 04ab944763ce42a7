"""Questions of a company's day: lists, deadlines, comparisons, question words at the end."""

from collections.abc import Callable
from pathlib import Path

import pytest

from agent.drafts import SqlDeclined, SqlDraft
from agent.toolbox import SqlTask
from serving.models.embedded.sql_writer import EmbeddedSqlWriter
from tools.caller import Caller
from tools.sql.run import Database

READER = Caller("reader")
SCRIPT = """
CREATE TABLE customers (id INTEGER PRIMARY KEY, name TEXT NOT NULL, country TEXT NOT NULL);
CREATE TABLE tuners (id INTEGER PRIMARY KEY, first_name TEXT NOT NULL, last_name TEXT NOT NULL);
CREATE TABLE jobs (id INTEGER PRIMARY KEY, customer_id INTEGER NOT NULL REFERENCES customers (id),
  tuner_id INTEGER NOT NULL REFERENCES tuners (id), title TEXT NOT NULL, language TEXT NOT NULL, fee NUMERIC NOT NULL,
  delay_minutes INTEGER NOT NULL, breaks_minutes INTEGER NOT NULL, ordered_on DATE NOT NULL, due_on DATE NOT NULL,
  finished_on DATE);
INSERT INTO customers VALUES (1, 'Adler', 'Finland'), (2, 'Birke', 'Austria'), (3, 'Cole', 'Ireland'),
  (4, 'Dorn', 'Netherlands');
INSERT INTO tuners VALUES (1, 'Ada', 'Ross'), (2, 'Ben', 'Sand');
INSERT INTO jobs VALUES
  (1, 1, 1, 'Grand', 'Dutch', 90, 0, 10, '2024-01-02', '2024-01-10', '2024-01-09'),
  (2, 2, 1, 'Upright', 'German', 50, 12, 0, '2024-02-03', '2024-02-10', '2024-02-12'),
  (3, 3, 2, 'Spinet', 'English', 40, 30, 5, '2024-03-04', '2024-03-20', NULL),
  (4, 4, 2, 'Square', 'German', 70, 0, 0, '2024-05-06', '2024-05-20', '2024-05-20');
"""
ASKED = {
    # lists
    "List title, customer and fee of all jobs": [
        ("Grand", "Adler", 90),
        ("Upright", "Birke", 50),
        ("Spinet", "Cole", 40),
        ("Square", "Dorn", 70),
    ],
    "Show the customer, title and fee of the jobs in Dutch": [("Grand", "Adler", 90)],
    # deadlines
    "Which jobs were finished late?": [("Upright", "2024-02-12", "2024-02-10")],
    "How many jobs were finished on time?": [(2,)],
    "How many jobs are overdue?": [(1,)],
    "How many jobs are still open?": [(1,)],
    "How many jobs were delayed?": [(2,)],
    "How many jobs were late by more than 20 minutes?": [(1,)],
    "How many days does it take us to finish a job on average?": [(10.0,)],
    # comparisons
    "Compare Adler and Cole: how many jobs?": [("Adler", 1), ("Cole", 1)],
    "average fee of jobs, German vs English": [("German", 60.0), ("English", 40.0)],
    # places
    "Dutch customers": [("Dorn",)],
    "Which Finnish and Austrian customers are there?": [("Adler", "Finland"), ("Birke", "Austria")],
    # question words at the end
    "Did Cole order anything? When?": [("Cole", "2024-03-04")],
    "Which job was for Birke, and who did it?": [("Upright", "Ada", "Ross")],
    "The country of Birke is where?": [("Birke", "Austria")],
    # numbers of rows, periods, orders
    "What is the title of job 3?": [("Spinet",)],
    "How many jobs were ordered february 2024 to april 2024?": [(2,)],
    "average fee per tuner, lowest on top": [("Ben", "Sand", 55.0), ("Ada", "Ross", 70.0)],
    "breaks by each tuner": [("Ada", "Ross", 10), ("Ben", "Sand", 5)],
}


@pytest.fixture
def jobs(
    database: Callable[[Path], Database], tmp_path_factory: pytest.TempPathFactory
) -> Database:
    script = tmp_path_factory.mktemp("jobs") / "jobs.sql"
    script.write_text(SCRIPT, "utf-8")
    return database(script)


async def written(question: str, database: Database) -> SqlDraft | SqlDeclined:
    return await EmbeddedSqlWriter().write(SqlTask(question, database, READER))


@pytest.mark.parametrize("question", ASKED)
async def test_a_plain_question_gets_its_rows(question: str, jobs: Database) -> None:
    draft = await written(question, jobs)
    assert isinstance(draft, SqlDraft), draft
    rows = [*jobs.run(draft.sql, caller=READER).rows]
    assert sorted(map(str, rows)) == sorted(map(str, ASKED[question])), draft.sql


@pytest.mark.parametrize(
    "question",
    ["Show title, language and colour of all jobs", "Show colour, title and language of all jobs"],
)
async def test_a_column_that_is_asked_for_and_not_there_is_told_and_doubted(
    question: str, jobs: Database
) -> None:
    draft = await written(question, jobs)
    assert isinstance(draft, SqlDraft), draft
    assert "colour" in draft.note
    assert (draft.likelihood or 0) < 0.5


@pytest.mark.parametrize(
    "question",
    [
        "Compare Adler and Cole: how much stock do they have?",
        "How many jobs were finished last winter?",
        "Which customer is the biggest?",
    ],
)
async def test_what_is_not_stored_is_declined(question: str, jobs: Database) -> None:
    assert isinstance(await written(question, jobs), SqlDeclined)
