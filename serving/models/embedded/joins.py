"""The declared foreign keys as a graph, and the cheapest way through it."""

import heapq
from collections.abc import Collection
from dataclasses import dataclass
from itertools import count

from tools.sql.schema import Schema


@dataclass(frozen=True, slots=True)
class Step:
    """From a row of `left` to rows of `right`: to at most one if `is_single`, else to many."""

    left: str
    left_columns: tuple[str, ...]
    right: str
    right_columns: tuple[str, ...]
    is_single: bool


@dataclass(frozen=True)
class Joins:
    """All steps between the tables of a schema, by where they start."""

    steps: dict[str, tuple[Step, ...]]

    @staticmethod
    def of(schema: Schema) -> "Joins":
        """Both directions of every foreign key."""
        steps: dict[str, list[Step]] = {table.name: [] for table in schema.tables}
        for table in schema.tables:
            for key in table.foreign_keys:
                parent = schema.table(key.referred_table)
                if parent is None or parent.name == table.name:
                    continue
                there = Step(
                    table.name, key.columns, parent.name, key.referred_columns, is_single=True
                )
                back = Step(
                    parent.name, key.referred_columns, table.name, key.columns, is_single=False
                )
                steps[table.name].append(there)
                steps[parent.name].append(back)
        return Joins({name: tuple(found) for name, found in steps.items()})

    def path(
        self, start: Collection[str], goal: str, *, near: Collection[str] = (), single: bool = False
    ) -> tuple[Step, ...] | None:
        """The cheapest way from any start to the goal, preferring tables in `near`; None if there is none.

        `single` admits only steps to at most one row.
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
                    price = (1.0 if step.is_single else 1.1) * (0.3 if step.right in near else 1)
                    heapq.heappush(queue, (cost + price, next(tie), step.right, (*steps, step)))
        return None

    def distance(self, start: str, goal: str) -> int:
        """Steps between two tables, 9 where they are not connected."""
        found = self.path((start,), goal)
        return 9 if found is None else len(found)
