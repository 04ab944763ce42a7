"""How likely quoted sentences answer: told by what they have of the question, and lack."""

from dataclasses import replace

import pytest
from langchain_core.messages import HumanMessage

from agent.prompting import confidence_of, prompt
from agent.task import ModelTask, TaskMessage
from serving.models.embedded.chat.heard import Quotable
from serving.models.embedded.chat.likelihood import likelihood
from serving.models.embedded.chat.model import EmbeddedChat
from serving.models.embedded.chat.quotations import quotations
from tools.documents.passage import FoundPassage, Passage

LENT = "How long is a book lent?"
LOANS = Quotable(1, "Lending rules", "Loans", "A book is lent for 28 days.", 0.7)
HOURS = Quotable(2, "Opening hours", "", "The library opens on Tuesday at 9:30.", 0.2)


def likely(question: str, *passages: Quotable) -> float:
    found = likelihood(question, passages, quotations(question, passages))
    assert found is not None
    return found


def test_a_sentence_with_all_that_is_asked_is_likely_the_answer() -> None:
    assert likely(LENT, LOANS, HOURS) > 0.7


@pytest.mark.parametrize(
    ("question", "passages"),
    [
        ("How long is a rare old film reel lent to Bergen?", (LOANS, HOURS)),
        (LENT, (replace(LOANS, similarity=0.3), HOURS)),
        (LENT, (HOURS, LOANS)),
    ],
)
def test_what_speaks_against_a_sentence_makes_it_less_likely(
    question: str, passages: tuple[Quotable, ...]
) -> None:
    at = {one.number: replace(one, number=place) for place, one in enumerate(passages, start=1)}
    assert likely(question, *at.values()) < likely(LENT, LOANS, HOURS)


@pytest.mark.parametrize("passages", [(replace(LOANS, similarity=None),), ()])
def test_nothing_is_told_without_a_cosine_or_a_sentence(passages: tuple[Quotable, ...]) -> None:
    assert likelihood(LENT, passages, quotations(LENT, passages)) is None


@pytest.mark.parametrize("similarity", [0.7, None])
async def test_the_first_piece_of_an_answer_tells_how_likely_it_is(
    similarity: float | None,
) -> None:
    text = f"{LOANS.text}\n\nA film is lent for seven days."
    held = Passage("p", "d", "default", "rules.md", "Lending rules", "", 0, None, "Loans", text)
    task = ModelTask("answer", LENT, evidence=(FoundPassage(held, 0.5, similarity),))
    told = [TaskMessage.of(prompt("answer").template, task), HumanMessage(LENT)]
    pieces = [piece async for piece in EmbeddedChat().astream(told)]
    first, *others = (confidence_of(piece) for piece in pieces)
    assert (first is not None) == (similarity is not None)
    assert not any(others)
