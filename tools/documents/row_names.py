"""Passages whose table has a row that is called what a question says."""

import re
from collections.abc import Collection, Iterator, Sequence
from functools import lru_cache

from tools.documents.block import CELL_BREAK
from tools.documents.passage import FoundPassage
from tools.documents.terms import index_terms, query_terms

_LIFT = 1.0
"""What it adds to a score, as a share, where a row's name is all that was asked for."""
_ASKS_REASON = re.compile(r"\W*(?:why|how come|warum|weshalb|wieso)\b", re.I)
"""A row of numbers gives none."""
_WORD = re.compile(r"\w+")
_SHORTEST = 3
_TEXTS_KEPT = 256
"""Texts with rows that were searched last: a search looks at 24."""


def favour_rows(query: str, found: Sequence[FoundPassage]) -> list[FoundPassage]:
    """The passages with those first, as far as their scores allow, that have the row of a question.

    A search by words sees a whole passage: one that tells of inventories in prose has the word
    more often than the balance sheet, where it names a row of numbers.
    """
    asked = frozenset(query_terms(query).split())
    words = (word for word in _WORD.findall(query.casefold()) if len(word) >= _SHORTEST)
    begun = {word[:_SHORTEST] for word in words}
    if not asked or not begun or _ASKS_REASON.match(query):
        return list(found)
    lifted = [_lifted(each, _share(each.passage.text, asked, begun)) for each in found]
    return sorted(lifted, key=lambda each: -each.score)


def _lifted(found: FoundPassage, share: float) -> FoundPassage:
    return found.scored(found.score * (1 + _LIFT * share)) if share else found


def _share(text: str, asked: frozenset[str], begun: Collection[str]) -> float:
    """How much of what is asked for the name of a row says, of one that says nothing else."""
    if CELL_BREAK not in text:
        return 0.0
    labels = (frozenset(index_terms(label).split()) for label in _labels(text, begun))
    told = (len(label) for label in labels if label <= asked and not _is_number(label))
    return max(told, default=0) / len(asked)


def _labels(text: str, begun: Collection[str]) -> Iterator[str]:
    """The names of a text's rows that may have a word of the question: one begins as theirs do."""
    for said, label in _rows_of(text):
        if any(each in said for each in begun):
            yield label


@lru_cache(_TEXTS_KEPT)
def _rows_of(text: str) -> Sequence[tuple[str, str]]:
    """The names of a text's rows, without the differences of upper and lower case and as they are."""
    parted = (line.partition(CELL_BREAK) for line in text.splitlines())
    return [(label.casefold(), label) for label, is_row, _ in parted if is_row]


def _is_number(label: frozenset[str]) -> bool:
    return all(term.isdigit() for term in label)
