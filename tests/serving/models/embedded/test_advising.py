"""What the embedded rules advise a language model that chooses between sources."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from docsql_process import make_database
from machine_bench import ADA, passage

from agent.calls import Call, DescribeCall, QueryCall, SearchCall
from serving.models.embedded.chat.advising import EmbeddedAdvisor
from serving.models.embedded.chat.clauses import clauses_of
from serving.models.embedded.choose.cache import Readers
from tools.sql.run import Database

SHOP = Path(__file__).parents[3] / "fixtures" / "service" / "shop.sql"
DOGS = passage("Dogs wait at the gate while a repair is done.")


@pytest.fixture
def advisor(tmp_path: Path) -> Iterator[EmbeddedAdvisor]:
    file = make_database(SHOP, tmp_path / "shop.sqlite")
    database = Database.open(f"sqlite:///{file}", name="shop")
    yield EmbeddedAdvisor({"shop": database}, Readers())
    database.close()


CHOSEN: list[tuple[str, type[Call]]] = [
    ("How many repairs are there?", QueryCall),
    ("Where do dogs wait while a repair is done?", SearchCall),
    ("Which tables are there?", DescribeCall),
]


@pytest.mark.parametrize(("question", "kind"), CHOSEN)
async def test_what_nothing_speaks_against_is_clear(
    advisor: EmbeddedAdvisor, question: str, kind: type[Call]
) -> None:
    told = await advisor.advise(
        question, databases=["shop"], has_documents=True, passages=[DOGS], caller=ADA
    )
    assert [type(call) for call in told.calls] == [kind]
    assert told.is_clear


@pytest.mark.parametrize("question", ["How many repairs are there?", "Where do dogs wait?"])
async def test_without_documents_none_are_searched(advisor: EmbeddedAdvisor, question: str) -> None:
    told = await advisor.advise(
        question, databases=["shop"], has_documents=False, passages=None, caller=ADA
    )
    assert told.documents is None
    assert [type(call) for call in told.calls] == [QueryCall]
    assert told.is_clear == (question == "How many repairs are there?")


async def test_documents_that_were_not_searched_leave_it_unclear(advisor: EmbeddedAdvisor) -> None:
    told = await advisor.advise(
        "How many repairs are there?",
        databases=["shop"],
        has_documents=True,
        passages=None,
        caller=ADA,
    )
    assert not told.is_clear


async def test_it_tells_the_names_and_the_sentences_that_match(advisor: EmbeddedAdvisor) -> None:
    told = await advisor.advise(
        "How many repairs are there?",
        databases=["shop"],
        has_documents=True,
        passages=[DOGS],
        caller=ADA,
    )
    assert "table repairs" in told.databases["shop"].found
    assert told.documents is not None
    assert told.documents.found == ("Policy: Dogs wait at the gate while a repair is done.",)
    assert told.likeliest() == "shop"


@pytest.mark.parametrize("joint", [", and ", " + ", " & ", " plus ", "? "])
def test_two_things_are_asked_whatever_ties_them(joint: str) -> None:
    said = f"how many tickets are open{joint}how fast do we have to answer"
    assert clauses_of(said) == ["how many tickets are open", "how fast do we have to answer"]


@pytest.mark.parametrize(
    "said",
    [
        "How many tickets came in? Please leave out the closed ones.",
        "How did tickets develop? One total per year is enough.",
        "Who has most tickets? Names only.",
    ],
)
def test_what_is_said_of_a_question_is_no_question_of_its_own(said: str) -> None:
    assert clauses_of(said) == [said]
