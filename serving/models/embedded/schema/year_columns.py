"""Tables with a column for each year: "pallets in 2024" is what the column `pallets_2024` has."""

import re
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass

from serving.models.embedded.english.words import UNITS, name_words, stem
from serving.models.embedded.schema.targets import is_date, is_year
from tools.sql.schema import Schema, Table

_YEAR = re.compile(r"(?:19|20)\d\d")
_SAID = re.compile(r"\s*(?:\b(?:in|for|of|during|from)\s+)?(?:the year )?\b((?:19|20)\d\d)\b")
_WORD = re.compile(r"[^\W\d_]+")
_SCALES = UNITS | frozenset(
    "m mio mrd bn k thousand thousands million millions billion tsd".split()
)
_FEWEST = 2
"""Columns that differ by their year alone."""


@dataclass(frozen=True, slots=True)
class _YearColumn:
    """A column: its year, the stems of what else its name says, and its unit."""

    name: str
    year: str
    said: frozenset[str]
    unit: frozenset[str]


def with_year_columns(question: str, schema: Schema) -> str:
    """The question with the column's own name for what it asks of one year; else as it is."""
    years = set(_SAID.findall(question))
    if len(years) != 1:
        return question
    stems = {stem(word.lower()) for word in _WORD.findall(question)}
    found = [
        column
        for table in schema.tables
        for column in _columns(table)
        if column.year in years and column.said <= stems
    ]
    most = max((len(column.said) for column in found), default=0)
    best = [column for column in found if len(column.said) == most]
    return _named(question, best[0]) if len(best) == 1 else question


def _columns(table: Table) -> Iterator[_YearColumn]:
    """The columns of a table that are one of several years; none where it has dates."""
    if any(is_date(column) or is_year(column) for column in table.columns):
        return
    found = list[_YearColumn]()
    for column in table.columns:
        words = name_words(column.name)
        years = [word for word in words if _YEAR.fullmatch(word)]
        said = [w for w in words if w.isalpha() and w not in _SCALES and len(w) > 1]
        if len(years) == 1 and said:
            unit = frozenset(words) & _SCALES
            found.append(_YearColumn(column.name, years[0], frozenset(map(stem, said)), unit))
    counts = Counter(column.said for column in found)
    yield from (column for column in found if counts[column.said] >= _FEWEST)


def _named(question: str, column: _YearColumn) -> str:
    """The question with the column's name in place of the words for it, and without the year."""
    is_told = False

    def told(word: re.Match[str]) -> str:
        nonlocal is_told
        if stem(word[0].lower()) not in column.said:
            return "" if word[0].lower() in column.unit else word[0]
        is_first, is_told = not is_told, True
        return column.name if is_first else ""

    named = _WORD.sub(told, _SAID.sub("", question))
    return re.sub(r" {2,}", " ", named)
