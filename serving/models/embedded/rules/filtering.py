"""Values, patterns, periods and presence: which rows are meant."""

from collections.abc import Iterable
from dataclasses import replace

from serving.models.embedded.english.deeds import is_participle
from serving.models.embedded.english.periods import Period
from serving.models.embedded.english.triggers import OF_WORD, Kind, Trigger
from serving.models.embedded.english.words import stem
from serving.models.embedded.form.conditions import (
    AnyOf,
    Compare,
    Condition,
    Filter,
    IsNull,
    Like,
    Not,
    Within,
    columns_of,
    either,
    names_values,
)
from serving.models.embedded.form.measures import Having, Measure
from serving.models.embedded.rules.reading import Reading, holds
from serving.models.embedded.scan.mentions import Pattern
from serving.models.embedded.scan.resolve import COUNTS, table_of
from serving.models.embedded.schema.joins import sides
from serving.models.embedded.schema.targets import (
    ColumnRef,
    NullMeaning,
    TableRef,
    is_date,
    is_text,
    is_year,
    truth,
)
from serving.models.embedded.schema.values import Stored

_NEAR = 2
"""Steps to a date that may be meant without being named."""
_EQUAL = frozenset("is are was were equal equals to of as number code value exactly id".split())


def read_denials(now: Reading) -> None:
    """Put what a "not" speaks of under it: a value, a comparison, a thing that must be absent."""
    for at in now.waiting(Kind.NOT):
        if now.items[at].meaning == Trigger(Kind.NOT, OF_WORD):
            now.turned_round.add(at + 1)
    now.use(*(at - 1 for at in now.turned_round))
    for at in list(now.waiting(Kind.NOT)):
        if _denies_last(now, at):
            now.use(at)
            continue
        after = now.next(at)
        while after is not None and after + 1 < len(now.items) and _leads_on(now, after):
            after += 1
        if after is None:
            continue
        if now.table(after) and after + 1 < len(now.items) and now.is_modifier(after):
            after += 1
        now.denied.add(after)
        now.use(at)
        if table := now.table(after):
            now.frame.absent.add(table)
            now.use(after)
            now.frame.context.append(table)
        elif isinstance(now.items[after].meaning, Stored):
            _deny_list(now, after)
        now.denied.update(n for n in range(after + 1, len(now.items)) if "nor" in now.items[n].lead)


def _denies_last(now: Reading, at: int) -> bool:
    """Read "English is not the official language" denies the value named before."""
    lead = now.items[at].lead
    before = now.last(at)
    if before is None or not lead or lead[-1] not in {"is", "are", "was", "were"}:
        return False
    if {"but", "and"} & set(lead):  # "had surgery but were not vaccinated": of the next thing
        return False
    if not isinstance(now.items[before].meaning, Stored):
        return False
    now.denied.add(before)
    return True


def _leads_on(now: Reading, at: int) -> bool:
    """Whether what is denied stands further on: "not built by Ford", "except stadiums with …"."""
    if now.items[at].kind in (Kind.BY, Kind.WITH, Kind.DISTINCT, Kind.NOT):
        return True
    if now.table(at) and now.table(at) == now.frame.head and at > 1:
        now.use(at)
        return True
    return _is_column_of_next(now, at)


def _is_column_of_next(now: Reading, at: int) -> bool:
    """Whether a name stands there only for the value, number or comparison after it."""
    if at + 1 >= len(now.items):
        return False
    here, after = now.items[at].meaning, now.items[at + 1].meaning
    if isinstance(here, Trigger):
        return here.kind in (Kind.DISTINCT, Kind.WITH)
    if isinstance(after, Stored) and isinstance(here, ColumnRef | TableRef):
        return table_of(here) == after.column.table or isinstance(here, TableRef)
    is_compared = now.items[at + 1].kind in (Kind.COMPARE, Kind.LIKE) or isinstance(after, float)
    return isinstance(here, ColumnRef) and is_compared


def _deny_list(now: Reading, at: int) -> None:
    """Read "not novels or poetry" denies both."""
    first = now.items[at].meaning
    for n in range(at + 1, len(now.items)):
        meaning = now.items[n].meaning
        is_next = set(now.items[n].lead) <= {"or", "and", "nor"} and bool(now.items[n].lead)
        if not (isinstance(meaning, Stored) and isinstance(first, Stored) and is_next):
            return
        if meaning.column != first.column:
            return
        now.denied.add(n)


def read_values(now: Reading) -> None:
    """Restrict columns to the values, patterns and meanings of NULL that are named."""
    for at, item in enumerate(now.items):
        if at in now.used:
            continue
        match item.meaning:
            case Stored():
                _take_stored(now, at, item.meaning)
            case NullMeaning():
                ref = ColumnRef(item.meaning.table, item.meaning.column)
                now.restrict(
                    at, ref.table, IsNull(ref) if item.meaning.is_null else Not(IsNull(ref))
                )
            case Pattern():
                _take_pattern(now, at, item.meaning)
                continue
            case _:
                continue
        now.use(at)


def _take_stored(now: Reading, at: int, stored: Stored) -> None:
    """Restrict to a value; two of one column are alternatives, or both held by a row's many."""
    before = now.last(at)
    is_named = before is not None and now.items[before].meaning == stored.column
    if is_named and before is not None and not _is_asked(now, before):
        now.use(before)
    if _is_apposition(now, at):
        return
    both = at in now.denied or not _same(now, stored.column)
    if both:
        now.restrict_to(at, stored)
        return
    earlier = _same(now, stored.column)[-1]
    place = now.frame.filters.index(earlier)
    waiting = list(now.waiting(Kind.BOTH))
    is_and = "and" in now.items[at].lead or bool(waiting)
    if is_and and "or" not in now.items[at].lead and now.has_many(stored.column.table):
        now.frame.filters[place] = replace(earlier, is_apart=True)
        now.restrict_to(at, stored, is_apart=True)
    elif sides(now.roles(at)) != sides(earlier.roles):
        now.restrict_to(at, stored, is_apart=True)
    else:
        alternatives = either(earlier.condition, holds(stored))
        now.frame.filters[place] = replace(earlier, condition=alternatives)
        return  # whether both are held by one is seen when it is known of what
    now.use(*waiting)


def _is_apposition(now: Reading, at: int) -> bool:
    """Whether a value only says again what the one next to it says: "Dallas (DAL)"."""
    if at + 1 < len(now.items) and not now.items[at + 1].lead:
        after = now.items[at + 1].meaning
        here = now.items[at].meaning
        if isinstance(after, Stored) and isinstance(here, Stored):
            return _is_code(now, at + 1) and after.column != here.column
    return False


def _is_code(now: Reading, at: int) -> bool:
    text = now.items[at].text
    return text.isupper() and len(text.split()) == 1


def _is_asked(now: Reading, at: int) -> bool:
    """Whether a column before a value is asked for as well: "name and city of …"."""
    lead = now.items[at].lead
    return at == 0 and "and" in lead


def _same(now: Reading, column: ColumnRef) -> list[Filter]:
    """The filters that ask for values of the column."""
    return [
        f
        for f in now.frame.filters
        if f.table == column.table
        and not f.is_denied
        and names_values(f.condition)
        and columns_of(f.condition) == (column,)
    ]


def _take_pattern(now: Reading, at: int, pattern: Pattern) -> None:
    """Compare a text, whole or in part, with something that is stored nowhere or anywhere."""
    before = now.last(at)
    like = before if before is not None and now.items[before].kind is Kind.LIKE else None
    shape = now.items[like].meaning if like is not None else None
    holder = now.last(like) if like is not None else before
    after = now.next(at)
    column = now.column(holder, accept=lambda c: is_text(now.lexicon.column(c)))
    if column is None and like is not None:
        column = now.column(after, accept=lambda c: is_text(now.lexicon.column(c)))
        holder = after if column else None
    table = now.table(holder) or now.frame.head
    if column is None and table:
        column = now.lexicon.display(table)[0]
        holder = None
    if column is None:
        return
    if isinstance(shape, Trigger):
        now.restrict(at, column.table, Like(column, shape.value, pattern.text))
    else:
        now.restrict(at, column.table, Like(column, "%{}%", pattern.text))
    now.use(at, like, holder)


def read_numbers(now: Reading) -> None:
    """Numbers on their own: the value of the column beside them, or a number of partners."""
    for at, item in enumerate(now.items):
        if at in now.used or not isinstance(item.meaning, float):
            continue
        value, before, after = item.meaning, now.last(at), now.next(at)
        left = now.column(before, accept=lambda c: c not in now.frame.columns)
        right = now.column(after, accept=now.is_measure)
        if after is not None and right is not None and now.is_close(after):
            now.restrict(at, right.table, Compare(right, "=", value))
            now.use(at, after)
        elif (counted := _counted_with(now, after)) and now.is_close(after or 0):
            now.restrict(at, counted.table, Compare(counted, "=", value))
            now.use(at)
        elif left is not None and _is_given(now, at, before) and _holds_numbers(now, left):
            is_word = is_text(now.lexicon.column(left))
            test = AnyOf(left, (item.text,)) if is_word else Compare(left, "=", value)
            now.restrict(at, left.table, test)
            now.use(at, before)
        elif now.table(after) and now.is_close(after or 0) and item.lead[-1:] == ("the",):
            now.use(at)  # "the two customers": how many there are restricts nothing
        elif (table := now.table(after)) and now.is_close(after or 0) and _is_exact(now, at):
            now.frame.having.append(Having(now.counting(table), "=", value))
            now.use(at, after)


def _counted_with(now: Reading, at: int | None) -> ColumnRef | None:
    """The column that says how many of a value a row has: "8 V100s" of an accelerator."""
    stored = now.items[at].meaning if at is not None else None
    if not isinstance(stored, Stored):
        return None
    own, table = now.lexicon.words_of(stored.column), stored.column.table
    refs = [ColumnRef(table, column.name) for column in now.lexicon.table(table).columns]
    counts = [ref for ref in refs if now.is_measure(ref) and now.lexicon.words_of(ref) & COUNTS]
    named = [ref for ref in counts if not _stems(now.lexicon.words_of(ref)).isdisjoint(_stems(own))]
    return named[0] if len(named) == 1 else None


def _stems(words: Iterable[str]) -> set[str]:
    return {stem(word) for word in words}


def _is_exact(now: Reading, at: int) -> bool:
    """Whether a number of partners is said to be all there are: "only one", "has 3"."""
    held = at > 0 and now.items[at - 1].kind is Kind.WITH
    return held or not {"only", "exactly", "just"}.isdisjoint(now.items[at].lead)


def _is_given(now: Reading, at: int, before: int | None) -> bool:
    is_new = before is not None and before not in now.used
    return is_new and _EQUAL.issuperset(now.items[at].lead)


def _holds_numbers(now: Reading, column: ColumnRef) -> bool:
    kind = now.lexicon.column(column)
    return not is_date(kind) and (not is_text(kind) or now.lexicon.is_key(column))


def read_periods(now: Reading) -> None:
    """Restrict a date to each period that is named: the one beside it, else the nearest."""
    spoken: dict[ColumnRef, list[tuple[int, Within]]] = {}
    for at, item in enumerate(now.items):
        if at in now.used or not isinstance(item.meaning, Period):
            continue
        before = now.last(at)
        near = now.column(before, accept=now.is_time)
        column = near or now.date_of_deed(at) or date_near(now, at)
        if column is None:
            continue
        if near is not None and before is not None and not _is_wanted(now, before):
            now.use(before)
        test = Within(column, item.meaning.low, item.meaning.high)
        spoken.setdefault(column, []).append((at, test))
        now.use(at)
    for column, tests in spoken.items():
        waiting = list(now.waiting(Kind.BOTH))
        is_both = bool(waiting) or any("and" in now.items[n].lead for n, _ in tests[1:])
        if len(tests) == 1:
            now.restrict(tests[0][0], column.table, tests[0][1])
        elif is_both and now.has_many(column.table):
            for n, test in tests:
                now.restrict(n, column.table, test, is_apart=True)
            now.use(*waiting)
        else:
            # "in 2014 or 2015": no day is in both, so two periods are alternatives.
            now.restrict(tests[0][0], column.table, either(*(test for _, test in tests)))
            now.use(*waiting)


def _is_wanted(now: Reading, at: int) -> bool:
    """Whether a date is asked for beside being restricted: "when"."""
    return now.items[at].text.lower() in {"when", "year", "date"} and at == 0


def date_of_counted(now: Reading, at: int) -> ColumnRef | None:
    """The date of what is counted or summed, by which it is put together over time."""
    if deed := now.date_of_deed(at):
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
    before = [item.meaning for item in reversed(now.items[:at])]
    named = [m.table for m in before if isinstance(m, TableRef | ColumnRef)]
    stored = [m.column.table for m in before if isinstance(m, Stored)]
    starts = [t for t in dict.fromkeys([*named, *stored, now.frame.head]) if t]
    own = (found for start in starts if (found := _dated(now, start, 0)))
    near = (found for start in starts[-1:] if (found := _dated(now, start, _NEAR)))
    return next(own, None) or next(near, None)


def _dated(now: Reading, start: str, steps: int) -> ColumnRef | None:
    """The nearest date within so many steps of a table, one that is always there before others."""
    dated = [
        (now.joins.distance(start, table.name), column.nullable, n, table.name, column.name)
        for table in now.lexicon.schema.tables
        for n, column in enumerate(table.columns)
        if is_date(column) or is_year(column)
    ]
    found = min((one for one in dated if one[0] <= steps), default=None)
    return ColumnRef(*found[3:]) if found else None


def read_presence(now: Reading) -> None:
    """Columns that a row has or has not: a truth, a NULL, a count of none."""
    for at, item in enumerate(now.items):
        if at in now.used or not isinstance(item.meaning, ColumnRef):
            continue
        column, kind = item.meaning, now.lexicon.column(item.meaning)
        yes, is_denied = truth(kind), at in now.denied | now.turned_round
        is_held = at > 0 and now.items[at - 1].meaning == Trigger(Kind.WITH)
        is_deed = is_date(kind) and is_participle(item.text) and not _asks_when(now)
        if is_deed and not kind.nullable:
            now.use(at)
            continue
        is_whole = item.quality >= 0.6
        if yes is not None and is_whole and not _is_asked_for(now, at):
            test: Condition = AnyOf(column, (yes,))
        elif (is_denied or is_held) and now.is_measure(item.meaning):
            test = Compare(column, ">", 0, null_is_zero=kind.nullable)
        elif (is_denied or is_held or is_deed) and kind.nullable:
            test = Not(IsNull(column))
        else:
            continue
        now.restrict(at, item.meaning.table, test)
        now.use(at)


def read_empties(now: Reading) -> None:
    """Read "whose model is not known": a column without a value."""
    for at in list(now.waiting(Kind.EMPTY)):
        for place in (now.last(at), now.next(at)):
            column = now.column(place, accept=lambda _: True)
            if column is not None:
                now.restrict(at, column.table, IsNull(column))
                now.use(at, place)
                break


def _asks_when(now: Reading) -> bool:
    return not {"when", "date", "dates", "day"}.isdisjoint(now.question.lower().split())


def _is_asked_for(now: Reading, at: int) -> bool:
    """Whether a yes or no is what is wanted, rather than said of the next thing."""
    if now.items[at].text.lower().endswith("s"):
        return False  # "list the admins": the rows that are marked so
    if at + 1 < len(now.items) and not now.items[at + 1].lead:
        return not isinstance(now.items[at + 1].meaning, ColumnRef | TableRef)
    return at == 0
