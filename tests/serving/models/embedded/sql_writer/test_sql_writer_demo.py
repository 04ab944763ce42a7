import json
from collections.abc import Callable
from pathlib import Path
from typing import cast

import pytest

from agent.drafts import SqlDeclined, SqlDraft
from agent.toolbox import SqlTask
from serving.models.embedded.sql_writer import EmbeddedSqlWriter
from tools.caller import Caller
from tools.sql.run import Database

DEMO = Path(__file__).parents[5] / "deployment" / "demo"
READER = Caller("reader")
ENOUGH = 25


async def test_the_demos_database_questions_get_their_rows(
    database: Callable[[Path], Database],
) -> None:
    """The writer knows nothing of this schema: new questions of the demo may fail, a few at most."""
    opened, writer = database(DEMO / "database.sql"), EmbeddedSqlWriter()
    lines = (DEMO / "questions.jsonl").read_text(encoding="utf-8").splitlines()
    cases = [cast("dict[str, str]", json.loads(line)) for line in lines]
    wrong: list[str] = []
    asked = [case for case in cases if case["route"] == "sql"]
    for case in asked:
        draft = await writer.write(SqlTask(case["question"], opened, READER))
        rows = opened.run(draft.sql, caller=READER).rows if isinstance(draft, SqlDraft) else ()
        wanted = opened.run(case["sql"], caller=READER).rows
        same = len(rows) == len(wanted)
        if not same or any(all(not set(row) <= set(found) for found in rows) for row in wanted):
            wrong.append(f"{case['question']}: {draft}")
    assert len(asked) - len(wrong) >= ENOUGH, "\n".join(wrong)


async def test_questions_for_documents_and_small_talk_are_declined(
    database: Callable[[Path], Database],
) -> None:
    opened, writer = database(DEMO / "database.sql"), EmbeddedSqlWriter()
    lines = (DEMO / "questions.jsonl").read_text(encoding="utf-8").splitlines()
    cases = [cast("dict[str, str]", json.loads(line)) for line in lines]
    others = [case["question"] for case in cases if case["route"] in {"documents", "chat", "both"}]
    drafts = [await writer.write(SqlTask(question, opened, READER)) for question in others]
    written = [
        f"{q}: {d.sql}" for q, d in zip(others, drafts, strict=True) if isinstance(d, SqlDraft)
    ]
    assert len(written) <= len(others) // 10, "\n".join(written)


async def test_words_whose_initials_stand_in_a_comment_name_nothing(
    database: Callable[[Path], Database],
) -> None:
    """A comment of the demo has the word "two", which "the warranty of" is not short for."""
    opened = database(DEMO / "database.sql")
    task = SqlTask("What is the warranty of the Storage series?", opened, READER)
    declined = await EmbeddedSqlWriter().write(task)
    assert isinstance(declined, SqlDeclined)
    assert "“warranty”" in declined.reason


@pytest.mark.parametrize(
    ("question", "sql"),
    [
        (
            "How many orders are pending right now?",
            "SELECT COUNT(*) FROM orders WHERE status = 'pending'",
        ),
        (
            "what does an hour of M4 Memory 32 cost in Penang at the moment",
            "SELECT hourly_usd FROM prices JOIN instances ON instances.id = instance_id JOIN regions "
            "ON regions.id = region_id WHERE instances.name = 'M4 Memory 32' AND "
            "regions.name = 'Penang' AND valid_to IS NULL",
        ),
    ],
)
async def test_what_is_so_at_present_is_told_by_a_state_or_by_an_end(
    question: str, sql: str, database: Callable[[Path], Database]
) -> None:
    opened = database(DEMO / "database.sql")
    draft = await EmbeddedSqlWriter().write(SqlTask(question, opened, READER))
    assert isinstance(draft, SqlDraft)
    ((wanted,),) = opened.run(sql, caller=READER).rows
    ((*found,),) = opened.run(draft.sql, caller=READER).rows
    assert wanted in found


@pytest.mark.parametrize(
    ("question", "test"),
    [
        ("What did M3 Memory 16 cost before June 2025?", "valid_from < '2025-06-01'"),
        (
            "What did M3 Memory 16 cost since June 2025?",
            "(valid_to IS NULL OR valid_to >= '2025-06-01')",
        ),
        (
            "What did M3 Memory 16 cost in June 2025?",
            "valid_from < '2025-07-01' AND (valid_to IS NULL OR valid_to >= '2025-06-01')",
        ),
    ],
)
async def test_what_was_in_force_in_a_period_may_lack_an_end_or_a_beginning(
    question: str, test: str, database: Callable[[Path], Database]
) -> None:
    opened = database(DEMO / "database.sql")
    draft = await EmbeddedSqlWriter().write(SqlTask(question, opened, READER))
    assert isinstance(draft, SqlDraft)
    sql = (
        "SELECT hourly_usd FROM prices JOIN instances ON instances.id = instance_id "  # noqa: S608  # ours
        f"WHERE instances.name = 'M3 Memory 16' AND {test}"
    )
    wanted, found = (sorted(opened.run(one, caller=READER).rows) for one in (sql, draft.sql))
    assert wanted == found


@pytest.mark.parametrize(
    ("question", "is_read"),
    [
        ("What is the share price of Tarnwick?", False),
        ("What does an hour cost?", False),
        ("What does each instance cost an hour?", True),
        ("What is the list price of the Crag 220?", True),
    ],
)
async def test_a_long_list_is_no_answer_to_a_question_for_one_thing(
    question: str,
    is_read: bool,  # noqa: FBT001
    database: Callable[[Path], Database],
) -> None:
    opened = database(DEMO / "database.sql")
    draft = await EmbeddedSqlWriter().write(SqlTask(question, opened, READER))
    assert isinstance(draft, SqlDraft) is is_read


async def test_a_thing_in_a_list_of_what_is_to_be_shown_is_shown_by_its_name(
    database: Callable[[Path], Database],
) -> None:
    opened = database(DEMO / "database.sql")
    task = SqlTask("List all customers with industry and region", opened, READER)
    draft = await EmbeddedSqlWriter().write(task)
    assert isinstance(draft, SqlDraft)
    wanted = "SELECT customers.name, industry, regions.name FROM customers JOIN regions ON regions.id = region_id"
    assert {*opened.run(draft.sql, caller=READER).rows} == {*opened.run(wanted, caller=READER).rows}


async def test_what_only_means_something_like_it_is_not_counted(
    database: Callable[[Path], Database],
) -> None:
    """An account manager is an employee, but not of the customer, and not all of them."""
    opened = database(DEMO / "database.sql")
    task = SqlTask("How many employees does Kestrel Freight have?", opened, READER)
    assert isinstance(await EmbeddedSqlWriter().write(task), SqlDeclined)


@pytest.mark.parametrize(
    ("question", "columns", "count"),
    [
        ("the most expensive model of each family", ["family", "name", "list_price"], 6),
        (
            "the model with the highest list price in each family",
            ["family", "name", "list_price"],
            6,
        ),
        (
            "top 3 customers per region by revenue",
            ["regions_name", "customers_name", "revenue"],
            18,
        ),
    ],
)
async def test_things_are_ranked_within_each_group(
    database: Callable[[Path], Database], question: str, columns: list[str], count: int
) -> None:
    opened = database(DEMO / "database.sql")
    draft = await EmbeddedSqlWriter().write(SqlTask(question, opened, READER))
    assert isinstance(draft, SqlDraft)
    result = await opened.arun(draft.sql, caller=READER)
    assert [*result.columns] == columns
    assert len(result.rows) == count


@pytest.mark.parametrize("said", ["per hour", "by hourly price"])
async def test_a_price_is_what_the_best_is_found_by_and_no_group(
    database: Callable[[Path], Database], said: str
) -> None:
    opened = database(DEMO / "database.sql")
    asked = f"Which is the most expensive instance {said}?"
    draft = await EmbeddedSqlWriter().write(SqlTask(asked, opened, READER))
    assert isinstance(draft, SqlDraft)
    (row,) = opened.run(draft.sql, caller=READER).rows
    (wanted,) = opened.run(
        "SELECT MAX(hourly_usd) FROM prices WHERE valid_to IS NULL", caller=READER
    ).rows
    assert wanted[0] in row


@pytest.mark.parametrize(
    ("question", "row"),
    [
        ("What's the price of the cheapest model?", {"Beck 80", 3150}),
        ("what does the most expensive server cost", {"Scar 420", 48750}),
        ("Who looks after Kestrel Freight?", {"Kestrel Freight", "Dale Whitcomb"}),
    ],
)
async def test_a_row_is_shown_by_its_name_beside_what_is_asked_of_it(
    question: str, row: set[object], database: Callable[[Path], Database]
) -> None:
    opened = database(DEMO / "database.sql")
    draft = await EmbeddedSqlWriter().write(SqlTask(question, opened, READER))
    assert isinstance(draft, SqlDraft), draft
    ((*found,),) = opened.run(draft.sql, caller=READER).rows
    assert row <= {*found}
