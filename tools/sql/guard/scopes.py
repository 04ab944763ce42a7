"""A scope of names: the sources of a query and of the queries around it."""

import math
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from itertools import pairwise

from sqlglot import exp

from tools.errors import Refused
from tools.sql.guard.growth import ROWS, STORED

ROW_IDS = frozenset({"rowid", "oid", "_rowid_"})
_STEADY = 1.5
_COPIED_IN_TIME = 5e9
"""Characters that an engine copies before any time limit is up."""


@dataclass(frozen=True, slots=True)
class Output:
    """One result column: its folded name (None: it cannot be referenced), and its size.

    `weight` is how many parts its expression has once engines have written it out: they put a
    column's expression where its name was, and so on down to stored columns. What is computed may
    have one value in all rows.
    """

    name: str | None
    size: float = STORED
    weight: float = 1.0
    is_computed: bool = False


@dataclass(frozen=True, slots=True)
class Result:
    """The result of a query: columns, estimated rows, and total number of sources."""

    outputs: tuple[Output, ...]
    rows: float = 1.0
    reads: int = 0


@dataclass(frozen=True, slots=True)
class FromItem:
    """One item of a FROM under the name it has there.

    `table` is the stored table's own name, empty for anything else. `is_value` is BigQuery's UNNEST,
    whose name is a value and no row.
    """

    alias: exp.Identifier
    name: str
    outputs: tuple[Output, ...]
    hidden: frozenset[str] = frozenset()
    table: str = ""
    namespace: str = ""
    has_row_ids: bool = False
    rows: float = ROWS
    is_value: bool = False

    @property
    def columns(self) -> tuple[str, ...]:
        """The names that can be read, in order."""
        return tuple(output.name for output in self.outputs if output.name is not None)

    @property
    def names(self) -> tuple[str, str]:
        """The name that it is looked up by, and the one that is written."""
        return self.name, self.alias.name

    def output(self, column: str) -> Output:
        """The properties of the column."""
        return next((o for o in self.outputs if o.name == column), Output(column))

    def has(self, column: str) -> bool:
        """Whether the column may be read; a row id may equal a denied key."""
        if column in self.columns:
            return True
        return self.has_row_ids and not self.hidden and column in ROW_IDS


@dataclass(slots=True)
class QueryScope:
    """The sources of one query, and the query around it whose sources it sees too."""

    outer: "QueryScope | None"
    ctes: Mapping[str, "Result | None"]
    sources: list[FromItem] = field(default_factory=list[FromItem])
    merged: set[str] = field(default_factory=set[str])
    is_natural: bool = False
    aliases: Mapping[str, Output] = field(default_factory=dict[str, Output])
    reads: int = 0
    rows: float = 1.0

    def levels(self) -> Iterator["QueryScope"]:
        """This query and those around it, from the inside out."""
        scope: QueryScope | None = self
        while scope is not None:
            yield scope
            scope = scope.outer


Ctes = Mapping[str, Result | None]
"""The queries of WITH that can be read; None while one is still being defined."""


def named_columns(outputs: Iterable[Output]) -> Mapping[str, Output]:
    """The columns that can be named."""
    return {output.name: output for output in outputs if output.name is not None}


def larger_of(outputs: Sequence[Output]) -> Output:
    """What a name of several meanings must be taken for: as large and as heavy as any of them."""
    size, weight = max(o.size for o in outputs), max(o.weight for o in outputs)
    return Output(outputs[0].name, size, weight)


def grown_columns(rounds: Sequence[Sequence[Output]]) -> tuple[Output, ...]:
    """The columns of a recursion after as many rounds as there is time for.

    `rounds` are the columns at its start and after each of its first rounds. A value that gets the
    same added each round is copied as often: how large it becomes is bound by what can be copied.

    Raises:
        Refused: they grow faster and faster.
    """
    whole = [sum(output.size for output in outputs) for outputs in rounds]
    added = [after - before for before, after in pairwise(whole) if after > before]
    if max(added) > _STEADY * added[0]:
        raise Refused("A recursive query may append to a value in each step, but not multiply it.")
    steps = (
        max(after.size - before.size for before, after in pairwise(column))
        for column in zip(*rounds, strict=True)
    )
    return tuple(
        replace(output, size=max(output.size, math.sqrt(2 * _COPIED_IN_TIME * step)))
        for output, step in zip(rounds[-1], steps, strict=True)
    )
