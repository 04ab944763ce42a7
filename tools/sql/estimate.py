"""The planner's estimate of a statement."""

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from math import prod
from typing import Any, cast

from tools.sql.schema import Schema

Plan = Mapping[str, Any]
"""One node of PostgreSQL's `EXPLAIN (FORMAT JSON)`, as JSON has it."""


@dataclass(frozen=True, slots=True)
class Estimate:
    """Estimated effort of a statement; None where the engine cannot tell.

    `rows` are the most that any one step of the plan is expected to handle (not the rows of the
    result), `cost` is the plan's total in the engine's own units, and `tables` are the stored
    tables and views that the statement names, in order.
    """

    rows: int | None
    cost: float | None
    tables: tuple[str, ...] = ()


def of_postgres(plan: Plan, rows_of: Mapping[str, int]) -> tuple[int, float]:
    """The rows of the largest step and the total cost; a full scan reads its whole table.

    Source: https://www.postgresql.org/docs/current/sql-explain.html
    """
    steps = list(_steps(plan))
    rows = max(int(step.get("Plan Rows", 0)) for step in steps)
    scanned = (
        rows_of.get(str(step.get("Relation Name")), 0)
        for step in steps
        if step.get("Node Type") == "Seq Scan"
    )
    return max(rows, *scanned, 0), float(plan["Total Cost"])


def of_mariadb(lines: Sequence[Mapping[str, Any]]) -> int | None:
    """The rows of the largest SELECT: each of its tables is read once for a row of those before.

    Source: https://mariadb.com/kb/en/explain/
    """
    by_select: dict[object, list[int]] = defaultdict(list)
    for line in lines:
        if line["rows"] is not None:
            by_select[line["id"]].append(int(line["rows"]))
    return max(map(prod, by_select.values()), default=None)


def of_tables(tables: Sequence[str], schema: Schema) -> int | None:
    """For an engine without statistics: the rows of the largest table that is named."""
    counted = [table.rows for name in tables if (table := schema.table(name)) is not None]
    return max((rows for rows in counted if rows is not None), default=None)


def _steps(plan: Plan) -> Iterator[Plan]:
    yield plan
    for inner in cast("Sequence[Plan]", plan.get("Plans", ())):
        yield from _steps(inner)
