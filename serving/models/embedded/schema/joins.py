"""The foreign keys as a graph, and the cheapest way through it."""

import heapq
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass, field, replace
from itertools import count, pairwise

from serving.models.embedded.english.words import name_stems, stem
from tools.sql.schema import Schema

_MANY = 1.1
"""What a step to many rows costs, of one to a single row."""
_SHARED = 1.0
"""What a way over a row that two things merely share costs more: students and courses of a faculty."""
_NEAR, _ROLE = 0.3, 0.4
"""What a step to a table that is spoken of costs, and what one by a key that is named saves."""
_ROLES = (
    ("from", "source", "origin", "depart", "departure", "leave", "start", "outgoing", "begin", "pickup", "pick"),
    ("to", "destination", "dest", "arrive", "arrival", "land", "end", "incoming", "into", "return", "dropoff", "drop"),
    ("home", "host"), ("away", "visitor", "guest"),
    ("win", "winner"), ("lose", "loser"),
    ("send", "sender", "sent"), ("receive", "receiver", "received"),
)  # fmt: skip
"""Words for the two sides that one thing may have to another."""
_SIDE = {stem(word): side for side, words in enumerate(_ROLES) for word in words}


@dataclass(frozen=True, slots=True)
class Step:
    """From a row of `left` to rows of `right`: to at most one if `is_single`, else to many."""

    left: str
    left_columns: tuple[str, ...]
    right: str
    right_columns: tuple[str, ...]
    is_single: bool
    words: frozenset[str] = frozenset()
    """The stems of the key's name, which tell the role of the row it leads to."""


@dataclass(frozen=True)
class Joins:
    """All steps between the tables of a schema, by where they start."""

    steps: dict[str, tuple[Step, ...]]
    known: dict[tuple[str, str], int] = field(default_factory=dict[tuple[str, str], int])

    @staticmethod
    def of(schema: Schema) -> "Joins":
        """Both directions of every foreign key."""
        steps: dict[str, list[Step]] = {table.name: [] for table in schema.tables}
        for table in schema.tables:
            for key in table.foreign_keys:
                parent = schema.table(key.referred_table)
                if parent is None or parent.name == table.name:
                    continue
                words = frozenset(s for name in key.columns for s in name_stems(name))
                mine, theirs = key.columns, key.referred_columns
                there = Step(table.name, mine, parent.name, theirs, True, words)  # noqa: FBT003  # a field
                back = Step(parent.name, theirs, table.name, mine, False, words)  # noqa: FBT003  # a field
                steps[table.name].append(there)
                steps[parent.name].append(back)
        return Joins({name: tuple(_told_apart(found)) for name, found in steps.items()})

    def path(
        self,
        start: Collection[str],
        goal: str,
        *,
        near: Collection[str] = (),
        single: bool = False,
        roles: frozenset[str] = frozenset(),
    ) -> tuple[Step, ...] | None:
        """The cheapest way from any start to the goal; None if there is none.

        Tables in `near` and keys named by `roles` are preferred; `single` admits only steps to at
        most one row.
        """
        tie = count()
        queue: list[tuple[float, int, str, tuple[Step, ...]]] = [
            (0, next(tie), table, ()) for table in start
        ]
        heapq.heapify(queue)
        done: set[str] = set()
        while queue:
            cost, _, table, steps = heapq.heappop(queue)
            if table == goal:
                return steps
            if table in done:
                continue
            done.add(table)
            for step in self.steps[table]:
                if step.right not in done and (step.is_single or not single):
                    is_shared = bool(steps) and steps[-1].is_single and not step.is_single
                    price = (1.0 if step.is_single else _MANY + _SHARED * is_shared) * (
                        _NEAR if step.right in near else 1
                    )
                    price -= _ROLE * price * is_meant(step, roles)
                    heapq.heappush(queue, (cost + price, next(tie), step.right, (*steps, step)))
        return None

    def by_way_of(
        self,
        spoken: Collection[str],
        start: Collection[str],
        goal: str,
        found: tuple[Step, ...],
    ) -> tuple[Step, ...]:
        """The way over a thing that is spoken of, if it is no more than a step longer than the one found.

        The instances that a customer ordered are those of its orders, not of its tickets.
        """
        visited = {goal, *start, *(step.right for step in found)}
        for name in spoken:
            there = self.path(start, name) if name not in visited else None
            on = self.path((name,), goal, single=True) if there else None
            if there and on and len(there) + len(on) <= len(found) + 1:
                return (*there, *on)
        return found

    def distance(self, start: str, goal: str) -> int:
        """Steps between two tables, 9 where they are not connected."""
        if (start, goal) not in self.known:
            found = self.path((start,), goal)
            self.known[start, goal] = 9 if found is None else len(found)
        return self.known[start, goal]

    def is_ambiguous(self, step: Step) -> bool:
        """Whether another key leads from the same table to the same one."""
        return len(self.rivals(step)) > 1

    def rivals(self, step: Step) -> tuple[Step, ...]:
        """The steps from the same table to the same one, itself among them."""
        return tuple(other for other in self.steps[step.left] if other.right == step.right)

    def meant(self, table: str, roles: frozenset[str]) -> tuple[Step, ...]:
        """The steps to a table, of several from the same one, that words name by the key."""
        return tuple(step for step in self.leading_to(table) if is_meant(step, roles))

    def leading_to(self, table: str) -> tuple[Step, ...]:
        """The steps to a table that are several from the same one."""
        steps = (step for found in self.steps.values() for step in found if step.right == table)
        return tuple(step for step in steps if self.is_ambiguous(step))


def shared_by(way: Sequence[Step]) -> frozenset[str]:
    """The tables at which a path goes to one row and on to many: both ends only share that row.

    A bicycle and a repair of the same branch have nothing else in common.
    """
    turns = pairwise(way)
    return frozenset(one.right for one, other in turns if one.is_single and not other.is_single)


def sides(words: Collection[str]) -> frozenset[int]:
    """The sides that stems of words name: "from" and "source" the same, "to" another."""
    return frozenset(_SIDE[word] for word in words if word in _SIDE)


def is_meant(step: Step, roles: frozenset[str]) -> bool:
    """Whether stems of words name a step by its key."""
    return not step.words.isdisjoint(roles) or not sides(step.words).isdisjoint(sides(roles))


def _told_apart(steps: Sequence[Step]) -> Iterator[Step]:
    """The steps from one table; of several to the same one, only words that tell them apart count."""
    for step in steps:
        rivals = [other.words for other in steps if other.right == step.right]
        shared = frozenset[str]().union(*rivals).intersection(*rivals) if len(rivals) > 1 else ()
        yield replace(step, words=step.words.difference(shared))
