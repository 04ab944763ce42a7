"""About how many rows a SELECT reads, by what joins its sources."""

import math
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from itertools import pairwise

from sqlglot import exp

from tools.sql.guard.scopes import FromItem, QueryScope

_MATCHES = 2.0
_GROUPS = 100.0

OUTSIDE = -1
"""The place of a column of a query around this one."""

Placed = tuple[int, bool]
"""The place of a column's source in FROM, and whether the column is computed."""

PlaceOf = Callable[[exp.Column], Placed | None]
Links = frozenset[tuple[int, int]]


def rows_of(select: exp.Select, scope: QueryScope, place_of: PlaceOf) -> float:
    """About how many rows a SELECT reads for each of its results.

    Sources that are joined by equal columns match each other a few times; all others multiply.
    """
    joined = _Joined(place_of, {place: place for place in range(OUTSIDE, len(scope.sources))})
    joined.read(select, scope.sources)
    rows = math.prod(map(_matching, joined.groups(scope.sources)))
    group = select.args.get("group")
    is_split = group is not None and group.find(exp.Column) is not None
    return max(1.0, rows / _GROUPS) if is_split else rows


def _matching(sources: Iterable[FromItem]) -> float:
    largest, *others = sorted((source.rows for source in sources), reverse=True)
    return largest * math.prod(min(rows, _MATCHES) for rows in others)


@dataclass(slots=True)
class _Joined:
    """Which sources are joined: each knows another one of its group, the last one itself."""

    place_of: PlaceOf
    known: dict[int, int] = field(default_factory=dict[int, int])

    def groups(self, sources: list[FromItem]) -> Iterable[list[FromItem]]:
        """The sources of each group."""
        groups: dict[int, list[FromItem]] = {}
        for place, source in enumerate(sources):
            groups.setdefault(self._last(place), []).append(source)
        return groups.values()

    def read(self, select: exp.Select, sources: list[FromItem]) -> None:
        """Take up what the query's WHERE and its joins compare."""
        where = select.args.get("where")
        self._join(self._links(where.this) if where is not None else ())
        names: set[str] = set()
        for join in _joins_of(select):
            on = join.args.get("on")
            self._join(self._links(on) if on is not None else ())
            names |= {key.name.casefold() for key in join.args.get("using") or ()}
            if join.method.upper() == "NATURAL":
                names |= {name.casefold() for source in sources for name in source.columns}
        self._join(pair for name in names for pair in _neighbours(sources, name))

    def _links(self, condition: exp.Expr) -> Links:
        """The pairs of sources of which a condition leaves only rows that match."""
        found: Links = frozenset()
        match condition:
            case exp.Paren():
                found = self._links(condition.this)
            case exp.And():
                found = found.union(*map(self._links, condition.flatten()))
            case exp.Or():
                first, *others = map(self._links, condition.flatten())
                found = first.intersection(*others)
            case exp.EQ(this=exp.Column() as left, expression=exp.Column() as right):
                found = self._link(self.place_of(left), self.place_of(right))
            case _:
                pass
        return found

    @staticmethod
    def _link(left: Placed | None, right: Placed | None) -> Links:
        if left is None or right is None or (left[1] and right[1]):
            return frozenset()
        low, high = sorted((left[0], right[0]))
        return frozenset({(low, high)})

    def _join(self, links: Iterable[tuple[int, int]]) -> None:
        for one, other in links:
            self.known[self._last(one)] = self._last(other)

    def _last(self, place: int) -> int:
        while self.known[place] != place:
            place = self.known[place]
        return place


def _neighbours(sources: list[FromItem], name: str) -> Iterator[tuple[int, int]]:
    holders = [
        place
        for place, source in enumerate(sources)
        if any(column.casefold() == name for column in source.columns)
    ]
    return pairwise(holders)


def _joins_of(node: exp.Expr) -> Iterator[exp.Join]:
    """The joins of a FROM, also those in parentheses, and none of its subqueries'."""
    source = node.args.get("from_")
    joins = node.args.get("joins") or ()
    inner = (source, node, *joins) if isinstance(node, exp.Select) else (node, *joins)
    for each in inner:
        table = each.this if isinstance(each, exp.From | exp.Join | exp.Subquery) else None
        if isinstance(table, exp.Table) or (
            isinstance(table, exp.Subquery) and isinstance(table.this, exp.Table)
        ):
            yield from _joins_of(table)
    yield from joins
