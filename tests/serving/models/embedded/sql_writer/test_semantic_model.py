"""Questions in a company's words, read with its semantic model."""

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from agent.drafts import SqlDeclined, SqlDraft
from agent.toolbox import SqlTask
from serving.models.embedded.sql_writer import EmbeddedSqlWriter
from tools.caller import Caller
from tools.sql.run import Database

FIXTURES = Path(__file__).parents[4] / "fixtures" / "semantic"
READER = Caller("reader")


@pytest.fixture
def lending(database_url: Callable[[Path], str]) -> Iterator[Database]:
    opened = Database.open(
        database_url(FIXTURES / "lending.sql"), name="lending", model=FIXTURES / "lending.yaml"
    )
    yield opened
    opened.close()


@pytest.mark.parametrize(
    ("question", "rows"),
    [
        ("How many members are there?", [(3,)]),
        ("How many readers are there?", [(3,)]),  # a synonym
        ("How many Leser are there?", [(3,)]),
        ("How many loans are there?", [(4,)]),  # a void one does not count
        ("How many void loans are there?", [(1,)]),  # unless it is asked for
        ("How many loans are outstanding?", [(1,)]),  # a code by a second meaning
        ("What are the fees?", [(10.5,)]),  # a column that adds up
        ("What share of loans is void?", [(0.2,)]),  # of all of them
        ("What share of loans is outstanding?", [(0.25,)]),  # of those that count
        ("How many novels are there?", [(2,)]),
        ("What is the income?", [(10.5,)]),  # a figure by its synonym
        ("What are the Einnahmen?", [(10.5,)]),
        ("What are the takings in February 2023?", [(4.0,)]),  # a text that is a date
        ("What are the takings per author?", [("Cleo Dunn", 4.0), ("Ben Holt", 4.5), ("Ada Moor", 2.0)]),
        ("Which member has the highest takings?", [("Ida Frost",)]),
        ("What is the takings per member?", [(3.5,)]),  # the longer name is another figure
        ("Which members joined in 2021?", [("Ida Frost",), ("Jon Gale",)]),
        ("What is the average price of books by genre?", [("F", 10.0), ("P", 13.25)]),
        ("the most expensive book of each genre", [("F", "Salt Roads", 11.0), ("P", "Tide Tables", 14.0)]),
    ],
)  # fmt: skip
async def test_a_companys_words_mean_what_its_model_says(
    lending: Database, question: str, rows: list[tuple[object, ...]]
) -> None:
    draft = await EmbeddedSqlWriter().write(SqlTask(question, lending, READER))
    assert isinstance(draft, SqlDraft), draft
    found = lending.run(draft.sql, caller=READER).rows
    assert sorted(map(str, (row[: len(rows[0])] for row in found))) == sorted(map(str, rows)), draft


@pytest.mark.parametrize("question", ["What is the highest takings per member?", "List the pins."])
async def test_what_a_model_does_not_define_or_hides_is_declined(
    lending: Database, question: str
) -> None:
    draft = await EmbeddedSqlWriter().write(SqlTask(question, lending, READER))
    assert isinstance(draft, SqlDeclined), draft
