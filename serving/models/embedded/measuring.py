"""Counts, aggregates and rankings: what is measured, and by what rows are put first."""

from dataclasses import replace

import sqlglot
from sqlglot import exp

from serving.models.embedded.frame import Measure, Order
from serving.models.embedded.quote import column_node, table_node
from serving.models.embedded.reading import Reading
from serving.models.embedded.targets import (
    ColumnRef,
    Formula,
    is_date,
    is_text,
    is_year,
)
from serving.models.embedded.triggers import Kind, Trigger
from serving.models.embedded.words import name_stems, stem

_EXTREMES = {"DESC": "MAX", "ASC": "MIN"}
_TURNED = {"DESC": "ASC", "ASC": "DESC"}
_ADDITIVE = frozenset(
    map(stem, ("quantity", "qty", "units", "amount", "total", "revenue", "sales"))
)
_QUANTITY = frozenset(map(stem, ("quantity", "qty", "units", "copies")))
_SUPERLATIVES = (Kind.SUPERLATIVE, Kind.MOST)
_AMOUNTS = ("amount", "total", "value", "price", "cost", "revenue")
"""What is summed of things that are not numbers themselves: "the total of the payments"."""
_OPENING = frozenset("the which what are list of show".split())
_BETWEEN = frozenset("of the in for all and a an their by to whose any each".split())

_ACROSS = (Kind.BY, Kind.ORDER, Kind.SORT, Kind.DIRECTION, Kind.DISTINCT)

Measured = tuple[Measure | ColumnRef, tuple[int, ...]]


def read_limits(now: Reading) -> None:
    """Read "top 5", "the two longest", "3 cheapest": how many rows a ranking shows."""
    for at, item in enumerate(now.items):
        if at in now.used or not isinstance(item.meaning, float):
            continue
        before, after = now.items[at - 1] if at else None, now.next(at)
        is_top = before is not None and before.kind in (Kind.TOP, *_SUPERLATIVES)
        is_top = is_top and set(item.lead) <= {"the"}
        near = [n for n in range(at + 1, min(at + 4, len(now.items)))]
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
        elif item.kind in (Kind.COUNT, Kind.AGGREGATE) or isinstance(item.meaning, Formula):
            _measure(now, at)


def read_attributes(now: Reading) -> None:
    """Read "How old is …": the column that the adjective measures, unless it is named itself."""
    for at in list(now.waiting(Kind.HOW)):
        trigger, after = now.items[at].meaning, now.next(at)
        while after is not None and now.items[after].kind is Kind.AGGREGATE:
            after = now.next(after)
        if now.column(after, accept=now.is_measure):
            now.use(at)
            continue
        thing = _thing(now, at)
        column = now.hinted(trigger.hints, thing) if isinstance(trigger, Trigger) else None
        if column is not None:
            now.frame.columns.append(column)
            now.use(at)


def _measure(now: Reading, at: int) -> None:
    found = _measured(now, at)
    if found is None:
        return
    by, taken = found
    now.use(*taken)
    if isinstance(by, ColumnRef):
        now.frame.columns.append(by)
    elif by not in now.frame.measures:
        now.frame.measures.append(by)
    # "minimum, average and maximum age"; "the average weight and height".
    after = taken[-1] + 1
    if after < len(now.items) and now.items[after].kind is Kind.COUNT:
        return


def _measured(now: Reading, at: int) -> Measured | None:
    """What an operation measures, and the items that say so."""
    item = now.items[at]
    if isinstance(item.meaning, Formula):
        return _formula(item.meaning, "SUM"), (at,)
    if not isinstance(item.meaning, Trigger):
        return None
    if item.kind is Kind.COUNT:
        return _counted(now, at)
    return _aggregated(now, at, item.meaning.value)


def _formula(formula: Formula, function: str) -> Measure:
    tree = sqlglot.parse_one(formula.sql)
    return Measure(formula.table, function, tree, label=formula.name.replace(" ", "_"))


def _aggregated(now: Reading, at: int, function: str) -> Measured | None:
    """What an aggregate works on: what stands after it, before it, or what was measured last."""
    after = now.next(at)
    run = 1
    while after is not None and now.items[after].kind is Kind.AGGREGATE:
        run += 1
        after = now.next(after)
    found = _aggregated_after(now, at, after, function) if after is not None else None
    if found is not None:
        # "minimum and maximum age": the column is left for the others.
        return (found[0], (at,)) if run > 1 and isinstance(found[0], Measure) else found
    return _aggregated_before(now, at, function, is_alone=run == 1)


def _aggregated_after(now: Reading, at: int, after: int, function: str) -> Measured | None:
    item = now.items[after]
    if _BETWEEN.issuperset(item.lead):
        if isinstance(item.meaning, Formula):
            return _formula(item.meaning, function), (at, after)
        if item.kind is Kind.COUNT:
            return _aggregated_count(now, at, after, function)
        place = _column_after(now, after)
        column = now.column(place, accept=lambda c: _fits(now, c, function))
        if column is not None:
            return now.aggregate(column, function), (at, *range(after, place + 1))
    table = now.table(after)
    amount = now.hinted(_AMOUNTS, table) if table and function in ("SUM", "AVG") else None
    if amount is not None and amount.table == table:
        return now.aggregate(amount, function), (at,)
    return None


def _aggregated_count(now: Reading, at: int, count: int, function: str) -> Measured | None:
    """An aggregate of a number that is stored, or the average of one that is counted."""
    if function == "AVG" and (found := _average_count(now, at, count)):
        return found
    counted = _counted(now, count)
    if counted is None:
        return None
    by, taken = counted
    if isinstance(by, ColumnRef):
        return now.aggregate(by, function), (at, *taken)
    return replace(by, function=function) if by.function == "SUM" else by, (at, *taken)


def _aggregated_before(now: Reading, at: int, function: str, *, is_alone: bool) -> Measured | None:
    before = now.last(at)
    column = now.column(before, accept=lambda c: _fits(now, c, function))
    if column is not None and before is not None:
        return now.aggregate(column, function), (at, before)
    last = now.frame.measures[-1] if now.frame.measures else None
    if last is not None and last.expression is not None and is_alone:
        return Measure(last.table, function, last.expression.copy()), (at,)
    if function == "SUM" and (last is not None or any(True for _ in now.waiting(Kind.COUNT))):
        now.use(at)  # "in total" repeats what a count or a sum already says
    return None


def _column_after(now: Reading, at: int) -> int:
    """The place of the column, past a noun that says whose it is: "average singer age"."""
    if now.table(at) and at + 1 < len(now.items) and not now.items[at + 1].lead:
        return at + 1
    return at


def _fits(now: Reading, column: ColumnRef, function: str) -> bool:
    if function in ("MAX", "MIN"):
        return now.is_ordered(column)
    return now.is_measure(column)


def _average_count(now: Reading, at: int, count: int) -> Measured | None:
    """Read "the average number of pets per student": rows for a row of another table."""
    after = now.next(count)
    table = now.table(after)
    if table is None or after is None:
        return None
    for n in now.waiting(Kind.GROUP, Kind.BY):
        group = now.next(n)
        per = now.table(group)
        if per and per != table and n > at:
            return Measure(table, "AVG", per=per), (at, count, after, n, group or n)
    return None


def _counted(now: Reading, at: int) -> Measured | None:
    """How many: rows of a table, different words, or a stored number."""
    after = now.next(at)
    distinct = [n for n in range(at + 1, after or at) if now.items[n].kind is Kind.DISTINCT]
    if after is None or now.items[after].kind in (Kind.GROUP, Kind.BY, Kind.ORDER):
        if now.frame.measures:
            now.use(at)  # "… and the number": of what was counted
            return None
        table = now.frame.head
        return (now.counting(table), (at,)) if table else None
    while now.is_truth(after) and after + 1 < len(now.items) and not now.items[after + 1].lead:
        after += 1  # "how many official languages"
    if now.table(after) and now.is_modifier(after):
        place = after + 1
        if now.column(place, accept=lambda _: True) or now.table(place):
            now.use(after)
            after = place
    column = now.column(after, accept=lambda _: True)
    if column is not None:
        return _counted_column(now, at, after, column, tuple(distinct))
    table = now.table(after) or now.frame.head
    if table is None:
        return None
    if quantity := _sold(now, table):
        return quantity, (at, after)
    taken = (at, after, *distinct) if now.table(after) else (at, *distinct)
    return now.counting(table), taken


def _counted_column(
    now: Reading, at: int, after: int, column: ColumnRef, distinct: tuple[int, ...]
) -> Measured:
    taken = (at, after, *distinct)
    kind = now.lexicon.column(column)
    if now.is_measure(column) and not distinct and not is_year(kind):
        if now.picks_row() or any(n < at for n in now.waiting(*_SUPERLATIVES, Kind.TOP)):
            return column, taken
        return now.aggregate(column, "SUM"), taken
    if now.lexicon.is_key(column) and not distinct and column in now.lexicon.own_keys(column.table):
        return now.counting(column.table), taken
    return now.aggregate(column, "COUNT", distinct=True), taken


def _sold(now: Reading, table: str) -> Measure | None:
    """Selling is measured in units: "how many … were sold" sums a quantity."""
    if not any(item.kind in (Kind.SOLD, Kind.BEST_SELLING) for item in now.items):
        return None
    quantity = _quantity(now, table)
    return now.aggregate(quantity, "SUM") if quantity else None


def _quantity(now: Reading, thing: str) -> ColumnRef | None:
    found = [
        ColumnRef(table.name, column.name)
        for table in now.lexicon.schema.tables
        for column in table.columns
        if name_stems(column.name)[0] in _QUANTITY
        or {"sold", "bought"} & set(column.comment.lower().split())
    ]
    found = [ref for ref in found if now.is_measure(ref)]
    near = [ref for ref in found if now.joins.distance(thing, ref.table) < 4]
    return min(near, key=lambda ref: now.joins.distance(thing, ref.table), default=None)


def _rank(now: Reading, at: int) -> None:
    """Order by what a superlative measures; the first row only unless a number was given."""
    item = now.items[at]
    trigger = item.meaning
    if not isinstance(trigger, Trigger):
        return
    found = _ranked_by(now, at, trigger)
    if found is None:
        return
    by, taken, direction = found
    now.use(at, *taken)
    if isinstance(by, ColumnRef) and _asks_for_extreme(now, by):
        _take_extreme(now, at, by, _EXTREMES[direction])
        return
    now.frame.order = Order(now.per_head(by, direction, trigger), direction)
    now.frame.limit = now.frame.limit or 1


def _take_extreme(now: Reading, at: int, column: ColumnRef, function: str) -> None:
    """Measure the extreme, or restrict what is measured to the thing that has it."""
    measured = {measure.table for measure in now.frame.measures}
    if now.frame.groups or not measured or column.table in measured:
        now.frame.measures.append(now.aggregate(column, function))
        return
    overall = exp.select(exp.func(function, column_node(column))).from_(table_node(column.table))
    now.restrict(at, column.table, column_node(column).eq(exp.Subquery(this=overall)))


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
            if found is None and (column := now.hinted(trigger.hints, _thing(now, at))):
                kind = now.lexicon.column(column)
                is_turned = (is_date(kind) or is_year(kind)) and "@-date" in trigger.hints
                return column, (), _TURNED[direction] if is_turned else direction
    return (*found, direction) if found else None


def _thing(now: Reading, at: int) -> str | None:
    after = now.next(at)
    if now.table(after) and after is not None and now.is_close(after):
        return now.table(after)
    for n in range(at - 1, -1, -1):
        if now.table(n):
            return now.table(n)
    return now.frame.head


def _topped(now: Reading, at: int) -> Measured | None:
    if any(True for n in now.waiting(*_SUPERLATIVES, Kind.COMMON, Kind.BEST_SELLING) if n > at):
        now.use(at)  # "the top 3 with the highest …": the number is all it says
        return None
    for n in now.waiting(Kind.BY, Kind.ORDER, Kind.WITH):
        found = _operand(now, n) if n > at else None
        if found:
            return found[0], (n, *found[1])
    return None


def _operand(now: Reading, at: int) -> Measured | None:
    """What stands after a "by" or "highest": an aggregate, a count, a column or a table."""
    after = now.next(at)
    if after is None:
        return None
    if now.items[after].kind in (Kind.COUNT, Kind.AGGREGATE) or isinstance(
        now.items[after].meaning, Formula
    ):
        return _measured(now, after)
    place = _column_after(now, after)
    if column := now.column(place, accept=now.is_ordered):
        return column, tuple(range(after, (place or after) + 1))
    if table := now.table(after):
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
        return _measured(now, after)
    place = _column_after(now, after)
    if column := now.column(place, accept=lambda _: True):
        return column, tuple(range(after, (place or after) + 1))
    if table := now.table(after):
        return now.lexicon.display(table)[0], (after,)
    return None


def _commonest(now: Reading, at: int) -> Measured | None:
    """Read "the most common genre": the column that most rows share."""
    after, before = now.next(at), now.last(at)
    for place in (after, before, 0):
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
    head = now.frame.head
    if head is None:
        return None
    if quantity := _quantity(now, head):
        after = now.next(at)
        is_said = now.column(after, accept=lambda c: c == quantity) is not None
        return now.aggregate(quantity, "SUM"), (after,) if is_said and after is not None else ()
    return _commonest(now, at)


def _most(now: Reading, at: int) -> Measured | None:
    """Read "most members", "most memory", "most different genres"."""
    after = now.next(at)
    if after is None:
        return None
    if any(now.items[n].kind is Kind.SOLD for n in range(len(now.items))):
        head = now.frame.head or now.table(after)
        quantity = _quantity(now, head) if head else None
        if quantity is not None:
            named = now.column(after, accept=lambda c: c == quantity)
            return now.aggregate(quantity, "SUM"), (after,) if named else ()
    if now.items[after].kind in (Kind.COUNT, Kind.AGGREGATE) or isinstance(
        now.items[after].meaning, Formula
    ):
        return _measured(now, after)
    if now.table(after) and now.is_modifier(after):
        after += 1
    column = now.column(after, accept=lambda _: True)
    if column is not None:
        if now.is_measure(column):
            return column, (after,)
        return now.aggregate(column, "COUNT", distinct=True), (after,)
    table = now.table(after)
    return (now.counting(table), (after,)) if table else None


def _superlative(now: Reading, at: int, trigger: Trigger) -> Measured | None:
    after = now.next(at)
    if after is not None and set(now.items[after].lead) <= _BETWEEN | {"is"}:
        found = _operand(now, at)
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
    column = now.column(before, accept=now.is_ordered)
    if column is not None and before is not None and is_said and before not in now.used:
        return column, (before,)
    opening = now.last(before) if before is not None else None
    if opening is not None and is_said and now.items[opening].kind is Kind.COUNT:
        return _measured(now, opening)
    return None
