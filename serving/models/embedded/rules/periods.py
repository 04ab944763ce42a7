"""Periods, and the dates that they restrict."""

from collections.abc import Mapping, Sequence

from serving.models.embedded.english.deeds import is_participle, same_deed
from serving.models.embedded.english.periods import Period
from serving.models.embedded.english.triggers import Kind
from serving.models.embedded.english.words import (
    OF_ARRANGING,
    OF_BEGINNINGS,
    OF_ENDS,
    OF_LIVES,
    name_stems,
    stem,
)
from serving.models.embedded.form.conditions import (
    IsNull,
    Not,
    Within,
    either,
)
from serving.models.embedded.form.frame import Bucket, Unit
from serving.models.embedded.form.measures import Measure
from serving.models.embedded.rules.deeds import date_of_deed, deed_tables, emptied, is_counted_by
from serving.models.embedded.rules.reading import Reading
from serving.models.embedded.scan.resolve import table_of
from serving.models.embedded.schema.targets import (
    ColumnRef,
    TableRef,
    is_date,
    is_year,
)
from serving.models.embedded.schema.values import Stored
from tools.sql.schema import Column

_TIES = frozenset("to for due up at".split())
"""Words that tie a date to the period before it."""
_JOINS = frozenset((*"and or nor vs versus with to than against".split(), ","))
"""Words that join two periods. Without one, both may have to hold, or one of them is misread."""
_UNITS: Mapping[int, Unit] = {1: "month", 3: "quarter", 12: "year"}
"""The units by which periods of so many months are put together."""
_NEAR = 2
"""Steps to a date that may be meant without being named."""


def read_periods(now: Reading) -> None:
    """Restrict a date to each period that is named: the one beside it, else the nearest."""
    spoken: dict[ColumnRef, list[tuple[int, Within]]] = {}
    for at, item in enumerate(now.items):
        if at in now.used or not isinstance(item.meaning, Period):
            continue
        before = now.last(at)
        near = now.column(before, accept=now.is_time) or _ended(now, at)
        near = None if near in emptied(now) else near  # "unpaid invoices from October"
        near = near or _of_thing(now, at)
        column = near or date_of_deed(now, at) or _behind(now, at) or date_near(now, at)
        if column is None:
            continue
        if near is None and not _behind(now, at):
            assume(now, at, column)
        if near is not None and before is not None and not _is_wanted(now, before):
            now.use(before)
            _pass_denial_on(now, before, at, column)
        if near is None and _in_force_then(now, at, column, item.meaning):
            now.use(at)
            continue
        test = Within(column, item.meaning.low, item.meaning.high)
        spoken.setdefault(column, []).append((at, test))
        now.use(at)
    for column, tests in spoken.items():
        _restrict_to(now, column, tests)


def _of_thing(now: Reading, at: int) -> ColumnRef | None:
    """The thing's own date where "of" ties a period to it: "the reservations of 2025".

    They may have been cancelled in 2026. "The best-selling model of 2025" is about its sales.
    """
    thing = now.table(at - 1) if at and now.items[at].text.lower().startswith("of ") else None
    by = now.frame.order.by if now.frame.order else None
    measured = [*now.frame.measures, *([by] if isinstance(by, Measure) else [])]
    is_measured = any(one.table != thing for one in measured)
    return _dated(now, thing, 0) if thing and not is_measured else None


def assume(now: Reading, at: int, column: ColumnRef) -> None:
    """Note that a date is taken where others of its table may be meant as well.

    "In 2025" alone does not say which one, nor does "cancelled in 2025" where no column says when that
    was.
    """
    state = _done_then(now, at, column)
    is_told = date_of_deed(now, at) == column and state is None
    others = () if is_told else _rivals(now, column)
    if others or (state is not None and state.column.table != column.table):
        now.frame.assumed[column] = others


def _done_then(now: Reading, at: int, column: ColumnRef) -> Stored | None:
    """The state beside a period that says what was done then, where it is no deed of the column's."""
    deeds = [deed for one, words in now.lexicon.deeds if one == column for deed in words]
    beside = (now.items[n] for n in (at - 1, at + 1) if 0 <= n < len(now.items))
    said = (item for item in beside if is_participle(item.text))
    others = (item for item in said if not any(same_deed(item.text, deed) for deed in deeds))
    return next((one.meaning for one in others if isinstance(one.meaning, Stored)), None)


def _rivals(now: Reading, column: ColumnRef) -> tuple[ColumnRef, ...]:
    """The other dates of a table that may be meant as well; a date that may be missing rivals no required one."""
    own = now.lexicon.column(column)
    return tuple(
        ColumnRef(column.table, one.name)
        for one in now.lexicon.table(column.table).columns
        if one.name != column.column
        and is_date(one)
        and one.nullable <= own.nullable
        and (OF_LIVES | OF_ENDS).isdisjoint(_stems_of(one))
    )


def _stems_of(column: Column) -> set[str]:
    """The stems of a column's name and of all that a semantic model calls it."""
    called = (word for name in column.meaning.names for word in name.split())
    return {*name_stems(column.name), *map(stem, called)}


def _behind(now: Reading, at: int) -> ColumnRef | None:
    """The date right behind a period that it is of: "which cars are in 2027 due for inspection".

    So is what was done then where a language has its participles last: "seit 2023 ausgeschieden".
    """
    behind = at + 1 if at + 1 < len(now.items) else None
    if behind is None:
        return None
    item = now.items[behind]
    is_deed = not item.lead and is_participle(item.text)
    is_tied = is_deed or not _TIES.isdisjoint(item.lead)
    return now.column(behind, accept=now.is_time) if is_tied else None


def _ended(now: Reading, at: int) -> ColumnRef | None:
    """The end date that "no longer" right before a period is about: "no longer sold in 2025"."""
    before = [item.text.lower() for item in now.items[max(0, at - _NEAR) : at]]
    if "no longer" not in before:
        return None
    ends = (f.condition.condition for f in now.frame.filters if isinstance(f.condition, Not))
    return next((end.column for end in ends if isinstance(end, IsNull)), None)


def _restrict_to(now: Reading, column: ColumnRef, tests: list[tuple[int, Within]]) -> None:
    """Restrict a date to one period or another, or the rows of a thing to several at once."""
    waiting, versus = list(now.waiting(Kind.BOTH)), list(now.waiting(Kind.VERSUS))
    is_both = bool(waiting) or any("and" in now.items[n].lead for n, _ in tests[1:])
    is_denied = any(n in now.denied for n, _ in tests)  # "in 2023 but not in 2024"
    if len(tests) == 1:
        now.restrict(tests[0][0], column.table, tests[0][1])
    elif versus and (unit := _unit([test for _, test in tests])):
        now.restrict(tests[0][0], column.table, either(*(test for _, test in tests)))
        now.frame.groups.append(
            column if is_year(now.lexicon.column(column)) else Bucket(column, unit)
        )
        now.use(*versus, *waiting)
    elif (is_both or is_denied) and now.has_many(column.table):
        for n, test in tests:
            now.restrict(n, column.table, test, is_apart=True)
        now.use(*waiting)
    elif not any(_JOINS & set(now.items[n].lead) for n, _ in tests[1:]):
        now.used -= {n for n, _ in tests}
    else:
        # "in 2014 or 2015": no day is in both, so two periods are alternatives.
        now.restrict(tests[0][0], column.table, either(*(test for _, test in tests)))
        now.use(*waiting)


def _unit(tests: Sequence[Within]) -> Unit | None:
    """The unit that each of the periods is one of, by its months: "2025 vs 2024"."""
    ends = [(test.low, test.high) for test in tests if test.low and test.high]
    months = {
        (high.year - low.year) * 12 + high.month - low.month if low.day == high.day == 1 else 0
        for low, high in ends
    }
    return _UNITS.get(months.pop()) if len(months) == 1 and len(ends) == len(tests) else None


def _pass_denial_on(now: Reading, deed: int, at: int, column: ColumnRef) -> None:
    """Read "not opened in 2015" as opened in another year, where what is denied is a row's own."""
    if deed in now.denied and column.table not in now.frame.absent:
        now.denied.discard(deed)
        now.denied.add(at)


def _in_force_then(now: Reading, at: int, column: ColumnRef, period: Period) -> bool:
    """Take the rows that were in force in the period, where a table says since when and until when."""
    end = now.lexicon.current(column.table)
    if end is None or end == column or not now.is_time(end):
        return False
    if period.high is not None:
        now.restrict(at, column.table, Within(column, None, period.high))
    if period.low is not None:
        now.restrict(at, end.table, either(IsNull(end), Within(end, period.low, None)))
    return True


def _is_wanted(now: Reading, at: int) -> bool:
    """Whether a date is asked for beside being restricted: "when"."""
    return now.items[at].text.lower() in {"when", "year", "date"} and at == 0


def date_of_counted(now: Reading, at: int) -> ColumnRef | None:
    """The date of what is counted or summed, by which it is put together over time."""
    if deed := date_of_deed(now, at):
        return deed
    counted = [measure.table for measure in now.frame.measures] or [now.frame.head]
    found = (_dated(now, table, steps) for steps in (0, _NEAR) for table in counted if table)
    return next((date for date in found if date), None) or date_near(now, None)


def date_near(now: Reading, at: int | None) -> ColumnRef | None:
    """The date that a period restricts: of the deed named before it, of what is summed or counted."""
    measures = list(now.frame.measures)
    measures += (
        [now.frame.order.by] if now.frame.order and isinstance(now.frame.order.by, Measure) else []
    )
    for measure in measures:
        if measure.function == "SUM" and (found := _dated(now, measure.table, _NEAR)):
            return found
    places = reversed(range(len(now.items) if at is None else at))
    before = [now.items[n].meaning for n in places if not is_counted_by(now, n)]
    named = [m.table for m in before if isinstance(m, TableRef | ColumnRef)]
    stored = [m.column.table for m in before if isinstance(m, Stored)]
    starts = [t for t in dict.fromkeys([*named, *stored, now.frame.head]) if t]
    denied, later = _tables_behind(now, at) if at is not None else ([], [])
    own = (found for start in [*denied, *starts, *later] if (found := _dated(now, start, 0)))
    near = (found for start in starts[-1:] if (found := _dated(now, start, _NEAR)))
    nearest = next(own, None)
    return _of_what_happened(now, nearest) if nearest else next(near, None)


def _of_what_happened(now: Reading, nearest: ColumnRef) -> ColumnRef:
    """The date of an event in which a thing takes part, where its own date only says when it was added.

    "Rentals of customers from Leith in 2025" are the rentals of 2025, whenever the customers joined.
    """
    thing, stems = nearest.table, set(name_stems(nearest.column))
    if now.lexicon.table(thing).foreign_keys and OF_BEGINNINGS.isdisjoint(stems):
        return nearest
    spoken = [t for item in now.items if (t := table_of(item.meaning))]
    happened = dict.fromkeys((*spoken, *sorted(deed_tables(now))))
    ways = (now.joins.path((table,), thing, single=True) or () for table in happened)
    tables = (step.left for way in ways for step in way)
    return next((found for table in tables if (found := _dated(now, table, 0))), nearest)


def _refers(now: Reading, table: str, thing: str) -> bool:
    return table != thing and now.joins.path((table,), thing, single=True) is not None


def _tables_behind(now: Reading, at: int) -> tuple[list[str], list[str]]:
    """The tables that are spoken of behind a period: those of which there are none, and the others.

    "Which customers had in 2024 no bills" is about bills of 2024, wherever the year stands.
    """
    told = [(n, _told_of(now.items[n].meaning)) for n in range(at + 1, len(now.items))]
    denied = [table for n, table in told if table and now.items[n - 1].kind is Kind.NOT]
    return denied, [table for _, table in told if table]


def _told_of(meaning: object) -> str:
    """The table that a name or a stored value is of."""
    match meaning:
        case TableRef(table=table):
            return table
        case Stored(column=column):
            return column.table
        case _:
            return ""


def _dated(now: Reading, start: str, steps: int) -> ColumnRef | None:
    """The date that a period most likely restricts, within so many steps of a table.

    The nearest comes first, then one called like its table, then one that is always there. Birthdays
    are left out.
    """

    def rank(ref: ColumnRef) -> tuple[int, bool, bool, bool, bool]:
        stems, column = set(name_stems(ref.column)), now.lexicon.column(ref)
        return (
            now.joins.distance(start, ref.table),
            _refers(now, start, ref.table),
            not stems.issuperset(name_stems(ref.table)),
            not stems.isdisjoint(OF_ENDS | OF_ARRANGING),
            column.nullable,
        )

    dates = (
        ColumnRef(table.name, column.name)
        for table in now.lexicon.schema.tables
        if now.joins.distance(start, table.name) <= steps
        for column in table.columns
        if (is_date(column) or is_year(column)) and OF_LIVES.isdisjoint(name_stems(column.name))
    )
    return min(dates, key=rank, default=None)
