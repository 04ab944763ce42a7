"""Questions of words in any order are read or declined; none of them ends a turn with an error."""

import random
from collections.abc import Callable
from pathlib import Path

import pytest

from agent.drafts import SqlDeclined, SqlDraft
from agent.toolbox import SqlTask
from serving.models.embedded.chat.choosing import plan
from serving.models.embedded.chat.preview import preview_of
from serving.models.embedded.sql_writer import EmbeddedSqlWriter
from tools.caller import Caller
from tools.sql.run import Database

DEMO = Path(__file__).parents[5] / "deployment" / "demo"
READER = Caller("reader")
WORDS = (
    "customers orders regions revenue price tickets Leipzig Compute retail critical ordered_on name "
    "between first last more less than at least not no per each average total number of except or and "
    "same ratio percentage share before after without most least top second highest how many which when "
    "5 10 2024 to both either only every longest older as half twice median month year never still by"
).split()
MADE = 200


@pytest.mark.parametrize(
    "question",
    [
        "What is the average number of months between the first order and the last order of customers?",
        "What does between mean?",
        "How many orders are there between first and last?",
    ],
)
async def test_what_lies_between_things_without_a_number_is_declined(
    question: str, database: Callable[[Path], Database]
) -> None:
    task = SqlTask(question, database(DEMO / "database.sql"), READER)
    assert isinstance(await EmbeddedSqlWriter().write(task), SqlDeclined)


@pytest.mark.parametrize("gap", [" " * 4_000, "\n" * 4_000, "\t \n" * 2_000])
async def test_white_space_in_any_amount_is_one_space(
    gap: str, database: Callable[[Path], Database]
) -> None:
    """Such a question once kept every other caller waiting for minutes."""
    opened, writer = database(DEMO / "database.sql"), EmbeddedSqlWriter()
    written = await writer.write(SqlTask(f"How many{gap}customers are there?", opened, READER))
    assert written == await writer.write(SqlTask("How many customers are there?", opened, READER))
    assert isinstance(written, SqlDraft)


@pytest.mark.parametrize("words", ["in 2024 ", "orders by region ", "between 1 and 2 ", "( "])
async def test_a_question_that_is_too_long_for_rules_is_declined_and_says_so(
    words: str, database: Callable[[Path], Database]
) -> None:
    question = f"How many customers are there {words * 1_000}?"
    task = SqlTask(question, database(DEMO / "database.sql"), READER)
    declined = await EmbeddedSqlWriter().write(task)
    assert isinstance(declined, SqlDeclined)
    assert "more than 1,000 characters" in declined.reason
    assert plan(question, {}, preview_of(())).look_up == " ".join(question.split())


async def test_words_in_any_order_are_read_or_declined(
    database: Callable[[Path], Database],
) -> None:
    opened, writer = database(DEMO / "database.sql"), EmbeddedSqlWriter()
    chance = random.Random(7)  # noqa: S311  # the same each time
    for _ in range(MADE):
        question = " ".join(chance.choices(WORDS, k=chance.randint(3, 12)))
        written = await writer.write(SqlTask(question, opened, READER))
        assert isinstance(written, SqlDraft | SqlDeclined), question
