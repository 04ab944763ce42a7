"""The end of a reading: what was asked without being said, and a refusal of what found no place."""

from dataclasses import replace

from sqlglot import exp

from serving.models.embedded.comparing import compare_column
from serving.models.embedded.conditions import Unreadable, required
from serving.models.embedded.dating import restrict_times
from serving.models.embedded.frame import Filter, Measure, Order
from serving.models.embedded.patterns import match
from serving.models.embedded.quote import column_node, table_node
from serving.models.embedded.reading import Comparison, Reading
from serving.models.embedded.selling import sold
from serving.models.embedded.targets import (
    ColumnRef,
    TableRef,
    is_date,
    is_numeric,
    is_year,
)
from serving.models.embedded.triggers import Kind, Trigger
from serving.models.embedded.words import name_stems, stem

_SEVERAL = 2
_FAR = 4


def complete(reading: Reading) -> None:
    """Finish the frame of a reading.

    Raises:
        Unreadable: a trigger is left over, or something asked for is not in the schema.
    """
    sold(reading)
    _bare_superlative(reading)
    _bare_comparison(reading)
    _bare_pattern(reading)
    _repeated(reading)
    _refuse_leftovers(reading)
    restrict_times(reading)
    _nest_rank(reading)
    _nest_having(reading)
    _groups(reading)
    _direction(reading)
    _in_force(reading)
    _shown(reading)


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
        for column in table.columns if steps is not None and len(steps) < _FAR else ():
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


def _bare_comparison(now: Reading) -> None:
    """A comparison without a column of its own compares what its adjective is about."""
    waiting, head = now.comparison, now.head()
    if waiting is None or not waiting.is_ready:
        return
    column = waiting.column or (
        _hinted(now, head, waiting.hints) if head and waiting.hints else None
    )
    if column is not None:
        compare_column(now, column, waiting)


def _bare_pattern(now: Reading) -> None:
    """A pattern of no column in particular is one of the names of things."""
    head = now.head()
    if now.like is not None and head is not None:
        match(now, now.lexicon.display(head)[0], now.like)


def _repeated(now: Reading) -> None:
    """Operations that only say again what has been asked, or apply to what was measured before."""
    frame = now.frame
    if frame.measures and (frame.columns or frame.head not in (None, now.counted)):
        now.take(Kind.GROUP)  # "the number of concerts for each": of what is shown
    if any(measure.function == "COUNT" for measure in frame.measures):
        now.take(Kind.COUNT)  # "… and the count"
    measured = now.measured
    while measured and measured.expression and (again := now.take(Kind.AGGREGATE)):
        frame.measures.append(replace(measured, function=again.value))


def _nest_rank(now: Reading) -> None:
    """What is counted or summed of the one row that ranks first is restricted to it."""
    frame, order = now.frame, now.frame.order
    if not frame.measures or frame.groups or order is None or frame.limit != 1:
        return
    is_other = all(measure.table != order.by.table for measure in frame.measures)
    if isinstance(order.by, ColumnRef) and not frame.columns and is_other:
        extreme = "MAX" if order.direction == "DESC" else "MIN"
        compare_column(now, order.by, Comparison("=", against=extreme))
        frame.order = frame.limit = None


def _nest_having(now: Reading) -> None:
    """Count the groups that pass: "How many countries have more than two makers?"."""
    frame = now.frame
    if not frame.having or frame.groups or frame.columns or frame.head not in (None, now.counted):
        return
    counted = [m.table for m in frame.measures if m.expression is None]
    for having in frame.having if counted else ():
        steps = now.joins.path((having.measure.table,), counted[0]) or ()
        if len(steps) != 1 or not steps[0].is_single or having.measure.expression is not None:
            raise Unreadable("it counts two things at once")
        step = steps[0]
        mine = [column_node(ColumnRef(step.left, name)) for name in step.left_columns]
        node = required(exp.Count(this=exp.Star()), having)
        inner = exp.select(*mine).from_(table_node(step.left)).group_by(*mine).having(node)
        own = column_node(ColumnRef(step.right, step.right_columns[0]))
        test = exp.In(this=own, query=exp.Subquery(this=inner))
        frame.filters.append(Filter(counted[0], test))
        frame.having = [other for other in frame.having if other != having]


def _refuse_leftovers(now: Reading) -> None:
    """Every trigger seen is used or named: one that is dropped in silence answers another question."""
    head = now.head()
    if now.waiting(Kind.COUNT) and head and not now.frame.measures and not now.frame.order:
        now.take(Kind.COUNT)  # "how many novels": what is counted is named by a value only
        now.frame.measures.append(Measure(head, "COUNT"))
    if now.frame.measures and (total := now.waiting(Kind.AGGREGATE)) and total.value == "SUM":
        now.take(Kind.AGGREGATE)  # "in total" repeats what a count or a sum already says
    if (common := now.waiting(Kind.COMMON)) and now.frame.columns:
        now.take(Kind.COMMON)  # "Which language is the most common?"
        now.frame.groups.append(now.frame.columns[-1])
        now.rank(Measure(now.frame.columns[-1].table, "COUNT"), common)
    quiet = (Kind.WITH, Kind.BY)
    left = [
        item.text
        for item in now.pending
        if isinstance(item.meaning, Trigger) and item.meaning.kind not in quiet
    ]
    left += ["more or less than"] if now.comparison is not None else []
    left += ["top"] if now.ranked is not None else []
    left += [f"{now.lone:g}"] if now.lone is not None else []
    left += [now.like] if now.like is not None else []
    left += ["both"] if now.both and len(now.times) < _SEVERAL else []
    if left:
        listed = ", ".join(f"“{word}”" for word in left)
        raise Unreadable(f"I could not tell what {listed} should apply to")


def _groups(now: Reading) -> None:
    """Beside a measure, what else is shown is what it is grouped by."""
    frame = now.frame
    is_ranked = frame.order is not None and isinstance(frame.order.by, Measure)
    _drop_measured(now)
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


def _drop_measured(now: Reading) -> None:
    """What is measured is not shown, or grouped by, beside its measure."""
    frame = now.frame
    measures = [*frame.measures, *(having.measure for having in frame.having)]
    trees = [measure.expression for measure in measures if measure.expression is not None]
    said = {(node.table, node.name) for tree in trees for node in tree.find_all(exp.Column)}
    frame.columns = [c for c in frame.columns if (c.table, c.column) not in said]


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
    if now.everything and (head := now.head()):
        frame.columns = [ColumnRef(head, column.name) for column in now.lexicon.table(head).columns]
    if now.everything or frame.measures or frame.groups or isinstance(by, Measure):
        return
    picked = list(dict.fromkeys(f.table for f in frame.filters if now.names_row(f)))
    leads = frame.head is not None and now.first_named() == TableRef(frame.head)
    if not frame.columns or by is not None or leads:
        _list_rows(now, by)
    elif picked:
        owners = [c for table in picked for c in now.lexicon.display(table)]
        frame.columns = [c for c in owners if c not in frame.columns] + frame.columns
    elif len(frame.columns) == 1 and now.first_named() == frame.columns[0]:
        is_naming = frame.columns[0] in now.lexicon.display(frame.columns[0].table)
        frame.distinct = frame.distinct or not (frame.order or is_naming)


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
