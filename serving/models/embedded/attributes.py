"""Columns that a question names: measured, counted, compared, tested for presence, or shown."""

import sqlglot
from sqlglot import exp

from serving.models.embedded.comparing import compare_column
from serving.models.embedded.conditions import Unreadable, compare, negate
from serving.models.embedded.frame import Measure, Order
from serving.models.embedded.patterns import match
from serving.models.embedded.periods import Period
from serving.models.embedded.quote import column_node
from serving.models.embedded.reading import Reading
from serving.models.embedded.resolve import Chosen
from serving.models.embedded.targets import (
    ColumnRef,
    Formula,
    TableRef,
    is_date,
    is_numeric,
    is_text,
    is_year,
    truth,
)
from serving.models.embedded.triggers import Kind, Trigger
from serving.models.embedded.values import Stored
from tools.sql.schema import Column

_FIRM = 0.45
"""The quality of one word in a comment is below: enough to be known, too little to be shown for."""


def attribute(now: Reading, column: ColumnRef, item: Chosen, following: Chosen | None) -> None:
    """Give a column to what waits for one, else show it."""
    waiting = now.comparison
    if _says_name(now, column, item):
        return
    if now.like is not None and is_text(now.lexicon.column(column)):
        match(now, column, now.like)
        now.last = column
        return
    is_number = is_numeric(now.lexicon.column(column))
    if waiting and waiting.number is not None and waiting.is_ready and not is_number:
        now.require(Measure(column.table, "COUNT", column_node(column), distinct=True), waiting)
    elif waiting and waiting.is_ready and is_number:
        compare_column(now, column, waiting)
    elif now.lone is not None and is_numeric(now.lexicon.column(column)) and not now.pending:
        now.restrict(column, compare(column_node(column), "=", now.lone))
        now.lone = None
    elif waiting and waiting.column is None and is_numeric(now.lexicon.column(column)):
        waiting.column = column
    elif following and _names_thing(following) and _is_true(now, column):
        _presence(now, column, following)
    elif not is_number and _counts_most(now, column):
        now.measure(Measure(column.table, "COUNT", column_node(column), distinct=True))
    elif not (_aggregate(now, column) or _presence(now, column, following)):
        _describe(now, column, item, following)
    now.last = column


def _says_name(now: Reading, column: ColumnRef, item: Chosen) -> bool:
    """Whether "name" only says again that a text is one: "the district name"."""
    is_next = now.last is not None and item.start == now.before and now.last.table != column.table
    return is_next and item.text.lower() in {"name", "names"}


def _names_thing(following: Chosen) -> bool:
    return isinstance(following.meaning, TableRef | ColumnRef)


def _is_true(now: Reading, column: ColumnRef) -> bool:
    """Whether a yes or no describes what is counted: "how many official languages"."""
    return truth(now.lexicon.column(column)) is not None and now.waiting(Kind.COUNT) is not None


def _counts_most(now: Reading, column: ColumnRef) -> bool:
    """Whether "the most" asks for the number of different values."""
    return bool(now.waiting(Kind.MOST)) and now.sold is None and column not in now.frame.columns


def _aggregate(now: Reading, column: ColumnRef) -> bool:
    """Give the column to the trigger that waits for one."""
    kind = now.lexicon.column(column)
    is_number = is_numeric(kind)
    is_ordered = is_number or is_date(kind) or is_year(kind)
    if now.waiting(Kind.AGGREGATE):
        now.take(Kind.COUNT)
        while function := now.take(Kind.AGGREGATE):
            _measure(now, column, function.value)
    elif now.ranked and is_ordered and now.take(Kind.BY):
        now.rank_by(column, now.ranked)
    elif now.take(Kind.GROUP, Kind.BY):
        now.frame.groups.append(column)
    elif common := now.take(Kind.COMMON):
        now.frame.groups.append(column)
        now.rank(Measure(column.table, "COUNT"), common)
    elif order := now.take(Kind.ORDER):
        now.frame.order = Order(column, order.value)
    elif now.waiting(Kind.COUNT):
        _count_column(now, column)
    elif rank := _superlative(now, column):
        measured = {measure.table for measure in now.frame.measures}
        if column.table in measured and not now.frame.groups and now.frame.limit is None:
            extreme = (
                "MAX" if rank.value == "DESC" else "MIN"
            )  # "… and what is the largest of them?"
            now.measure(Measure(column.table, extreme, column_node(column)))
        else:
            now.rank_by(column, rank)
    else:
        return False
    return True


def _superlative(now: Reading, column: ColumnRef) -> Trigger | None:
    """The superlative that the column can settle: "latest" wants a date, "most" a number."""
    kind, waiting = now.lexicon.column(column), now.waiting(Kind.SUPERLATIVE)
    is_dated = is_date(kind) or is_year(kind)
    wants_date = waiting is not None and any(h.endswith("date") for h in waiting.hints)
    if waiting and (is_dated if wants_date else is_numeric(kind) and not is_year(kind)):
        return now.take(Kind.SUPERLATIVE)
    return now.take(Kind.MOST) if is_numeric(kind) else None


def _measure(now: Reading, column: ColumnRef, function: str) -> None:
    if not is_numeric(now.lexicon.column(column)) and function in {"SUM", "AVG"}:
        raise Unreadable(f"{column.column!r} holds no numbers")
    now.measure(Measure(column.table, function, column_node(column)))


def _count_column(now: Reading, column: ColumnRef) -> None:
    """How many: a stored number, the sum of stored numbers, or different words."""
    now.take(Kind.COUNT)
    node = column_node(column)
    if not is_numeric(now.lexicon.column(column)) or now.lexicon.is_key(column):
        now.measure(Measure(column.table, "COUNT", node, distinct=True))
    elif rank := now.take(Kind.SUPERLATIVE, Kind.MOST):
        now.rank_by(column, rank)
    elif _picks_row(now, column.table):
        now.frame.columns.append(column)
    else:
        now.measure(Measure(column.table, "SUM", node))


def _picks_row(now: Reading, table: str) -> bool:
    stored = [c.meaning for c in now.chosen if isinstance(c.meaning, Stored)]
    return any(s.whole and s.column in now.lexicon.display(table) for s in stored)


def _presence(now: Reading, column: ColumnRef, following: Chosen | None) -> bool:
    """Whether a row has the attribute at all: a truth, a NULL, a count of none."""
    kind, node = now.lexicon.column(column), column_node(column)
    yes, held = truth(kind), now.waiting(Kind.WITH)
    if following and isinstance(following.meaning, Trigger | Stored | float):
        held = held if following.meaning == Trigger(Kind.NOT) else None
    is_asked = now.waiting(Kind.NOT) or (held and (not held.value or _is_count(kind)))
    if yes is not None:
        test: exp.Expr = node.eq(yes)
    elif is_asked and kind.nullable:
        test = negate(node.is_(exp.null()))
    elif is_asked and is_numeric(kind):
        test = compare(node, ">", 0)
    else:
        return False
    now.take(Kind.WITH)
    now.restrict(column, negate(test) if now.take(Kind.NOT) else test)
    return True


def _describe(now: Reading, column: ColumnRef, item: Chosen, following: Chosen | None) -> None:
    """Show the column, unless it stands there for the sake of a value or a period."""
    now.take(Kind.WITH)
    near = following.meaning if following else None
    kind = now.lexicon.column(column)
    is_deed = is_date(kind) and item.text.lower().endswith("ed") and not now.asks_when
    if is_date(kind) and (isinstance(near, Period) or (is_deed and not kind.nullable)):
        return
    if is_deed:
        # "closed tickets": a row has this date only once it is done.
        test = negate(column_node(column).is_(exp.null()))
        now.restrict(column, negate(test) if now.take(Kind.NOT) else test)
    elif item.quality < _FIRM:
        now.hinted.append(column)
    elif not _is_said(now, column, near):
        whole = now.lexicon.display(column.table)
        is_name = column in whole and item.text.lower() in {"name", "names"}
        now.frame.columns += whole if is_name else (column,)
    else:
        now.repeated.add(column)


def _is_said(now: Reading, column: ColumnRef, near: object) -> bool:
    if isinstance(near, Stored) and near.column == column:
        return True
    said = {
        (node.table, node.name)
        for condition in now.frame.filters
        for node in condition.condition.find_all(exp.Column)
    }
    return (column.table, column.column) in said or column in now.frame.columns


def formula(now: Reading, formula: Formula) -> None:
    """Measure what a comment defines."""
    function = now.take(Kind.AGGREGATE)
    now.take(Kind.COUNT)
    tree = sqlglot.parse_one(formula.sql)
    name = function.value if function else "SUM"
    measure = Measure(formula.table, name, tree, label=formula.name.replace(" ", "_"))
    waiting = now.comparison
    if waiting and waiting.is_ready:
        now.require(measure, waiting)
    else:
        now.measure(measure)


def _is_count(column: Column) -> bool:
    """Whether 0 in the column means that there is none."""
    named = {"count", "quantity", "num", "number"} & set(column.name.lower().split("_"))
    return bool(named) or "none" in column.comment
