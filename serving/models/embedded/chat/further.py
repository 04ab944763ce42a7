"""Answers to the further clauses of a question: one sentence seldom answers two of them."""

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from serving.models.embedded.chat.clauses import document_clauses
from serving.models.embedded.chat.overlap import needed_words
from serving.models.embedded.chat.quotations import Quotation
from serving.models.embedded.chat.wording import QuestionWords

_REFERS_BACK = re.compile(
    r"\b(?:its?|they|their|them|this|these|those|he|she|him|her|er|sie|es|ihn|ihm|ihre?[mnrs]?|diese[mnrs]?|dafür|davon|dazu|daran)\b",
    re.I,
)
Quote = Callable[[str, str], tuple[Sequence[Quotation], float | None]]
"""Quotes what answers a clause, with hints from the rest of the question, and how likely it does."""


@dataclass(frozen=True, slots=True)
class FurtherQuotes:
    """The quotations for further clauses, the lowest of their likelihoods, and whether a clause has none."""

    found: tuple[Quotation, ...] = ()
    confidence: float | None = None
    is_rest_open: bool = False


def further_quotes(question: str, told: Sequence[Quotation], quote: Quote) -> FurtherQuotes:
    """The sentences that answer the clauses which the sentences `told` so far leave open."""
    clauses = document_clauses(question)
    if len(clauses) < 2:
        return FurtherQuotes()
    found, likely, is_open = list[Quotation](), list[float](), False
    for clause in clauses:
        _, asked = needed_words(clause, QuestionWords.of(question))
        if not asked:
            continue
        quoted, confidence = quote(clause, question if _REFERS_BACK.search(clause) else "")
        if not quoted:
            is_open = is_open or not _speaks_of(asked, [*told, *found], question)
        elif not _has(quoted[0], [*told, *found]):
            found.append(quoted[0])
            likely += [confidence] if confidence is not None else []
    return FurtherQuotes(tuple(found), min(likely, default=None), is_open)


def _has(one: Quotation, told: Sequence[Quotation]) -> bool:
    return any(one.text in other.text for other in told)


def _speaks_of(asked: frozenset[str], told: Sequence[Quotation], question: str) -> bool:
    """Whether what is told has a word of a clause: it may answer that as well."""
    wording = QuestionWords.of(question)
    said = wording.stems(" ".join(one.text for one in told))
    return any(stem in said or wording.nearness(stem, said) for stem in asked)
