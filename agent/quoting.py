"""A second reading of the evidence, by what tells and quotes it without a language model."""

import re
from collections.abc import Sequence
from dataclasses import dataclass

from langchain_core.language_models import BaseChatModel
from langchain_core.messages import HumanMessage

from agent.advice import Deciding
from agent.fallback import is_not_found
from agent.parts import is_unsure
from agent.prompting import confidence_of, prompt
from agent.support import CITATION, leaves_out, says_the_same, unknown_names
from agent.task import ModelTask, TaskMessage
from agent.toolbox import Evidence
from tools.documents.passage import FoundPassage
from tools.sql.result import QueryResult

STANDS_IN = "The chat model found no answer in the passages; these are their own words."
ROWS_STAND_IN = "The chat model found no answer in the rows; they are told as they are."
UNSURE_ROWS = "I am not sure that these rows answer the question (confidence {})."
UNSURE_WORDS = "The sentences quoted here may not answer the question (confidence {})."
_TOLD = 0.6
"""Below this confidence, quoted sentences are not sure. Of 129 answers from the documents alone that
had more, to our own and strangers' questions about four companies, 113 were right; of 54 with less, 30."""
_TOLD_SECOND = 0.65
"""The same where the database was asked first and had no answer. The documents are less likely to
have one then: of 36 such answers that had more, 30 were right; of 62 with less, 22."""
_LIKELY = 0.3
"""Confidence from which rows are told although a weak model sees no answer in them."""
NONE_ANSWERS = "No sentence of the passages found answers the question as it is asked."
NEAREST = "The passages' nearest words to the question say something else: they follow the answer."


@dataclass(frozen=True, slots=True)
class EvidenceQuoted:
    """Quoted rows and sentences, and the probability that the sentences answer, if known."""

    text: str = ""
    confidence: float | None = None

    def __bool__(self) -> bool:
        return bool(self.text)


@dataclass(frozen=True, slots=True)
class EvidenceReader:
    """Reads evidence beside a chat model that failed its exam, as a second writer reads questions.

    `plain` tells rows and quotes sentences word for word, in English; `deciding` tells whether the
    model is weak.
    """

    plain: BaseChatModel | None
    deciding: Deciding

    def doubts(self, question: str) -> bool:
        """Whether the model's answer is doubted: it failed its exam, and the question is English."""
        return self.deciding.doubts_model(question)

    def is_asked(self, question: str, evidence: Sequence[Evidence]) -> bool:
        """Whether it reads these: passages alone, for a model that is not trusted with them."""
        is_read = self.plain is not None and bool(evidence) and self.doubts(question)
        return is_read and all(isinstance(item, FoundPassage) for item in evidence)

    def stands_in(self, question: str, evidence: Sequence[Evidence]) -> str:
        """What is said where it answers for a model that does not; empty where it may not."""
        if self.is_asked(question, evidence):
            return STANDS_IN
        is_read = self.plain is not None and bool(evidence) and self.doubts(question)
        return ROWS_STAND_IN if is_read and all(map(_are_likely_rows, evidence)) else ""

    async def quote(self, question: str, evidence: Sequence[Evidence]) -> EvidenceQuoted:
        """The rows, or the sentences that answer, with their numbers; no text where none does."""
        if self.plain is None:
            return EvidenceQuoted()
        task = ModelTask("answer", question, evidence=tuple(evidence))
        told = TaskMessage.of(prompt("answer").template, task)
        reply = await self.plain.ainvoke([told, HumanMessage(question)])
        if is_not_found(reply.text):
            return EvidenceQuoted()
        return EvidenceQuoted(reply.text, confidence_of(reply))

    async def doubt(
        self, answer: str, question: str, evidence: Sequence[Evidence]
    ) -> tuple[str, str]:
        """Why an answer from these passages is not sure, and what they say instead.

        Both are empty where the quotation bears it out.
        """
        if not self.is_asked(question, evidence):
            return "", ""
        quoted = (await self.quote(question, evidence)).text
        if not quoted:
            return NONE_ANSWERS, ""
        return ("", "") if says_the_same(answer, quoted, question) else (NEAREST, quoted)

    async def left_out(self, answer: str, question: str, evidence: Sequence[Evidence]) -> str:
        """The rows of a short list, where an answer names most of them and leaves some out."""
        short = [
            one for one in evidence if isinstance(one, QueryResult) and leaves_out(answer, one)
        ]
        if len(short) != 1 or len(evidence) != 1 or self.plain is None:
            return ""
        return (await self.quote(question, evidence)).text


def doubts_of(answer: str, question: str, evidence: Sequence[Evidence]) -> list[str]:
    """Why a weak model's answer is not sure: rows that may be read wrongly, and unknown names."""
    # A small model tells what it knows itself, and cites rows that do not say it.
    claimed = unknown_names(answer, question, evidence)
    said = [f"Not found in the evidence: {name!r} (name)." for name in claimed]
    cited = _cited(answer, evidence)
    # Of a person that no cited passage names, it tells what holds for everybody.
    asked = unknown_names(question, "", cited)
    said += [f"What the answer cites does not mention {name!r}." for name in asked]
    return [*said, *unsure_rows(answer, evidence)]


def unsure_rows(answer: str, evidence: Sequence[Evidence]) -> list[str]:
    """The warnings about rows whose confidence is too low."""
    rows = [one for one in _cited(answer, evidence) if isinstance(one, QueryResult)]
    return [UNSURE_ROWS.format(f"{one.confidence:.2f}") for one in rows if is_unsure(one)]


def unsure_words(confidence: float | None, *, is_second: bool = False) -> list[str]:
    """The warning about quoted sentences with a low confidence, if any.

    `is_second` says that the documents were asked because the database had no answer.
    """
    is_told = confidence is None or confidence >= (_TOLD_SECOND if is_second else _TOLD)
    return [] if is_told else [UNSURE_WORDS.format(f"{confidence:.2f}")]


def _cited(answer: str, evidence: Sequence[Evidence]) -> Sequence[Evidence]:
    """The evidence that an answer cites; all of it where it cites none."""
    marks = " ".join(CITATION.findall(answer))
    numbers = {int(digits) for digits in re.findall(r"\d+", marks)}
    return [one for at, one in enumerate(evidence, start=1) if at in numbers] or evidence


def _are_likely_rows(item: Evidence) -> bool:
    return isinstance(item, QueryResult) and bool(item.rows) and (item.confidence or 0.0) >= _LIKELY
