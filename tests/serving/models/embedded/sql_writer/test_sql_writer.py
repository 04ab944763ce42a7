import json
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from typing import cast

import pytest

from agent.toolbox import Attempt, SqlDeclined, SqlDraft, SqlTask
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


def untried(question: str, opened: Database, caller: Caller) -> SqlTask:
    """A task of which nothing may be tried out, so that only the values are read."""
    return SqlTask(question, opened, caller, may_execute=False)


class CountingDatabase(Database):
    """A gated database that remembers who ran how many statements."""

    callers: list[Caller]

    async def arun(self, sql: str, *, caller: Caller) -> QueryResult:
        self.callers.append(caller)
        return await super().arun(sql, caller=caller)


async def test_stored_values_are_read_once_a_schema_and_on_the_callers_behalf(
    database_url: Callable[[Path], str],
) -> None:
    counting = CountingDatabase.open(database_url(HERE / "library.sql"), name="library")
    counting.callers = []
    writer = EmbeddedSqlWriter()
    for question in ("How many novels are there?", "members of Harbour"):
        assert isinstance(await writer.write(untried(question, counting, READER)), SqlDraft)
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
        await writer.write(untried("How many novels are there?", counting, caller))
    assert set(counting.callers) == {READER, staff}
    assert counting.callers.count(READER) == counting.callers.count(staff)
    counting.close()


async def test_a_very_long_question_is_declined_at_once_with_the_word_named_once(
    database: Open,
) -> None:
    opened = database(HERE / "library.sql")
    answer = await EmbeddedSqlWriter().write(SqlTask("flibbet " * 12_000, opened, READER))
    assert isinstance(answer, SqlDeclined)
    assert answer.reason.count("flibbet") == 1
