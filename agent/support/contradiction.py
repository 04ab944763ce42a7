"""A sentence of the documents that says something else of what the rows of a database answer.

It is one that has every word of the question and little more, and a number or date that neither the
question nor the rows have. An alarm and not a proof, as all of this package is; other values than
numbers and dates are not compared.
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Self

from agent.support.facts import Facts
from agent.support.gather import gather
from agent.support.sizes import numbers_in
from agent.support.spans import beyond
from tools.documents.passage import FoundPassage
from tools.sql.result import QueryResult

_WORD = re.compile(r"[^\W_]+")
_SENTENCE = re.compile(r"(?<=[.!?])\s+|\n")
_STEM = 5
_SPARE = 2
"""Words that a sentence may have beside the question's, or as many as the question has."""
_WITH_NUMBER = 6
"""Words that a doubtful number or date has with it at most: five of a name, or its month and unit."""
_YEAR = re.compile(r"(?:19|20)\d\d")
_DENIES = re.compile(r"\b(?:no|not|never|none|nobody|kein\w*|nicht|nie)\b", re.IGNORECASE)
_FORM = frozenset(
    "a an the of in on at to for from by with and or as than is are was were be been do does did has have "
    "had how many much what which who whose when where long often high there it its their our we us "
    "you i my this that these those der die das den dem des ein eine einen einer im am von zu und oder "
    "ist sind war waren hat haben wie viele viel was welche welcher wann wo es wir unsere".split()
)
"""Words that only give a sentence its form."""


@dataclass(frozen=True, slots=True)
class Contradiction:
    """A sentence that says otherwise, and the passage that it stands in."""

    sentence: str
    passage: FoundPassage


def contradiction(
    question: str, result: QueryResult, passages: Sequence[FoundPassage]
) -> Contradiction | None:
    """The first of the passages' sentences that says otherwise than a result of one row."""
    if len(result.rows) != 1:
        return None
    told = _Told.of(question, result)
    for passage in passages if told.asked else ():
        for sentence in _sentences(passage.passage.text):
            if told.is_contradicted_by(sentence):
                return Contradiction(sentence, passage)
    return None


@dataclass(frozen=True, slots=True)
class _Told:
    """A question's words, what is known of its answer, and the values that the row adds to them."""

    asked: set[str]
    facts: Facts
    values: set[str]

    @classmethod
    def of(cls, question: str, result: QueryResult) -> Self:
        values = {str(cell).casefold() for cell in result.rows[0] if cell is not None}
        known = {*_WORD.findall(question.casefold())}
        return cls(_stems(question), gather(question, [result]), values - known)

    def is_contradicted_by(self, sentence: str) -> bool:
        lower = sentence.casefold()
        if any(stem not in lower for stem in self.asked):  # most sentences, at a glance
            return False
        said = _stems(sentence)
        if not self.asked <= said or _DENIES.search(sentence):
            return False
        if not self.values.isdisjoint(_WORD.findall(lower)):
            return False
        spare = max(_SPARE, len(self.asked))
        if len(said - self.asked) - spare > _WITH_NUMBER * numbers_in(lower):
            return False  # too long whatever is doubtful in it, which takes longer to find out
        other = [span.text for span in beyond(self.facts, sentence, items=1)]
        other = [text for text in other if not _YEAR.fullmatch(text)]  # when, and not how many
        if not other:
            return False
        beside = said - self.asked - _stems(" ".join(other))
        return len(beside) <= spare


def _sentences(text: str) -> Iterator[str]:
    """What stands in running text; the cells of a table have no words around them."""
    for sentence in _SENTENCE.split(text):
        if sentence.strip() and "|" not in sentence:
            yield sentence.strip()


def _stems(text: str) -> set[str]:
    words = (word for word in _WORD.findall(text.casefold()) if word not in _FORM)
    return {word.removesuffix("s")[:_STEM] for word in words}
