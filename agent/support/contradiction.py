"""A sentence of the documents that says something else of what the rows of a database answer.

It is one that has every word of the question and little more, and a number or date that neither the
question nor the rows have. An alarm and not a proof, as all of this package is; other values than
numbers and dates are not compared.
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from agent.support.spans import unsupported
from tools.documents.passage import FoundPassage
from tools.sql.result import QueryResult

_WORD = re.compile(r"[^\W_]+")
_SENTENCE = re.compile(r"(?<=[.!?])\s+|\n")
_STEM = 5
_SPARE = 2
"""Words that a sentence may have beside the question's, or as many as the question has."""
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
    asked = _stems(question)
    for passage in passages if asked else ():
        for sentence in _sentences(passage.passage.text):
            if _says_otherwise(sentence, asked, question, result):
                return Contradiction(sentence, passage)
    return None


def _says_otherwise(sentence: str, asked: set[str], question: str, result: QueryResult) -> bool:
    said = _stems(sentence)
    if not asked <= said or _DENIES.search(sentence):
        return False
    other = [s.text for s in unsupported(sentence, question=question, evidence=[result])]
    other = [text for text in other if not _YEAR.fullmatch(text)]  # when, and not how many
    if not other or _shares_a_value(sentence, question, result):
        return False
    beside = said - asked - _stems(" ".join(other))
    return len(beside) <= max(_SPARE, len(asked))


def _shares_a_value(sentence: str, question: str, result: QueryResult) -> bool:
    """Whether it also has a value of the rows that the question did not name."""
    known = {*_WORD.findall(question.casefold())}
    told = {*_WORD.findall(sentence.casefold())}
    return any(
        value in told - known
        for cell in result.rows[0]
        for value in [str(cell).casefold()]
        if cell is not None
    )


def _sentences(text: str) -> Iterator[str]:
    """What stands in running text; the cells of a table have no words around them."""
    for sentence in _SENTENCE.split(text):
        if sentence.strip() and "|" not in sentence:
            yield sentence.strip()


def _stems(text: str) -> set[str]:
    words = (word for word in _WORD.findall(text.casefold()) if word not in _FORM)
    return {word.removesuffix("s")[:_STEM] for word in words}
