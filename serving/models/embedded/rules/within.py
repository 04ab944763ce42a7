"""Rankings within groups: "the most expensive model of each family", "top 3 customers per region"."""

from collections.abc import Sequence
from itertools import pairwise

from serving.models.embedded.english.triggers import Kind
from serving.models.embedded.form.conditions import Unreadable
from serving.models.embedded.form.frame import Frame
from serving.models.embedded.scan.resolve import Item
from serving.models.embedded.schema.targets import ColumnRef, TableRef

_NAMING = (Kind.SUPERLATIVE, Kind.TOP)
"""Rankings followed by what is ranked; "the most" is followed by what is counted."""


def without_group(items: tuple[Item, ...]) -> tuple[tuple[Item, ...], ColumnRef | str | None]:
    """The items without the group that things are ranked in, and the group; all items if there is none."""
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
