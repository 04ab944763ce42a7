"""What a question asks for, between its words and its SQL."""

from dataclasses import dataclass, field
from typing import Literal

from serving.models.embedded.form.conditions import Filter
from serving.models.embedded.form.measures import Having, Measure
from serving.models.embedded.schema.targets import ColumnRef

Unit = Literal["year", "quarter", "month"]


@dataclass(frozen=True, slots=True)
class Bucket:
    """A date column by its year ("2025"), quarter ("2025-Q3") or month ("2025-07")."""

    column: ColumnRef
    unit: Unit


@dataclass(frozen=True, slots=True)
class Order:
    """Rows by a measure, a column's value, or the period that they are put together by."""

    by: Measure | ColumnRef | Bucket
    direction: str


Group = ColumnRef | str | Bucket
"""What rows are put together by; a table's name puts together what belongs to one row of it."""


@dataclass
class Frame:
    """A statement to be built: filled by one reading of the question.

    `context` are the tables mentioned, `absent` those that a row must have no partner in. With
    `names_only`, nothing is shown beside what is asked for by name. Of a list that `is_bare`,
    nothing was asked of the rows but which they are. The order and limit are those
    `within` each of a group, where there is one. `roles` are the stems of words that say which of
    several keys between two tables is meant. `assumed` are the dates and keys that nothing in the
    question tells from others of their table. A last "and when?" that is read says `is_asked_too`.
    """

    head: str | None = None
    columns: list[ColumnRef] = field(default_factory=list[ColumnRef])
    measures: list[Measure] = field(default_factory=list[Measure])
    groups: list[Group] = field(default_factory=list[Group])
    filters: list[Filter] = field(default_factory=list[Filter])
    having: list[Having] = field(default_factory=list[Having])
    context: list[str] = field(default_factory=list[str])
    absent: set[str] = field(default_factory=set[str])
    order: Order | None = None
    limit: int | None = None
    within: ColumnRef | str | None = None
    roles: frozenset[str] = frozenset()
    distinct: bool = False
    names_only: bool = False
    is_bare: bool = False
    is_asked_too: bool = False
    assumed: dict[ColumnRef, tuple[ColumnRef, ...]] = field(
        default_factory=dict[ColumnRef, tuple[ColumnRef, ...]]
    )

    @property
    def spoken(self) -> frozenset[str]:
        """The tables that the question speaks of, by their names or by what is in them."""
        columns = [*self.columns, *(group for group in self.groups if isinstance(group, ColumnRef))]
        groups = (group for group in self.groups if isinstance(group, str))
        filters = (one.table for one in self.filters)
        tables = {*self.context, *groups, *filters, *(column.table for column in columns)}
        return frozenset(tables.union([self.head] if self.head else []))
