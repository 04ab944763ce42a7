"""Questions about an attribute's values as sets: held by rows of two kinds, or by none of a kind."""

import math
from dataclasses import replace

from serving.models.embedded.form.conditions import (
    AnyOf,
    Compare,
    Condition,
    Either,
    Filter,
    SharedBy,
    ValueOf,
    columns_of,
)
from serving.models.embedded.form.frame import Frame
from serving.models.embedded.schema.lexicon import Lexicon
from serving.models.embedded.schema.targets import ColumnRef


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
        held = SharedBy(shown, condition.condition)
        at = frame.filters.index(condition)
        frame.filters[at] = replace(condition, condition=held, is_apart=False)
    frame.distinct = True


def _parted(one: Filter, shown: ColumnRef) -> list[Filter]:
    """The alternatives of a condition on another column of the same rows, each by itself."""
    column = _column(one)
    is_own = column is not None and column.table == shown.table and column != shown
    if not (isinstance(one.condition, Either) and is_own) or one.is_denied:
        return [one]
    return [replace(one, condition=part) for part in one.condition.conditions]


def _excludes(one: Filter, other: Filter) -> bool:
    """Whether no row meets both: two values of one column, or more than this and less than that."""
    if _column(one) is None or _column(one) != _column(other):
        return False
    first, second = _bounds(one.condition), _bounds(other.condition)
    if first is not None and second is not None:
        return first[0] > second[1] or second[0] > first[1]
    return (
        _is_value(one.condition) and _is_value(other.condition) and one.condition != other.condition
    )


def _is_value(condition: Condition) -> bool:
    return isinstance(condition, AnyOf) and len(condition.values) == 1


def _bounds(condition: Condition) -> tuple[float, float] | None:
    """The least and the greatest number that meet a comparison; None for any other condition."""
    if not isinstance(condition, Compare) or isinstance(condition.value, ValueOf):
        return None
    value = condition.value
    match condition.operator:
        case ">":
            return math.nextafter(value, math.inf), math.inf
        case ">=":
            return value, math.inf
        case "<":
            return -math.inf, math.nextafter(value, -math.inf)
        case "<=":
            return -math.inf, value
        case _:
            return value, value


def _column(condition: Filter) -> ColumnRef | None:
    columns = columns_of(condition.condition)
    return columns[0] if len(columns) == 1 else None
