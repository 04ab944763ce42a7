"""Things that stand in a list of what is to be shown: "the client, title and date of each job"."""

from collections.abc import Iterator, Sequence

from serving.models.embedded.scan.resolve import Item
from serving.models.embedded.schema.targets import ColumnRef, TableRef

_LINKS = frozenset((",", "and", "the", "its", "their"))
_OWNING = frozenset(("of", "for", "from"))


def listed(items: Sequence[Item]) -> Iterator[int]:
    """The places of the things that are named in a list."""
    for run in _runs(items):
        yield from (at for at in run if isinstance(items[at].meaning, TableRef))


def listed_of_another(items: Sequence[Item]) -> Iterator[int]:
    """Those of them that are shown of the thing behind the list."""
    things = frozenset(listed(items))
    for run in _runs(items):
        owner = items[run.stop] if run.stop < len(items) else None
        is_owned = owner is not None and isinstance(owner.meaning, TableRef)
        if owner is not None and is_owned and not _OWNING.isdisjoint(owner.lead):
            yield from things.intersection(run)


def _runs(items: Sequence[Item]) -> Iterator[range]:
    """The longest lists of names: two or more, with commas or an "and" between."""
    start = 0
    for at in range(1, len(items) + 1):
        if at == len(items) or not _is_linked(items, at):
            if at - start > 1:
                yield range(start, at)
            start = at


def _is_linked(items: Sequence[Item], at: int) -> bool:
    lead, names = items[at].lead, (items[at - 1].meaning, items[at].meaning)
    is_joined = bool(lead) and _LINKS.issuperset(lead) and not {",", "and"}.isdisjoint(lead)
    return is_joined and all(isinstance(one, ColumnRef | TableRef) for one in names)
