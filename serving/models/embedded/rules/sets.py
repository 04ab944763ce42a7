"""Questions about an attribute's values as sets: held by rows of two kinds, or by none of a kind."""

from dataclasses import replace

from sqlglot import exp

from serving.models.embedded.form.frame import Filter, Frame
from serving.models.embedded.schema.lexicon import Lexicon
from serving.models.embedded.schema.targets import ColumnRef
from serving.models.embedded.sql.nodes import column_node, table_node

_ABOVE, _BELOW = (exp.GT, exp.GTE), (exp.LT, exp.LTE)


def read_as_sets(frame: Frame, lexicon: Lexicon, *, is_both: bool) -> None:
    """Turn conditions that no row can meet at once into ones that an attribute's rows meet together.

    "Countries with a singer above 40 and a singer below 30": the country is shared, not the singer.
    With `is_both`, alternatives of one column are such conditions ("breeds of both male and female
    animals").
    """
    if len(frame.columns) != 1 or frame.measures or frame.groups or frame.order:
        return
    shown = frame.columns[0]
    if (shown,) == lexicon.own_keys(shown.table):
        return
    if is_both and shown not in lexicon.display(shown.table):
        frame.filters = [part for one in frame.filters for part in _parted(one, shown)]
    own = [f for f in frame.filters if f.table == shown.table and not f.either]
    apart = [f for f in own if any(_excludes(f, g) for g in own if g is not f)]
    if len(apart) < 2:
        return
    for condition in apart:
        held = _held(shown, condition.condition)
        at = frame.filters.index(condition)
        frame.filters[at] = replace(condition, condition=held, is_apart=False)
    frame.distinct = True


def _parted(one: Filter, shown: ColumnRef) -> list[Filter]:
    """The alternatives of a condition on another column of the same rows, each by itself."""
    column = _column(one)
    is_own = column is not None and column.table == shown.table and column != shown
    if not (isinstance(one.condition, exp.Or) and is_own) or one.is_denied:
        return [one]
    return [replace(one, condition=part) for part in one.condition.flatten()]


def _held(shown: ColumnRef, test: exp.Expr) -> exp.Expr:
    """That some row with the same value meets a condition."""
    inner = exp.select(column_node(shown)).from_(table_node(shown.table)).where(test)
    inner = inner.where(column_node(shown).is_(exp.null()).not_())
    return exp.In(this=column_node(shown), query=exp.Subquery(this=inner))


def _excludes(one: Filter, other: Filter) -> bool:
    """Whether no row meets both: two values of one column, or more than this and less than that."""
    if _column(one) is None or _column(one) != _column(other):
        return False
    first, second = one.condition, other.condition
    if isinstance(first, exp.EQ) and isinstance(second, exp.EQ):
        return first != second
    for low, high in ((first, second), (second, first)):
        if isinstance(low, _ABOVE) and isinstance(high, _BELOW):
            return _value(low) is not None and (_value(low) or 0) >= (_value(high) or 0)
    return False


def _column(condition: Filter) -> ColumnRef | None:
    names = {(c.table, c.name) for c in condition.condition.find_all(exp.Column)}
    return ColumnRef(*next(iter(names))) if len(names) == 1 else None


def _value(test: exp.Expr) -> float | None:
    right = test.expression
    return float(right.this) if isinstance(right, exp.Literal) and right.is_number else None
