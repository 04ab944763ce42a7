"""Rankings within groups: "the most expensive model of each family", "top 3 customers per region"."""

from collections.abc import Sequence
from itertools import pairwise, zip_longest

from serving.models.embedded.english.triggers import Kind
from serving.models.embedded.form.conditions import Unreadable
from serving.models.embedded.form.frame import Frame
from serving.models.embedded.scan.resolve import Item
from serving.models.embedded.schema.lexicon import Lexicon
from serving.models.embedded.schema.targets import ColumnRef, TableRef, is_fraction

_NAMING = (Kind.SUPERLATIVE, Kind.TOP)
"""Rankings followed by what is ranked; "the most" is followed by what is counted."""


def without_group(
    items: tuple[Item, ...], lexicon: Lexicon
) -> tuple[tuple[Item, ...], ColumnRef | str | None]:
    """The items without the group that things are ranked in, and the group; all items if there is none.

    An amount is not a group: "the cheapest machine per hour" ranks all machines by that price.
    """
    items = _without_prices(items, lexicon)
    at = _group_within(items)
    if at is None:
        return items, None
    rest = items[:at] + items[at + 2 :]
    match items[at + 1].meaning:
        case TableRef(table=table):
            return rest, table
        case ColumnRef() as column:
            return rest, column
        case _:
            return items, None


def _without_prices(items: tuple[Item, ...], lexicon: Lexicon) -> tuple[Item, ...]:
    """The items without a "per" or "by" between a superlative and the amount that it ranks by."""
    best = next((n for n, item in enumerate(items) if item.kind is Kind.SUPERLATIVE), len(items))
    left = [
        item
        for n, (item, after) in enumerate(zip_longest(items, items[1:]))
        if not (n > best and item.kind in (Kind.GROUP, Kind.BY) and _is_amount(after, lexicon))
    ]
    return tuple(left)


def _is_amount(item: Item | None, lexicon: Lexicon) -> bool:
    column = item.meaning if item else None
    return isinstance(column, ColumnRef) and is_fraction(lexicon.column(column))


def _group_within(items: Sequence[Item]) -> int | None:
    """The place of the "each" before the group that things are ranked in; None if there is none."""
    at = next((n for n, item in enumerate(items) if item.kind is Kind.GROUP), None)
    if at is None or at + 1 >= len(items):
        return None
    told = [item for item in items[:at] if not isinstance(item.meaning, float)]
    thing = next(
        (
            b.meaning
            for a, b in pairwise(told)
            if a.kind in _NAMING and isinstance(b.meaning, TableRef)
        ),
        None,
    )
    if thing is None and any(i.kind in (*_NAMING, Kind.MOST) for i in told[1:]):
        thing = told[0].meaning if isinstance(told[0].meaning, TableRef) else None
    is_listed = at + 2 < len(items) and bool({"and", ","}.intersection(items[at + 2].lead))
    is_within = thing is not None and items[at + 1].meaning != thing and not is_listed
    return at if is_within else None


def need_ranking(frame: Frame) -> None:
    """Refuse a question for the best of each group that nothing ranks.

    Raises:
        Unreadable: that is so.
    """
    is_ranked = frame.order is not None and frame.limit is not None
    if frame.within is not None and not is_ranked:
        raise Unreadable("it does not say what is first in each group")
