"""The end of a reading: what was asked without being said, and a refusal of what found no place."""

from dataclasses import replace

from sqlglot import exp

from serving.models.embedded.build import Unreadable
from serving.models.embedded.frame import Bucket, Filter, Measure, Order
from serving.models.embedded.lexicon import (
    ColumnRef,
    TableRef,
    is_date,
    is_numeric,
    is_text,
    is_year,
)
from serving.models.embedded.periods import Period
from serving.models.embedded.quote import column_node
from serving.models.embedded.reading import Reading
from serving.models.embedded.triggers import Kind, Trigger
from serving.models.embedded.words import name_stems, stem
from tools.sql.schema import Column

_QUANTITY = frozenset(map(stem, ("quantity", "qty", "units", "copies")))


def complete(reading: Reading) -> None:
    """Finish the frame of a reading.

    Raises:
        Unreadable: a trigger is left over, or something asked for is not in the schema.
    """
    _sold(reading)
    _bare_superlative(reading)
    _refuse_leftovers(reading)
    _times(reading)
    _groups(reading)
    _direction(reading)
    _in_force(reading)
    _shown(reading)


def _sold(now: Reading) -> None:
    """Selling is measured in units: "how many … were sold" and "best-selling" sum a quantity."""
    frame = now.frame
    counts = [m for m in frame.measures if m.expression is None]
    by = frame.order.by if frame.order else None
    is_measured = len(frame.measures) > len(counts) or isinstance(by, Measure)
    if now.sold is None or is_measured:
        return
    is_best = now.sold.kind is Kind.BEST_SELLING
    quantity = _quantity(now, counts[0].table if counts else frame.head or now.anchor)
    frame.columns = [column for column in frame.columns if column != quantity]
    rank = now.take(Kind.MOST) or (now.sold if is_best else now.ranked)
    if counts or rank or now.take(Kind.COUNT):
        frame.measures = []
        frame.context += [m.table for m in counts]
        measure = Measure(quantity.table, "SUM", column_node(quantity))
        if rank:
            now.rank(measure, rank)
        else:
            frame.measures.append(measure)
    elif frame.head:
        frame.context.append(quantity.table)


def _quantity(now: Reading, thing: str | None) -> ColumnRef:
    found = [
        ColumnRef(table.name, column.name)
        for table in now.lexicon.schema.tables
        for column in table.columns
        if is_numeric(column) and _is_quantity(column)
    ]
    found = [ref for ref in found if not now.lexicon.is_key(ref)]
    if not found:
        raise Unreadable("I find no column that counts the units sold")
    return min(found, key=lambda ref: now.joins.distance(thing or ref.table, ref.table))


def _is_quantity(column: Column) -> bool:
    said = {"sold", "bought"} & set(column.comment.lower().split())
    return bool(said) or name_stems(column.name)[0] in _QUANTITY


def _bare_superlative(now: Reading) -> None:
    """A superlative without a column of its own measures what its adjective is about."""
    head = now.head()
    rank = now.waiting(Kind.SUPERLATIVE)
    column = _hinted(now, head, rank.hints) if rank and head else None
    if rank is None or column is None:
        return
    now.take(Kind.SUPERLATIVE)
    kind = now.lexicon.column(column)
    is_turned = (is_date(kind) or is_year(kind)) and "@-date" in rank.hints
    turned = {"DESC": "ASC", "ASC": "DESC"}[rank.value]
    now.rank_by(column, replace(rank, value=turned if is_turned else rank.value))


def _hinted(now: Reading, head: str, hints: tuple[str, ...]) -> ColumnRef | None:
    """The nearest column that a hint names; what a row's parent costs is borrowed and comes last."""
    words = frozenset(map(stem, hints))
    wants_date = any(hint.endswith("date") for hint in hints)
    found: list[tuple[int, ColumnRef]] = []
    for table in now.lexicon.schema.tables:
        steps = now.joins.path((head,), table.name)
        for column in table.columns if steps is not None and len(steps) < 2 else ():
            ref = ColumnRef(table.name, column.name)
            in_name = not words.isdisjoint(name_stems(column.name) + name_stems(table.name))
            in_comment = not words.isdisjoint(map(stem, column.comment.split()))
            if is_numeric(column) and not now.lexicon.is_key(ref) and (in_name or in_comment):
                borrowed = any(step.is_single for step in steps or ())
                own = not words.isdisjoint(name_stems(table.name))  # a table of prices knows best
                cost = 4 * len(steps or ()) + 2 * borrowed + (not in_name) - own
                found.append((cost, ref))
            elif wants_date and not steps and (is_date(column) or is_year(column)):
                found.append((2 + column.nullable, ref))
    return min(found, key=lambda item: item[0])[1] if found else None


def _refuse_leftovers(now: Reading) -> None:
    """Every trigger seen is used or named: one that is dropped in silence answers another question."""
    head = now.head()
    if now.waiting(Kind.COUNT) and head and not now.frame.measures and not now.frame.order:
        now.take(Kind.COUNT)  # "how many novels": what is counted is named by a value only
        now.frame.measures.append(Measure(head, "COUNT"))
    if now.frame.measures and (total := now.waiting(Kind.AGGREGATE)) and total.value == "SUM":
        now.take(Kind.AGGREGATE)  # "in total" repeats what a count or a sum already says
    quiet = (Kind.WITH, Kind.BY)
    left = [
        item.text
        for item in now.pending
        if isinstance(item.meaning, Trigger) and item.meaning.kind not in quiet
    ]
    left += ["more or less than"] if now.comparison is not None else []
    left += ["top"] if now.ranked is not None else []
    left += [f"{now.lone:g}"] if now.lone is not None else []
    if left:
        listed = ", ".join(f"“{word}”" for word in left)
        raise Unreadable(f"I could not tell what {listed} should apply to")


def _times(now: Reading) -> None:
    frame = now.frame
    spoken: dict[tuple[ColumnRef, str | None], list[exp.Expr]] = {}
    for time in now.times:
        column = time.column or _date_near(now, time.anchor)
        if column in frame.columns:
            frame.columns.remove(column)
        anchor = time.anchor if time.anchor != column.table else None
        test = _within(column, now.lexicon.column(column), time.period)
        spoken.setdefault((column, anchor), []).append(test)
    for (column, anchor), tests in spoken.items():
        # "in 2014 or 2015": no day is in both, so two periods are alternatives.
        frame.filters.append(Filter(column.table, exp.or_(*tests), anchor))
    for at, group in enumerate(frame.groups):
        if isinstance(group, Bucket) and not group.column.table:
            frame.groups[at] = replace(group, column=_date_near(now, now.anchor))


def _date_near(now: Reading, anchor: str | None) -> ColumnRef:
    """The date that a period restricts: of what is summed, of the deed mentioned, of what is counted."""
    frame = now.frame
    by = frame.order.by if frame.order else None
    measures = [*frame.measures, *([by] if isinstance(by, Measure) else [])]
    sums = [m.table for m in measures if m.expression is not None]
    counts = [m.table for m in measures if m.expression is None]
    # "customers who ordered in 2025": the deed's table dates it, not the one that is counted.
    deeds = [t for t in frame.context if t == anchor and t not in counts and t not in frame.groups]
    start = next((t for t in [*sums, *deeds, *counts, anchor, now.head()] if t), None)
    dated = [
        (now.joins.distance(start, table.name), column.nullable, at, table.name, column.name)
        for table in now.lexicon.schema.tables
        for at, column in enumerate(table.columns)
        if start and (is_date(column) or is_year(column))
    ]
    if not dated or min(dated)[0] > 2:
        raise Unreadable("I find no date that the period could restrict")
    return ColumnRef(*min(dated)[3:])


def _within(ref: ColumnRef, column: Column, period: Period) -> exp.Expr:
    node, ends = column_node(ref), (("GE", period.low), ("LT", period.high))
    if not is_year(column):
        days = [(name, exp.Literal.string(day.isoformat())) for name, day in ends if day]
    elif is_text(column):
        days = [(name, exp.Literal.string(str(day.year))) for name, day in ends if day]
    else:
        days = [(name, exp.Literal.number(day.year)) for name, day in ends if day]
    return exp.and_(
        *(node.copy() >= day if name == "GE" else node.copy() < day for name, day in days)
    )


def _groups(now: Reading) -> None:
    """Beside a measure, what else is shown is what it is grouped by."""
    frame = now.frame
    is_ranked = frame.order is not None and isinstance(frame.order.by, Measure)
    if frame.groups and not (is_ranked or frame.having or frame.measures) and frame.head:
        frame.measures.append(Measure(frame.head, "COUNT"))
    if frame.groups or not (is_ranked or frame.having or frame.measures):
        return
    head = frame.head if frame.head != now.counted else None
    opening = now.chosen[0].meaning if now.chosen else None
    leads = now.first_named() == TableRef(head or "") and not isinstance(opening, Trigger)
    if frame.columns:
        named = [c for c in frame.columns if head and c in now.lexicon.display(head)]
        rest = [c for c in frame.columns if c not in named]
        frame.groups = [*([head] if named and head else []), *rest]
        frame.columns = []
    elif head and (is_ranked or frame.having or leads):
        frame.groups = [head]


def _direction(now: Reading) -> None:
    """Turn the order that was asked for, else order by what is measured or shown."""
    frame = now.frame
    if now.direction is None:
        return
    if frame.order is not None:
        frame.order = replace(frame.order, direction=now.direction)
        return
    head = now.head()
    shown = [
        *frame.measures,
        *(g for g in frame.groups if isinstance(g, ColumnRef)),
        *frame.columns,
    ]
    shown += now.lexicon.display(head) if head else ()
    if not shown:
        raise Unreadable("I find nothing to put in order")
    frame.order = Order(shown[0], now.direction)


def _in_force(now: Reading) -> None:
    """Rows that are replaced over time, such as prices: the ones in force, unless a time is given."""
    frame = now.frame
    by = frame.order.by if frame.order else None
    measures = [m for m in [*frame.measures, by] if isinstance(m, Measure) and m.expression]
    for table in dict.fromkeys([m.table for m in measures] + [c.table for c in frame.columns]):
        mark = now.lexicon.current(table)
        if mark and not now.times and all(f.table != table for f in frame.filters):
            frame.filters.append(Filter(table, column_node(mark).is_(exp.null())))


def _shown(now: Reading) -> None:
    """Rows are shown by their names; with asked columns only where a name picked the rows."""
    frame = now.frame
    by = frame.order.by if frame.order else None
    if frame.measures or frame.groups or isinstance(by, Measure):
        return
    picked = list(dict.fromkeys(f.table for f in frame.filters if now.names_row(f)))
    leads = frame.head is not None and now.first_named() == TableRef(frame.head)
    if not frame.columns or by is not None or leads:
        _list_rows(now, by)
    elif picked:
        owners = [c for table in picked for c in now.lexicon.display(table)]
        frame.columns = [c for c in owners if c not in frame.columns] + frame.columns
    elif len(frame.columns) == 1 and now.first_named() == frame.columns[0]:
        frame.distinct = frame.distinct or not frame.order


def _list_rows(now: Reading, by: object) -> None:
    frame = now.frame
    head = frame.head or (by.table if isinstance(by, ColumnRef) else now.head())
    if head is None:
        return
    frame.head = head
    compared = [
        ColumnRef(node.table, node.name)
        for condition in frame.filters
        if condition.table == head
        and (condition.is_denied or not isinstance(condition.condition, exp.EQ))
        for node in condition.condition.find_all(exp.Column)
    ]
    ordered = [by] if isinstance(by, ColumnRef) else []
    shown = [*now.lexicon.display(head), *frame.columns, *now.hinted, *ordered, *compared]
    frame.columns = list(dict.fromkeys(shown))
