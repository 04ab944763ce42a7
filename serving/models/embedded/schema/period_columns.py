"""Tables with a column for each year, quarter or month: "pallets in 2024" is what `pallets_2024` has."""

import re
from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from serving.models.embedded.english.words import UNITS, name_words, stem
from serving.models.embedded.schema.period_names import (
    AskedPeriod,
    NamedPeriod,
    period_named,
    periods_asked,
)
from serving.models.embedded.schema.targets import ColumnRef, is_date, is_numeric, is_year
from tools.sql.schema import Schema, Table

_WORD = re.compile(r"[^\W_]+")
_SCALES = UNITS | frozenset(
    "m mio mrd bn k thousand thousands million millions billion tsd teur keur tusd".split()
)
_OF_TIME = frozenset(
    map(
        stem,
        """by per of in for the and je pro nach month monthly months quarter quarterly quarters year yearly annual
        annually monat monate monatlich quartal quartale jahr jahre jährlich jaehrlich table data overview""".split(),
    )
)
"""What the name of such a table says beside what it holds."""
_FEWEST = 2
"""Columns that differ by their period alone."""


@dataclass(frozen=True, slots=True)
class PeriodColumn:
    """A column of one period; `said` are the stems of what it holds, in its name or else its table's.

    `unit` are the words of its unit.
    """

    table: str
    name: str
    period: NamedPeriod
    said: frozenset[str]
    unit: frozenset[str]
    is_named_by_table: bool


def with_period_columns(question: str, schema: Schema) -> str:
    """The question with the column's own name for what it asks of one period; else as it is."""
    asked = periods_asked(question)
    if len({one.period for one in asked}) != 1:
        return question
    stems = _stems(question)
    found = [
        column
        for family in (*families(schema), *_alone(schema))
        for column in _of(asked[0].period, family)
        if _is_said(column, stems)
    ]
    most = max(((not c.is_named_by_table, len(c.said & stems)) for c in found), default=(False, 0))
    best = [c for c in found if (not c.is_named_by_table, len(c.said & stems)) == most]
    if len(best) != 1:
        return question
    is_shared = sum(t.column(best[0].name) is not None for t in schema.tables) > 1
    return _named(question, asked, best[0], is_shared=is_shared)


def families(schema: Schema) -> Iterator[tuple[PeriodColumn, ...]]:
    """The columns of a table that hold the same for several periods; none where it has dates."""
    for table in schema.tables:
        if any(is_date(column) or is_year(column) for column in table.columns):
            continue
        yield from (family for family in _alike(table) if len(family) >= _FEWEST)


def _alone(schema: Schema) -> Iterator[tuple[PeriodColumn, ...]]:
    """The other columns whose names state a period: single ones, and those of tables with dates."""
    shared = {column for family in families(schema) for column in family}
    for table in schema.tables:
        for family in _alike(table):
            if not (family[0].is_named_by_table or shared.issuperset(family)):
                yield family


def _alike(table: Table) -> list[tuple[PeriodColumn, ...]]:
    """The columns of one period each, together with those that hold the same."""
    found = defaultdict[frozenset[str], list[PeriodColumn]](list)
    for column in _columns(table):
        found[column.said].append(column)
    return [
        tuple(family) for family in found.values() if len({c.period for c in family}) == len(family)
    ]


def takes_one_of_several(question: str, used: Iterable[ColumnRef], schema: Schema) -> bool:
    """Whether a statement reads a column of one period where the question names none, or several.

    "The highest revenue" does not say which quarter, and "in Q1 and Q2" asks for both.
    """
    names = {(column.table, column.column) for column in used}
    asked, said = {one.period for one in periods_asked(question)}, question.lower()
    for family in families(schema) if names else ():
        taken = [column for column in family if (column.table, column.name) in names]
        if len(taken) != 1:
            continue
        told = sum(any(map(column.period.may_be, asked)) for column in family)
        if told > 1 or not (told or taken[0].name.lower() in said):
            return True
    return False


def _columns(table: Table) -> Iterator[PeriodColumn]:
    told = [(column, name_words(column.name)) for column in table.columns]
    periods = {c.name: period_named(words) if is_numeric(c) else None for c, words in told}
    others = [word for column, words in told if not periods[column.name] for word in words]
    called = _held(name_words(table.name)) - frozenset(map(stem, others))
    for column, words in told:
        found = periods[column.name]
        if found is None:
            continue
        period, places = found
        rest = [word for at, word in enumerate(words) if at not in places]
        said = _held(rest)
        unit = frozenset(rest) & _SCALES
        yield PeriodColumn(table.name, column.name, period, said or called, unit, not said)


def _held(words: Sequence[str]) -> frozenset[str]:
    """The stems of words that say what is held, and not in which unit or of what time."""
    bare = (word for word in words if word.isalpha() and word not in _SCALES and len(word) > 1)
    return frozenset(map(stem, bare)) - _OF_TIME


def _of(asked: NamedPeriod, family: Sequence[PeriodColumn]) -> list[PeriodColumn]:
    """The columns of a period; none where the question does not say which of several years is meant."""
    found = [column for column in family if column.period.may_be(asked)]
    return found if len(found) == 1 and _is_of_year(asked, found[0]) else []


def _is_of_year(asked: NamedPeriod, column: PeriodColumn) -> bool:
    """Whether a year that is asked for is the column's, or stands in the name of its table."""
    return asked.year in (0, column.period.year) or str(asked.year) in name_words(column.table)


def _is_said(column: PeriodColumn, stems: frozenset[str]) -> bool:
    """Whether the question names what the column holds: all of its own name, or some of the table's."""
    return bool(column.said & stems) if column.is_named_by_table else column.said <= stems


def _stems(text: str) -> frozenset[str]:
    return frozenset(stem(word.lower()) for word in _WORD.findall(text))


def _named(
    question: str, asked: Sequence[AskedPeriod], column: PeriodColumn, *, is_shared: bool
) -> str:
    """The question with the column's name in place of the words for it, and without the period."""
    name = f"{column.name} of {column.table}" if is_shared else column.name
    is_told = False

    def told(word: re.Match[str]) -> str:
        nonlocal is_told
        if stem(word[0].lower()) not in column.said:
            return "" if word[0].lower() in column.unit else word[0]
        is_first, is_told = not is_told, True
        return name if is_first else ""

    for one in reversed(asked):
        question = f"{question[: one.begin]}{question[one.end :]}"
    return re.sub(r" {2,}", " ", _WORD.sub(told, question))
