"""Superlatives, tops and commonest things: by what rows are put first, and how many."""

from serving.models.embedded.english.deeds import is_participle
from serving.models.embedded.english.triggers import OF_THESE, PRICE, TIME, Kind, Trigger
from serving.models.embedded.english.words import MONEY, name_stems, stem
from serving.models.embedded.form.conditions import Compare, ValueOf
from serving.models.embedded.form.frame import Order
from serving.models.embedded.form.measures import Measure
from serving.models.embedded.rules.deeds import date_of_deed, only_deed
from serving.models.embedded.rules.grouping import take_bucket
from serving.models.embedded.rules.kinds import kind_named
from serving.models.embedded.rules.measuring import (
    Measured,
    column_after,
    measured,
    quantity_near,
    take_measure,
    thing_at,
)
from serving.models.embedded.rules.naming import is_category
from serving.models.embedded.rules.reading import Reading
from serving.models.embedded.scan.resolve import table_of
from serving.models.embedded.schema.targets import (
    ColumnRef,
    Formula,
    is_date,
    is_text,
    is_year,
)
from serving.models.embedded.schema.values import Stored

EXTREMES = {"DESC": "MAX", "ASC": "MIN"}
TURNED = {"DESC": "ASC", "ASC": "DESC"}
_SUPERLATIVES = (Kind.SUPERLATIVE, Kind.MOST)
_OPENING = frozenset("the which what are list of show".split())
_BETWEEN = frozenset("of the in for all and a an their by to whose any each".split())

_AHEAD = 6
"""Items within which a number of things is followed by what they are ranked by."""
_OF_TIME = frozenset({"which", "what"})
_OF_THESE = tuple(Trigger(Kind.MOST, way, OF_THESE) for way in TURNED)
_MEASURING = (Kind.COUNT, Kind.AGGREGATE, Kind.BEYOND)
_ACROSS = (Kind.BY, Kind.ORDER, Kind.SORT, Kind.DIRECTION, Kind.DISTINCT)


def read_limits(now: Reading) -> None:
    """Read "top 5", "the two longest", "3 cheapest": how many rows a ranking shows."""
    for at, item in enumerate(now.items):
        if at in now.used or not isinstance(item.meaning, float):
            continue
        before, after = now.items[at - 1] if at else None, now.next(at)
        is_top = before is not None and before.kind in (Kind.TOP, *_SUPERLATIVES)
        is_top = is_top and set(item.lead) <= {"the"}
        near = range(at + 1, min(at + _AHEAD, len(now.items)))
        is_ranked = after is not None and any(
            now.items[n].kind in (*_SUPERLATIVES, Kind.BEST_SELLING, Kind.COMMON) for n in near
        )
        is_next = now.items[at + 1 : at + 2] and now.items[at + 1].kind in _SUPERLATIVES
        is_said = is_next or _OPENING.issuperset(item.lead)
        if item.meaning.is_integer() and (
            is_top or (is_ranked and is_said and (is_next or not _has(before)))
        ):
            now.frame.limit = int(item.meaning)
            now.use(at)


def _has(item: object) -> bool:
    return getattr(item, "kind", None) is Kind.WITH


def read_measures(now: Reading) -> None:
    """Place every count, aggregate, formula and ranking that has something to work on."""
    for at, item in enumerate(now.items):
        if at in now.used:
            continue
        if item.kind in (*_SUPERLATIVES, Kind.COMMON, Kind.BEST_SELLING, Kind.TOP):
            _rank(now, at)
        elif item.kind in _MEASURING or isinstance(item.meaning, Formula):
            take_measure(now, at)


def _rank(now: Reading, at: int) -> None:
    """Order by what a superlative measures; the first row only unless a number was given."""
    item = now.items[at]
    trigger = item.meaning
    if not isinstance(trigger, Trigger):
        return
    if trigger.hints == OF_THESE and not _are_alternatives(now):
        return
    found = _ranked_by(now, at, trigger)
    if found is None:
        return
    by, taken, direction = found
    _take_time(now, at)
    if trigger.kind is Kind.MOST and isinstance(by, ColumnRef):
        by = _of_kinds(now, at, by)
    if isinstance(by, ColumnRef) and _is_listed(now, at):
        now.frame.measures.append(now.aggregate(by, EXTREMES[direction]))
        now.use(at, *taken)
        return
    now.use(at, *taken)
    if isinstance(by, ColumnRef) and _asks_for_extreme(now, by):
        _take_extreme(now, at, by, EXTREMES[direction])
        return
    now.frame.order = Order(now.per_head(by, direction, trigger, at), direction)
    now.frame.limit = now.frame.limit or 1
    ranked = now.frame.order.by
    if isinstance(ranked, Measure):  # "the most … in total" says the sum twice
        total = Trigger(Kind.AGGREGATE, ranked.function)
        said = (n for n in now.waiting(Kind.AGGREGATE) if now.items[n].meaning == total)
        now.use(*(n for n in said if now.next(n) is None))


def _of_kinds(now: Reading, at: int, by: ColumnRef) -> Measure | ColumnRef:
    """Read "which district has the most children": of all rows of a kind, where that is asked for."""
    first = next((n for n, item in enumerate(now.items[:at]) if item.kind is None), None)
    kind = now.column(first, accept=lambda c: c.table == by.table and is_category(now, c))
    if kind is None or first in now.used or first != now.last(at):
        return by
    if _OF_TIME.isdisjoint(now.items[first or 0].lead) or is_year(now.lexicon.column(kind)):
        return by
    now.frame.groups.append(kind)
    now.use(first)
    return now.aggregate(by, "SUM")


def _take_time(now: Reading, at: int) -> None:
    """Read "in which year did we get the most orders": the ranking is of years."""
    for n in list(now.waiting(Kind.BUCKET)):
        if n < at and not _OF_TIME.isdisjoint(now.items[n].lead):
            take_bucket(now, n)


def _is_listed(now: Reading, at: int) -> bool:
    """Whether an extreme is asked for beside another: "the earliest and latest day"."""
    beside = [(at + 1, at + 1), (at - 1, at)]
    near = [
        (n, now.items[follower].lead)
        for n, follower in beside
        if 0 <= n < len(now.items) and follower < len(now.items)
    ]
    kinds = (Kind.SUPERLATIVE, Kind.AGGREGATE)
    joined = frozenset(("and", ",", "the"))
    return any(now.items[n].kind in kinds and lead and joined.issuperset(lead) for n, lead in near)


def _listed_column(now: Reading, at: int) -> ColumnRef | None:
    """The column that a list of extremes and averages ends with; the last of them takes it."""
    after: int | None = at
    while after is not None and now.items[after].kind in (Kind.SUPERLATIVE, Kind.AGGREGATE):
        after = now.next(after)
    return now.column(after, accept=now.is_ordered)


def _are_alternatives(now: Reading) -> bool:
    """Whether two values are named, of which one is wanted: "A or B"."""
    stored = [item for item in now.items if isinstance(item.meaning, Stored)]
    return len(stored) > 1 and "or" in stored[-1].lead


def _take_extreme(now: Reading, at: int, column: ColumnRef, function: str) -> None:
    """Measure the extreme, or restrict what is measured to the thing that has it."""
    measured = {measure.table for measure in now.frame.measures}
    if now.frame.groups or not measured or column.table in measured:
        now.frame.measures.append(now.aggregate(column, function))
        return
    overall = ValueOf(now.aggregate(column, function))
    now.restrict(at, column.table, Compare(column, "=", overall))


def _asks_for_extreme(now: Reading, by: ColumnRef) -> bool:
    """Read "the highest price per genre", "the lowest and highest price" ask for the value itself."""
    if now.frame.limit is not None:
        return False
    is_grouped = any(True for _ in now.waiting(Kind.GROUP))
    return is_grouped or bool(now.frame.measures and not now.frame.columns and by)


def _ranked_by(
    now: Reading, at: int, trigger: Trigger
) -> tuple[Measure | ColumnRef, tuple[int, ...], str] | None:
    direction = trigger.value
    match trigger.kind:
        case Kind.TOP:
            found = _topped(now, at)
        case Kind.COMMON:
            found = _commonest(now, at)
        case Kind.BEST_SELLING:
            found = _best_selling(now, at)
        case Kind.MOST:
            found = _most(now, at)
        case _:
            found = _superlative(now, at, trigger)
            deed = date_of_deed(now, at) if trigger.hints == TIME else None
            if found is None and (column := deed or now.hinted(trigger.hints, thing_at(now, at))):
                is_turned = now.is_time(column) and "@-date" in trigger.hints
                return column, (), TURNED[direction] if is_turned else direction
            if found is None and now.next(at) is None and len(now.frame.measures) == 1:
                return now.frame.measures[0], (), direction  # "…, only the three largest"
    return (*found, direction) if found else None


def _topped(now: Reading, at: int) -> Measured | None:
    if any(True for n in now.waiting(*_SUPERLATIVES, Kind.COMMON, Kind.BEST_SELLING) if n > at):
        now.use(at)  # "the top 3 with the highest …": the number is all it says
        return None
    for n in now.waiting(Kind.BY, Kind.ORDER, Kind.WITH):
        found = _operand(now, n) if n > at else None
        if found and not (
            isinstance(found[0], ColumnRef) and is_date(now.lexicon.column(found[0]))
        ):
            return found[0], (n, *found[1])  # the top ones by a date are not the latest
    return None


def _operand(now: Reading, at: int) -> Measured | None:
    """What stands after a "by" or "highest": an aggregate, a count, a column or a table."""
    after = now.next(at)
    if after is None:
        return None
    if now.items[after].kind in (Kind.COUNT, Kind.AGGREGATE) or isinstance(
        now.items[after].meaning, Formula
    ):
        return measured(now, after)
    place = column_after(now, after)
    if column := now.column(place, accept=now.is_ordered):
        return column, tuple(range(after, (place or after) + 1))
    if table := now.table(after):
        price = now.hinted(PRICE, table) if now.items[after].text.lower() in PRICE else None
        if price is not None and price.table == table:
            return price, (after,)  # "by price" is not a number of prices
        return now.counting(table), (after,)
    return None


def operand(now: Reading, at: int) -> Measured | None:
    """What rows are ordered by: an aggregate, a count, a column, or a thing's name."""
    after = now.next(at)
    while after is not None and now.items[after].kind in _ACROSS:
        after = now.next(after)
    if after is None:
        return None
    if now.items[after].kind in (Kind.COUNT, Kind.AGGREGATE) or isinstance(
        now.items[after].meaning, Formula
    ):
        place = now.next(after)
        column = now.column(place, accept=now.is_measure)
        if now.items[after].kind is Kind.COUNT and column and place is not None:
            return column, (after, place)
        return measured(now, after)
    place = column_after(now, after)
    if column := now.column(place, accept=lambda _: True):
        return column, tuple(range(after, (place or after) + 1))
    if table := now.table(after):
        return now.lexicon.display(table)[0], (after,)
    return None


def _commonest(now: Reading, at: int) -> Measured | None:
    """Read "the most common genre": the column that most rows share."""
    after, before = now.next(at), now.last(at)
    is_close = after is not None and now.is_close(after)  # not "the commonest among authors"
    for place in (after, before, 0) if is_close else (before, after, 0):
        column = now.column(place, accept=lambda _: True)
        if column is not None and place is not None:
            now.frame.groups.append(column)
            now.frame.columns = [c for c in now.frame.columns if c != column]
            return now.counting(_counted_in(now, column)), (place,)
        if (table := now.table(place)) and place is not None:
            inner = now.partner(table)
            now.frame.groups.append(table)
            return now.counting(inner), (place,)
    return None


def _counted_in(now: Reading, column: ColumnRef) -> str:
    """The table whose rows share the column: the one spoken of, if it has or refers to it."""
    head = now.frame.head
    if head and head != column.table:
        steps = now.joins.path((head,), column.table, single=True)
        return head if steps is not None else column.table
    return column.table


def _best_selling(now: Reading, at: int) -> Measured | None:
    head, sold = now.frame.head, now.table(now.next(at))
    if head is None:
        return None
    if sold and sold != head and now.is_close(now.next(at) or 0):
        return _most(now, at)  # "which agent sold the most policies"
    if quantity := quantity_near(now, head):
        after = now.next(at)
        is_said = now.column(after, accept=lambda c: c == quantity) is not None
        return now.aggregate(quantity, "SUM"), (after,) if is_said and after is not None else ()
    return _commonest(now, at)


def _most(now: Reading, at: int) -> Measured | None:
    """Read "most members", "most memory", "most different genres"."""
    after, before = now.next(at), now.last(at)
    earned = now.column(before, accept=now.is_measure)
    is_object = after is not None and now.is_close(after)
    if earned and not is_object and before is not None and now.items[at].lead in ((), ("the",)):
        return earned, (before,)  # "who earns the most"
    if after is None:
        return _done_most(now, at)
    if any(now.items[n].kind is Kind.SOLD for n in range(len(now.items))):
        head = now.frame.head or now.table(after)
        quantity = quantity_near(now, head) if head else None
        if quantity is not None:
            named = now.column(after, accept=lambda c: c == quantity)
            return now.aggregate(quantity, "SUM"), (after,) if named else ()
    if now.items[after].kind in (Kind.COUNT, Kind.AGGREGATE) or isinstance(
        now.items[after].meaning, Formula
    ):
        return measured(now, after)
    return _most_of(now, at, after)


def _done_most(now: Reading, at: int) -> Measured | None:
    """Read "which boat was repaired most often": what comes of the deed named before, counted."""
    before = now.last(at)
    table = now.table(before)
    if table is not None and table != now.frame.head:
        return now.counting(table), (before or 0,)
    if not now.items[at].text.lower().endswith(("often", "times")):
        return None
    item = now.items[before or 0]  # "which reason is cancelled most often"
    is_done = isinstance(item.meaning, Stored) and is_participle(item.text)
    only = table_of(item.meaning) if is_done else only_deed(now)
    return (now.counting(only), ()) if only else None


def _most_of(now: Reading, at: int, after: int) -> Measured | None:
    """What there is most of: a quantity, different values of a column, rows of a thing."""
    if now.table(after) and now.is_modifier(after) and not is_participle(now.items[after].text):
        after += 1  # but of "the most borrowed book" it is the loans that are counted
    column = now.column(after, accept=lambda _: True)
    if column is not None:
        if now.is_measure(column):
            return column, (after,)
        return now.aggregate(column, "COUNT", distinct=True), (after,)
    chosen = now.items[after].meaning
    if isinstance(chosen, Stored) and now.items[at].meaning in _OF_THESE:
        own = chosen.column.table
        named = (table for item in now.items[:at] if (table := table_of(item.meaning)))
        done = next((table for table in named if table != own), None) or only_deed(now)
        if chosen.column in now.lexicon.display(own):  # "who books more, Ames or Burr"
            return (now.counting(done), ()) if done else None
        now.frame.groups.append(chosen.column)  # "more male or female members"
        return now.counting(own), ()
    if (kind := kind_named(now.items, after, now.lexicon)) and kind != now.frame.head:
        return now.counting(kind), ()
    table = now.table(after)
    return (now.counting(table), (after,)) if table else None


def _in_its_measure(now: Reading, trigger: Trigger, found: Measured | None) -> Measured | None:
    """The price of what is the dearest, where what is named is counted: "the most expensive ticket"."""
    column = found[0] if found else None
    if trigger.hints != PRICE or found is None or not isinstance(column, ColumnRef):
        return found
    own = {*name_stems(column.column), *now.lexicon.column(column).comment.lower().split()}
    is_price = not own.isdisjoint(map(stem, PRICE)) or not MONEY.isdisjoint(own)
    price = None if is_price else now.hinted(PRICE, column.table)
    return (price, found[1]) if price is not None and price.table == column.table else found


def _superlative(now: Reading, at: int, trigger: Trigger) -> Measured | None:
    if _is_listed(now, at) and (column := _listed_column(now, at)):
        return column, ()
    after = now.next(at)
    if after is not None and set(now.items[after].lead) <= _BETWEEN | {"is"}:
        found = _in_its_measure(now, trigger, _operand(now, at))
        if found and (not isinstance(found[0], Measure) or not now.table(after)):
            is_time = isinstance(found[0], ColumnRef) and not now.is_measure(found[0])
            if (
                not is_time
                or not trigger.hints
                or "@" in trigger.hints[0]
                or not is_text(
                    now.lexicon.column(found[0])  # pyright: ignore[reportArgumentType]
                )
            ):
                return found
    before = now.last(at)
    is_said = now.items[at].lead[-1:] in (("is",), ("the",), ("has",), ("are",), ("was",))
    # "the population of the largest country" is not put in order by population.
    is_said = is_said and "of" not in now.items[at].lead
    # The longest shift that somebody worked is not the one of the latest day.
    is_of_days = not trigger.hints or any("@" in hint for hint in trigger.hints)
    column = now.column(before, accept=now.is_ordered if is_of_days else now.is_measure)
    if column is not None and before is not None and is_said and before not in now.used:
        return column, (before,)
    opening = now.last(before) if before is not None else None
    if opening is not None and is_said and now.items[opening].kind is Kind.COUNT:
        return measured(now, opening)
    return None
