import json
import sqlite3
from collections import Counter
from collections.abc import Callable
from contextlib import closing
from dataclasses import replace
from pathlib import Path
from typing import cast

import pytest

from agent.drafts import SqlDeclined, SqlDraft
from agent.toolbox import Attempt, SqlTask
from serving.models.embedded.choose.cache import Readers
from serving.models.embedded.sql_writer import EmbeddedSqlWriter
from tools.caller import Caller
from tools.sql.run import Database, QueryResult

HERE = Path(__file__).parent
CASES = [
    cast("dict[str, str]", json.loads(line))
    for line in (HERE / "questions.jsonl").read_text(encoding="utf-8").splitlines()
]
ANSWERED = [case for case in CASES if case["sql"]]
DECLINED = [case for case in CASES if not case["sql"]]
READER = Caller("reader")
Open = Callable[[Path], Database]


def contains(wanted: QueryResult, found: QueryResult) -> bool:
    """Whether each wanted row is within a row of its own; further columns are allowed."""
    left = [Counter(row) for row in found.rows]
    for row in wanted.rows:
        holder = next((one for one in left if Counter(row) <= one), None)
        if holder is None:
            return False
        left.remove(holder)
    return not left


@pytest.mark.parametrize("case", ANSWERED, ids=lambda case: case["question"])
async def test_a_question_that_the_schema_explains_gets_its_rows(
    case: dict[str, str], database: Open
) -> None:
    opened = database(HERE / f"{case['database']}.sql")
    draft = await EmbeddedSqlWriter().write(SqlTask(case["question"], opened, READER))
    assert isinstance(draft, SqlDraft), draft
    wanted = opened.run(case["sql"], caller=READER)
    assert contains(wanted, opened.run(draft.sql, caller=READER)), draft.sql


@pytest.mark.parametrize("case", DECLINED, ids=lambda case: case["question"])
async def test_a_question_with_words_that_have_no_place_is_declined_by_naming_them(
    case: dict[str, str], database: Open
) -> None:
    opened = database(HERE / f"{case['database']}.sql")
    answer = await EmbeddedSqlWriter().write(SqlTask(case["question"], opened, READER))
    assert isinstance(answer, SqlDeclined), answer
    assert all(word in answer.reason for word in case["words"]), answer.reason


@pytest.mark.parametrize(
    ("question", "columns"),
    [
        ("What is the name of the grower with the most hectares?", ["name"]),
        ("What are the names of the growers with at least 2 machines?", ["name"]),
        ("Give the title of the oldest guide", ["title"]),
        ("Which growers have at least 2 machines?", ["name", "count_machines"]),
    ],
)
async def test_names_that_are_asked_for_in_so_many_words_are_shown_alone(
    question: str, columns: list[str], database: Open
) -> None:
    opened = database(HERE / "growers.sql")
    draft = await EmbeddedSqlWriter().write(SqlTask(question, opened, READER))
    assert isinstance(draft, SqlDraft), draft
    assert list(opened.run(draft.sql, caller=READER).columns) == columns


async def test_a_repair_never_repeats_a_statement_that_failed(database: Open) -> None:
    opened, writer = database(HERE / "clinic.sql"), EmbeddedSqlWriter()
    attempts: tuple[Attempt, ...] = ()
    question = "Which patients are insured?"
    while isinstance(
        draft := await writer.write(SqlTask(question, opened, READER, attempts)), SqlDraft
    ):
        assert draft.sql not in {attempt.sql for attempt in attempts}
        attempts = (*attempts, Attempt(draft.sql, "no such column"))
    assert len(attempts) > 1
    assert isinstance(draft, SqlDeclined)


class CountingDatabase(Database):
    """A gated database that remembers who read values of columns, and how many statements ran."""

    callers: list[Caller]
    ran: int = 0

    async def arun(self, sql: str, *, caller: Caller) -> QueryResult:
        self.ran += 1
        if sql.startswith("SELECT DISTINCT"):
            self.callers.append(caller)
        return await super().arun(sql, caller=caller)


async def test_where_a_person_is_asked_first_nothing_runs_to_write_a_statement(
    database_url: Callable[[Path], str],
) -> None:
    counting = CountingDatabase.open(database_url(HERE / "library.sql"), name="library")
    counting.callers = []
    question = "How many books are novels?"
    task = SqlTask(question, counting, READER, may_execute=False)
    assert isinstance(await EmbeddedSqlWriter().write(task), SqlDraft)
    writer = EmbeddedSqlWriter(readers=Readers(approved=frozenset({"library"})))
    await writer.readers.of(counting, READER, question)
    assert counting.ran == 0
    assert isinstance(await EmbeddedSqlWriter().write(replace(task, may_execute=True)), SqlDraft)
    assert counting.ran > 0
    counting.close()


async def test_a_draft_says_what_it_leaves_out_and_two_lost_words_are_too_many(
    database: Open,
) -> None:
    opened, writer = database(HERE / "library.sql"), EmbeddedSqlWriter()
    draft = await writer.write(
        SqlTask("Which version of books has the most pages?", opened, READER)
    )
    assert isinstance(draft, SqlDraft)
    assert draft.note == "I left out “version”, which has no place in the database."
    for lost in (
        "Which genre has the most diverse books?",
        "How many loans of dragons in 2024?",
        "How many green painted loans in 2024?",
    ):
        assert isinstance(await writer.write(SqlTask(lost, opened, READER)), SqlDeclined)
    whole = await writer.write(SqlTask("How many loans in 2024?", opened, READER))
    assert isinstance(whole, SqlDraft)
    assert whole.note == ""


async def test_a_column_of_which_only_some_values_were_read_is_named_in_a_refusal(
    tmp_path: Path,
) -> None:
    with closing(sqlite3.connect(tmp_path / "many.sqlite")) as connection:
        connection.execute("CREATE TABLE parts (id INTEGER PRIMARY KEY, label TEXT)")
        rows = ((f"part {number} left",) for number in range(2_100))
        connection.executemany("INSERT INTO parts (label) VALUES (?)", rows)
        connection.commit()
    opened = Database.open(f"sqlite:///{tmp_path / 'many.sqlite'}", name="many", row_cap=5_000)
    answer = await EmbeddedSqlWriter().write(SqlTask("parts of Zanzibar", opened, READER))
    assert isinstance(answer, SqlDeclined)
    assert "Only some of the values of parts.label are known to me." in answer.reason
    opened.close()


async def test_stored_values_are_read_once_a_schema_and_on_the_callers_behalf(
    database_url: Callable[[Path], str],
) -> None:
    counting = CountingDatabase.open(database_url(HERE / "library.sql"), name="library")
    counting.callers = []
    writer = EmbeddedSqlWriter()
    for question in ("How many novels are there?", "members of Harbour"):
        assert isinstance(await writer.write(SqlTask(question, counting, READER)), SqlDraft)
    text_columns = 9
    assert counting.callers == [READER] * text_columns
    counting.close()


async def test_callers_of_other_groups_do_not_share_the_values_read(
    database_url: Callable[[Path], str],
) -> None:
    counting = CountingDatabase.open(database_url(HERE / "library.sql"), name="library")
    counting.callers = []
    writer = EmbeddedSqlWriter()
    staff = Caller("staff", groups=frozenset({"staff"}))
    for caller in (READER, staff, READER):
        await writer.write(SqlTask("How many novels are there?", counting, caller))
    assert set(counting.callers) == {READER, staff}
    assert counting.callers.count(READER) == counting.callers.count(staff)
    counting.close()


async def test_a_word_without_a_place_is_named_once_however_often_it_is_said(
    database: Open,
) -> None:
    opened = database(HERE / "library.sql")
    answer = await EmbeddedSqlWriter().write(SqlTask("flibbet " * 100, opened, READER))
    assert isinstance(answer, SqlDeclined)
    assert answer.reason.count("flibbet") == 1


@pytest.mark.parametrize(
    ("question", "said"),
    [
        ("Which member has the most goals?", "Tied for the first place: Ann, Bo."),
        ("Which team has the most members?", "Tied for the first place: Blue, Red."),
        ("What is the most expensive invoice?", "Tied for the first place: several rows"),
        ("Which member has the fewest goals?", ""),
    ],
)
async def test_a_tie_is_told_beside_the_winner(question: str, said: str, database: Open) -> None:
    opened = database(HERE / "club.sql")
    draft = await EmbeddedSqlWriter().write(SqlTask(question, opened, READER))
    assert isinstance(draft, SqlDraft)
    assert draft.note.startswith(said)
    assert bool(draft.note) == bool(said)


async def test_an_unknown_word_before_a_thing_is_a_condition_and_not_left_out(
    database: Open,
) -> None:
    opened = database(HERE / "club.sql")
    answer = await EmbeddedSqlWriter().write(SqlTask("How many veteran members?", opened, READER))
    assert isinstance(answer, SqlDeclined)
    assert "“veteran”" in answer.reason
