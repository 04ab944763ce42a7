"""The dates that the periods of a question restrict."""

from dataclasses import replace

from sqlglot import exp

from serving.models.embedded.conditions import Unreadable
from serving.models.embedded.frame import Bucket, Filter, Measure
from serving.models.embedded.periods import Period
from serving.models.embedded.quote import column_node
from serving.models.embedded.reading import Reading
from serving.models.embedded.targets import (
    ColumnRef,
    is_date,
    is_text,
    is_year,
)
from tools.sql.schema import Column


def restrict_times(now: Reading) -> None:
    """Restrict a date to each period, and find the date of each month or year that is grouped by.

    Raises:
        Unreadable: there is no date near.
    """
    frame = now.frame
    alternatives: list[Filter] = []
    spoken: dict[tuple[ColumnRef, str | None], list[exp.Expr]] = {}
    for time in now.times:
        column = time.column or _date_near(now, time.anchor)
        if column in frame.columns:
            frame.columns.remove(column)
        anchor = time.anchor if time.anchor != column.table else None
        test = _within(column, now.lexicon.column(column), time.period)
        if time.is_alternative and frame.filters and (column, anchor) not in spoken:
            alternatives.append(Filter(column.table, test, anchor))
        else:
            spoken.setdefault((column, anchor), []).append(test)
    for wanted in alternatives:
        frame.filters.append(frame.filters.pop().or_(wanted))
    for (column, anchor), tests in spoken.items():
        # "in 2014 or 2015": no day is in both, so two periods are alternatives.
        together = tests if now.both else [exp.or_(*tests)]
        frame.filters += [Filter(column.table, t, anchor, is_apart=now.both) for t in together]
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
