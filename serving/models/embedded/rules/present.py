"""What is so at present, and what a small word says of a state: "at the moment", "the cars we use"."""

from collections.abc import Iterator
from datetime import timedelta
from typing import LiteralString

from serving.models.embedded.english.triggers import Kind
from serving.models.embedded.english.words import name_stems, stem
from serving.models.embedded.form.conditions import AnyOf, IsNull, Unreadable, Within, columns_of
from serving.models.embedded.form.measures import Measure
from serving.models.embedded.rules.endings import dates_in_force, end_of
from serving.models.embedded.rules.reading import Reading
from serving.models.embedded.scan.resolve import table_of
from serving.models.embedded.schema.targets import ColumnRef, truth
from tools.sql.schema import Column

_VALID = "valid"
"""The word that stands for "running", "in force" and the like."""
_NOT_KNOWN: LiteralString = (
    "it asks what is so at present, and none of the states is known to go on"
)
_NOW = frozenset({"now", "currently"})
_GOING_ON = frozenset(
    map(stem, "active current running ongoing use valid open present aktiv laufend gültig".split())
)
"""Words of a state that goes on."""
_STATES = frozenset(map(stem, ("state", "status", "condition", "zustand", "stand")))
_TELLING = frozenset("use uses used using work works working run runs running live lives".split())
"""Words that mostly need no place, and say in what state something is where a state is called so."""
_TIES = frozenset(map(stem, "in on is are of the at still im in ist noch".split()))


def read_present(now: Reading) -> None:
    """Keep the rows that are so at present, and those in the state that a small word says.

    Raises:
        Unreadable: the things have states, and none of them is known to go on.
    """
    said = {word.lower for word in now.words}
    is_valid = _VALID in said and not _is_placed(now, _VALID)
    is_denied = any(item.kind is Kind.NOT for item in now.items)
    if is_denied and is_valid:
        raise Unreadable(_NOT_KNOWN)
    if now.frame.head is None or is_denied:
        return
    for word in now.words:
        if word.lower in _TELLING and not _is_placed(now, word.lower):
            _restrict_to(now, list(_states(now, frozenset({word.stem}))))
    is_now = is_valid or not _NOW.isdisjoint(said) or _is_current(now)
    if is_now and not _is_told(now):
        _restrict_to_present(now, is_needed=is_valid)


def _is_current(now: Reading) -> bool:
    """Whether "current" stands before the things asked for, and not before one of their columns."""
    current = (n for n, item in enumerate(now.items) if item.lead[-1:] == ("current",))
    return any(now.table(n) == now.frame.head for n in current)


def _restrict_to_present(now: Reading, *, is_needed: bool) -> None:
    """Keep the rows that have no end yet, or are in the one state that goes on.

    Of "the most pupils at the moment" it is the enrolments that tie pupils to a teacher.
    """
    for table in (*_ties(now), now.frame.head or "", *_others(now)):
        end, going_on = end_of(now, table), list(_states(now, _GOING_ON, table))
        if end is not None:
            now.restrict(len(now.items) - 1, end.table, IsNull(end))
            return
        if len(going_on) == 1:
            _restrict_to(now, going_on)
            return
        if (dates := dates_in_force(now, table)) is not None:
            tomorrow = now.today + timedelta(days=1)
            now.restrict(len(now.items) - 1, table, Within(dates[0], None, tomorrow))
            now.restrict(len(now.items) - 1, table, Within(dates[1], now.today, None))
            return
    if is_needed or any(not _STATES.isdisjoint(_stems(column)) for column in _columns(now)):
        raise Unreadable(_NOT_KNOWN)


def _ties(now: Reading) -> list[str]:
    """The tables between what is asked for and what of it is counted."""
    by, head = now.frame.order.by if now.frame.order else None, now.frame.head
    counted = by.table if isinstance(by, Measure) else None
    if counted is None or head is None:
        return []
    return [step.right for step in (now.joins.path((head,), counted) or ())[:-1]]


def _others(now: Reading) -> list[str]:
    """The other tables that the question names whose rows have a start and an end, such as contracts."""
    spoken = dict.fromkeys(t for item in now.items if (t := table_of(item.meaning)))
    return [table for table in spoken if dates_in_force(now, table)]


def _restrict_to(now: Reading, found: list[tuple[ColumnRef, str | int]]) -> None:
    """Add the only condition that there is."""
    if len(found) == 1:
        column, value = found[0]
        now.restrict(len(now.items) - 1, column.table, AnyOf(column, (value,)))


def _states(
    now: Reading, wanted: frozenset[str], table: str = ""
) -> Iterator[tuple[ColumnRef, str | int]]:
    """The columns of the things, or of a table, that say so, each with the value for it."""
    owner = table or now.frame.head or ""
    for column in now.lexicon.table(owner).columns:
        ref, yes = ColumnRef(owner, column.name), truth(column)
        named = next((v for v in column.meaning.values if _only_says(v, wanted)), None)
        if named is not None:
            yield ref, named
        elif yes is not None and _only_says(column.name.replace("_", " "), wanted):
            yield ref, yes


def _columns(now: Reading) -> tuple[Column, ...]:
    return now.lexicon.table(now.frame.head or "").columns


def _only_says(text: str, wanted: frozenset[str]) -> bool:
    said = set(map(stem, text.split())) - _TIES
    return bool(said) and said <= wanted


def _stems(column: Column) -> set[str]:
    names = (column.name, *column.meaning.synonyms)
    return {part for name in names for part in name_stems(name)}


def _is_placed(now: Reading, word: str) -> bool:
    return any(word in item.text.lower().split() for item in now.items)


def _is_told(now: Reading) -> bool:
    """Whether a condition says the state already: "currently blocked"."""
    asked = {ref for one in now.frame.filters for ref in columns_of(one.condition)}
    return any(
        ColumnRef(now.frame.head or "", column.name) in asked
        for column in _columns(now)
        if column.meaning.codes
        or truth(column) is not None
        or not _STATES.isdisjoint(_stems(column))
    )
