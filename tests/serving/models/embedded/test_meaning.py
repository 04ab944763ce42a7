"""Sentences that mean what is asked in other words: quoted where they likely answer, else not."""

from collections.abc import Sequence
from dataclasses import replace

import pytest
from langchain_core.messages import HumanMessage

from agent.fallback import UNANSWERED
from agent.prompting import prompt
from agent.task import ModelTask, TaskMessage
from serving.models.embedded.chat.calibration import LIKELY
from serving.models.embedded.chat.choosing import plan
from serving.models.embedded.chat.heard import Quotable
from serving.models.embedded.chat.meaning import nearest_sentence
from serving.models.embedded.chat.model import EmbeddedChat
from serving.models.embedded.chat.preview import preview_of
from serving.models.embedded.chat.quotations import quotations
from serving.models.text.matching import TokenMatcher
from serving.models.text.onnx import packaged_embeddings
from tools.documents.passage import FoundPassage, Passage
from tools.text_match import TextMatcher

COFFEE = "Can I drink coffee while I read?"
LOANS = Quotable(1, "Lending rules", "Loans", "A book is lent for 28 days.", 0.4)
CUPS = "Beverages are permitted in the reading room if the cup has a lid."
ROOM = Quotable(2, "Lending rules", "1. Rules > 1.2 Reading room", CUPS, 0.4)
HOURS = Quotable(3, "Opening hours", "", "The library opens on Tuesday at 9:30.", 0.3)
ALL = (LOANS, ROOM, HOURS)


@pytest.fixture(scope="module")
def matcher() -> TextMatcher:
    return TokenMatcher(packaged_embeddings(threads=1))


def test_a_sentence_in_other_words_is_found_where_no_words_are_shared(matcher: TextMatcher) -> None:
    assert not quotations(COFFEE, ALL)
    near = nearest_sentence(COFFEE, ALL, matcher)
    assert near is not None
    assert (near.quotation.number, near.quotation.text) == (2, CUPS)
    assert near.likelihood >= LIKELY


@pytest.mark.parametrize(
    "question", ["Is there a parking garage nearby?", "How many employees work here?"]
)
def test_what_nothing_speaks_of_has_no_likely_sentence(question: str, matcher: TextMatcher) -> None:
    near = nearest_sentence(question, ALL, matcher)
    assert near is None or near.likelihood < LIKELY


@pytest.mark.parametrize(
    ("question", "passages"),
    [
        (COFFEE, ()),
        (COFFEE, [replace(one, similarity=None) for one in ALL]),
        ("What is form 27B for?", ALL),
        ("Was kostet es, ein Buch zu spät abzugeben?", ALL),
        ("  ", ALL),
    ],
    ids=["nothing found", "no cosines", "another designation", "German", "no question"],
)
def test_no_sentence_where_none_can_answer(
    question: str, passages: Sequence[Quotable], matcher: TextMatcher
) -> None:
    assert nearest_sentence(question, passages, matcher) is None


def test_such_a_sentence_sends_the_question_to_the_documents(matcher: TextMatcher) -> None:
    assert plan(COFFEE, {}, preview_of(ALL, matcher)).look_up == COFFEE
    assert not plan(COFFEE, {}, preview_of(ALL)).look_up
    assert not plan("Is there a parking garage nearby?", {}, preview_of(ALL, matcher)).look_up


async def answered(chat: EmbeddedChat, question: str) -> str:
    held = [
        FoundPassage(
            Passage(
                f"p{one.number}", "d", "default", "rules.md", one.title, "", 0, None, one.section,
                one.text,
            ),
            0.5,
            one.similarity,
        )
        for one in ALL
    ]  # fmt: skip
    task = ModelTask("answer", question, evidence=tuple(held))
    reply = await chat.ainvoke(
        [TaskMessage.of(prompt("answer").template, task), HumanMessage(question)]
    )
    return reply.text


async def test_it_is_quoted_and_cited(matcher: TextMatcher) -> None:
    assert await answered(EmbeddedChat(matcher=matcher), COFFEE) == f"{CUPS} [2]"


async def test_without_a_model_for_it_the_question_is_declined(matcher: TextMatcher) -> None:
    assert (await answered(EmbeddedChat(), COFFEE)).startswith(UNANSWERED)
    unknown = "Is there a parking garage nearby?"
    assert (await answered(EmbeddedChat(matcher=matcher), unknown)).startswith(UNANSWERED)
