"""Comparisons: a column, a count or an average against numbers, averages or another row's value."""

import re
from dataclasses import dataclass, replace

from serving.models.embedded.english.triggers import AMOUNTS, TIME, Kind, Trigger
from serving.models.embedded.english.units import is_out_of_place, scaled, unit_after
from serving.models.embedded.english.words import UNITS, spelled_out, stem
from serving.models.embedded.form.conditions import (
    Against,
    Compare,
    Unreadable,
    ValueOf,
    columns_of,
    compare,
)
from serving.models.embedded.form.frame import Frame
from serving.models.embedded.form.measures import Having, Measure
from serving.models.embedded.rules.bounds import is_year_said, number_at
from serving.models.embedded.rules.kinds import kind_named
from serving.models.embedded.rules.reading import Reading
from serving.models.embedded.scan.resolve import table_of
from serving.models.embedded.schema.targets import ColumnRef, TableRef, is_date, is_numeric
from serving.models.embedded.schema.values import Stored

_EXTREMES = {"DESC": "MAX", "ASC": "MIN"}
_CLOSE = 2


@dataclass(frozen=True, slots=True)
class _Bound:
    """What something is compared with: one number, two, or an aggregate of the column itself."""

    operator: str
    number: float = 0.0
    high: float | None = None
    against: str = ""
    end: int = 0
    column: ColumnRef | None = None
    """`column` is named between the comparison and its number; `end` is the place of the last item it takes."""


def read_comparisons(now: Reading) -> None:
    """Give every comparison its two sides; one that lacks a side is left waiting."""
    for at in list(now.waiting(Kind.COMPARE, Kind.BETWEEN, Kind.SUFFIX)):
        bound = _bound(now, at)
        if bound is None:
            if now.items[at].kind is Kind.COMPARE:
                _compare_with_row(now, at)
            continue
        if bound.column is not None:
            _restrict(now, at, bound.column, bound)
            now.use(*range(at, bound.end + 1))
            continue
        is_in_unit = _is_in_unit(now, at, bound)
        if _take_times(now, at, bound) or (not is_in_unit and _take_right(now, at, bound)):
            continue
        if _take_left(now, at, bound):
            continue
        _take_hinted(now, at, bound)


def _bound(now: Reading, at: int) -> _Bound | None:
    trigger, after = now.items[at].meaning, now.next(at)
    if not isinstance(trigger, Trigger) or trigger.hints == TIME:
        return None
    if trigger.kind is Kind.SUFFIX:
        value = number_at(now, at - 1)
        return None if value is None else _Bound(trigger.value, value, end=at)
    if after is None:
        return None
    value, high = number_at(now, after), number_at(now, after + 1)
    if trigger.kind is Kind.COMPARE:
        one = None if value is None else _Bound(trigger.value, value, end=after)
        return one or _bound_otherwise(now, trigger, after)
    has_two = value is not None and high is not None
    return _Bound("between", value or 0.0, high, end=after + 1) if has_two else None


def _bound_otherwise(now: Reading, trigger: Trigger, after: int) -> _Bound | None:
    """A column that is named before its number ("above age 20"), or an aggregate in its place."""
    named = now.column(after, accept=now.is_measure)
    value = number_at(now, after + 1) if named else None
    if value is not None and not now.items[after + 1].lead:
        return _Bound(trigger.value, value, end=after + 1, column=named)
    function = now.items[after].meaning
    if isinstance(function, Trigger) and function.kind in (Kind.AGGREGATE, Kind.SUPERLATIVE):
        name = _EXTREMES.get(function.value, function.value)
        return _Bound(trigger.value, against=name, end=after)
    return None


def _take_times(now: Reading, at: int, bound: _Bound) -> bool:
    """Read "performed more than 10 times": the rows that there are of what was named."""
    said = rf"\b{re.escape(now.items[bound.end].text)} times\b(?! as)"
    before = [item.meaning for item in now.items[:at]]
    named = next((m for m in reversed(before) if isinstance(m, ColumnRef | TableRef)), None)
    if bound.against or named is None or not re.search(said, now.question):
        return False
    _require(now, now.counting(named.table), bound)
    now.use(*range(min(at, bound.end), bound.end + 1))
    return True


def _take_right(now: Reading, at: int, bound: _Bound) -> bool:
    """Read "more than 8 GPUs", "at least two concerts", "above the average age"."""
    after = bound.end + 1
    if after >= len(now.items) or after in now.used:
        return False
    item = now.items[after]
    is_close = now.is_close(after) or (bound.against and set(item.lead) <= {"of", "the", "in"})
    if not is_close:
        return False
    follower = now.table(after)
    if follower and now.is_modifier(after):
        named = now.items[after + 1].meaning
        after += isinstance(named, TableRef) or table_of(named) == follower
    start = at if bound.end > at else at - 1
    taken = [*range(start, bound.end + 1), after]
    column = now.column(after, accept=lambda _: True)
    before = now.last(at)
    if bound.against and column is not None and now.column(before, accept=lambda c: c == column):
        taken.append(before or 0)
    aggregated = _measured(now, before) if before is not None else None
    if column is not None and aggregated and aggregated[0].expression == column:
        _require(now, aggregated[0], bound)  # "an average rating above 3 stars"
        taken += aggregated[1]
    elif column is not None and now.is_ordered(column):
        _restrict(now, at, column, bound)
    elif bound.against:
        return False
    elif column is not None:
        _require(now, now.aggregate(column, "COUNT", distinct=True), bound)
    elif table := now.table(after) or _kind_at(now, after):
        _require(now, now.counting(table), bound)
        taken = taken if now.table(after) else taken[:-1]  # which kind it is, is still to be read
    else:
        return False
    now.use(*taken)
    return True


def _kind_at(now: Reading, at: int) -> str | None:
    """The table whose rows are counted by their kind: "3 or more breakdowns"."""
    table = kind_named(now.items, at, now.lexicon)
    return table if table != now.frame.head else None


def _is_in_unit(now: Reading, at: int, bound: _Bound) -> bool:
    """Whether the unit behind a number is that of the column before: "delay above 20 minutes"."""
    after, before = bound.end + 1, now.last(at)
    unit = now.items[after].text.lower() if after < len(now.items) else ""
    while before is not None and now.items[before].kind is Kind.BY:
        before = now.last(before)
    column = now.column(before, accept=now.is_measure) if unit in UNITS else None
    is_own = column is not None and unit in now.lexicon.words_of(column)
    now.use(*range(before + 1, at) if before is not None and is_own else (), *[after] * is_own)
    return is_own


def _take_left(now: Reading, at: int, bound: _Bound) -> bool:
    """Read "with a capacity over 500", "whose average age is above 30"."""
    before = now.last(at)
    trigger = now.items[at].meaning
    if isinstance(trigger, Trigger) and trigger.kind is Kind.SUFFIX:
        before = now.last(at - 1)
    while before is not None and now.items[before].kind in (Kind.NOT, Kind.COMPARE, Kind.BY):
        before = now.last(before)
    if before is None or len(now.items[at].lead) > 2 * _CLOSE:
        return False
    taken = tuple(range(at if bound.end > at else at - 1, bound.end + 1))
    measure = _measured(now, before)
    if measure is not None:
        _require(now, measure[0], bound)
        now.use(*measure[1], *taken)
        return True
    column = now.column(before, accept=now.is_ordered)
    is_said = {"is", "are", "was", "were"} & set(now.items[at].lead)
    if isinstance(trigger, Trigger) and trigger.hints and not is_said:
        return False
    if column is None and (earlier := _compared_before(now, before)):
        column = earlier
    if column is None:
        return False
    _restrict(now, at, column, bound)
    now.use(before, *taken)
    return True


def _measured(now: Reading, before: int) -> tuple[Measure, tuple[int, ...]] | None:
    """The aggregate right before a comparison: "number of concerts", "average age"."""
    opening = now.last(before)
    if opening is None or opening in now.used or opening == 0:
        return None
    kind, meaning = now.items[opening].kind, now.items[opening].meaning
    column = now.column(before, accept=lambda _: True)
    if kind is Kind.COUNT and (table := now.table(before)):
        return now.counting(table), (opening, before)
    if kind is Kind.COUNT and column is not None and not now.is_measure(column):
        return now.aggregate(column, "COUNT", distinct=True), (opening, before)
    if kind is Kind.AGGREGATE and column is not None and isinstance(meaning, Trigger):
        return now.aggregate(column, meaning.value), (opening, before)
    return None


def _compared_before(now: Reading, before: int) -> ColumnRef | None:
    """The column of an earlier comparison: "above 40 and below 60"."""
    if before not in now.used or not isinstance(now.items[before].meaning, float):
        return None
    last = now.frame.filters[-1] if now.frame.filters else None
    return next(iter(columns_of(last.condition)), None) if last else None


def _take_hinted(now: Reading, at: int, bound: _Bound) -> bool:
    """Read "older than 20", "longer than average": what the adjective measures; else what is near."""
    trigger = now.items[at].meaning
    hints = trigger.hints if isinstance(trigger, Trigger) else ()
    taken = tuple(range(at if bound.end > at else at - 1, bound.end + 1))
    column = now.hinted(hints, _thing_before(now, at)) if hints else _in_unit(now, at, bound)
    column = column or _amount_of(now, at)
    if column is None:
        near = [n for n in range(len(now.items)) if n not in now.used]
        near.sort(key=lambda n: abs(n - at))
        found = (now.column(n, accept=now.is_measure) for n in near)
        place = next((n for n in near if now.column(n, accept=now.is_measure)), None)
        column = next((c for c in found if c), None)
        if place is None or abs(place - at) > _CLOSE + 1:
            return False
        now.use(place)
    if column is None:
        return False
    _restrict(now, at, column, bound)
    now.use(*taken)
    return True


def _amount_of(now: Reading, at: int) -> ColumnRef | None:
    """Read "claims over 5000", "gifts of more than 50": the only amount of the thing right before."""
    before = now.last(at)
    thing = now.table(before)
    if thing is None or not {"of", "for", "worth", "with"}.issuperset(now.items[at].lead):
        return None
    refs = [ColumnRef(thing, column.name) for column in now.lexicon.table(thing).columns]
    words = frozenset(map(stem, AMOUNTS))
    found = [r for r in refs if now.is_measure(r) and not words.isdisjoint(spelled_out(r.column))]
    return found[0] if len(found) == 1 else None


def _in_unit(now: Reading, at: int, bound: _Bound) -> ColumnRef | None:
    """Read "visits above 35 minutes": the measure of the thing that is held in that unit."""
    unit = unit_after(now.question, bound.number) if not bound.against else ""
    thing = _thing_before(now, at)
    if not unit or thing is None:
        return None
    refs = [ColumnRef(thing, column.name) for column in now.lexicon.table(thing).columns]
    found = [ref for ref in refs if now.is_measure(ref) and unit in now.lexicon.words_of(ref)]
    return found[0] if len(found) == 1 else None


def _thing_before(now: Reading, at: int) -> str | None:
    """The thing that an adjective speaks of: the one named last before it."""
    for n in range(at - 1, -1, -1):
        meaning = now.items[n].meaning
        if isinstance(meaning, TableRef | Stored):
            return table_of(meaning)
    return now.frame.head


def _restrict(now: Reading, at: int, column: ColumnRef, bound: _Bound) -> None:
    if bound.against:
        overall = ValueOf(now.aggregate(column, bound.against))
        now.restrict(at, column.table, Compare(column, bound.operator, overall))
        return
    kind = now.lexicon.column(column)
    if is_numeric(kind) and is_out_of_place(now.question, bound.number, kind):
        raise Unreadable("it compares {name} with a length of time", name=repr(column.column))
    if is_date(kind) and not is_year_said(bound.number):
        raise Unreadable("it compares {name} with a number", name=repr(column.column))
    factor = scaled(now.question, bound.number, kind)
    high = None if bound.high is None else bound.high * factor
    test = compare(column, bound.operator, bound.number * factor, high)
    now.restrict(at, column.table, test)


def _require(now: Reading, measure: Measure, bound: _Bound) -> None:
    now.frame.having.append(Having(measure, bound.operator, bound.number, bound.high))


def _compare_with_row(now: Reading, at: int) -> None:
    """Read "more cores than the A2", "larger than any country in Europe": another row's value.

    Raises:
        Unreadable: what it is compared with is not a row.
    """
    trigger = now.items[at].meaning
    if not isinstance(trigger, Trigger) or trigger.hints == TIME:
        return
    if _compare_columns(now, at, trigger.value):
        return
    column, taken = _subject(now, at, trigger)
    rest = tuple(n for n in range(at + 1, len(now.items)) if n not in now.used and n != taken)
    stored = [n for n in rest if isinstance(now.items[n].meaning, Stored | TableRef)]
    if column is None or not stored:
        return
    said = now.items[stored[0]].lead
    extreme = {">": "MIN", ">=": "MIN", "<": "MAX", "<=": "MAX"}.get(trigger.value, "MAX")
    if {"all", "every", "each"} & set(said):
        extreme = {"MIN": "MAX", "MAX": "MIN"}[extreme]
    inner = Frame(head=column.table)
    place = replace_items(now, inner, rest)
    if not inner.filters:
        return
    is_one = any(isinstance(now.items[n].meaning, Stored) for n in rest) and "any" not in said
    names = {ref.column for ref in now.lexicon.display(column.table)}
    is_named = any(c.column in names for f in inner.filters for c in columns_of(f.condition))
    measure = now.aggregate(column, "MAX" if is_one and is_named else extreme)
    nested = ValueOf(measure, tuple(inner.filters))
    now.restrict(at, column.table, Compare(column, trigger.value, nested))
    now.use(at, taken, *place)


def _compare_columns(now: Reading, at: int, operator: str) -> bool:
    """Compare two numbers of a row: "stock below the reorder level"."""
    before, after = now.last(at), now.next(at)
    one, other = (now.column(place, accept=now.is_measure) for place in (before, after))
    if one is None or other is None or one == other or one.table != other.table:
        return False
    if after is None or not now.is_close(after) or now.items[at].lead not in ((), ("is",)):
        return False
    now.restrict(at, one.table, Against(one, operator, other))
    now.use(before, at, after)
    return True


def replace_items(now: Reading, inner: Frame, rest: tuple[int, ...]) -> tuple[int, ...]:
    """Put the values among these items into a frame of their own."""
    place: list[int] = []
    for n in rest:
        meaning = now.items[n].meaning
        if isinstance(meaning, Stored):
            own = replace_frame(now, inner)
            own.restrict_to(n, meaning)
            place.append(n)
        elif isinstance(meaning, TableRef):
            place.append(n)
    return tuple(place)


def replace_frame(now: Reading, inner: Frame) -> Reading:
    """The same reading, with another frame to fill."""
    return replace(now, frame=inner)


def _subject(now: Reading, at: int, trigger: Trigger) -> tuple[ColumnRef | None, int | None]:
    before = now.last(at)
    column = now.column(before, accept=now.is_measure)
    if column is not None:
        return column, before
    after = now.next(at)
    column = now.column(after, accept=now.is_measure)
    if column is not None:
        return column, after
    if trigger.hints and (hinted := now.hinted(trigger.hints, _thing_before(now, at))):
        if is_numeric(now.lexicon.column(hinted)):
            return hinted, None
        raise Unreadable("it compares what holds no numbers")
    return None, None
