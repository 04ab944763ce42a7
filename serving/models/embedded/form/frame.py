"""What a question asks for, between its words and its SQL."""

from dataclasses import dataclass, field

from sqlglot import exp

from serving.models.embedded.schema.targets import ColumnRef


@dataclass(frozen=True, slots=True)
class Measure:
    """An aggregate over the rows of `table`; `expression` None counts them.

    With `per`, it is the average number of rows for a row of that table.
    """

    table: str
    function: str
    expression: exp.Expr | None = None
    distinct: bool = False
    label: str = ""
    per: str = ""


@dataclass(frozen=True, slots=True)
class Filter:
    """A condition on a column of `table`; denied, it must not hold.

    `is_apart`: of a row's many, one of its own meets it. `roles` are the stems of the words around
    it, which choose among several ways to the table. `place` is where in the question it stands,
    after an "or" if `is_or`; `either` numbers the alternatives that belong together.
    """

    table: str
    condition: exp.Expr
    is_denied: bool = False
    is_apart: bool = False
    roles: frozenset[str] = frozenset()
    place: int = 0
    is_or: bool = False
    either: int = 0


@dataclass(frozen=True, slots=True)
class Having:
    """A comparison of an aggregate with a number, or with the two that it lies between."""

    measure: Measure
    operator: str
    number: float
    high: float | None = None


@dataclass(frozen=True, slots=True)
class Bucket:
    """A date column cut to its month (7 characters of the ISO form) or year (4)."""

    column: ColumnRef
    length: int


@dataclass(frozen=True, slots=True)
class Order:
    """Rows by a measure, a column's value, or the month or year that they are put together by."""

    by: Measure | ColumnRef | Bucket
    direction: str


Group = ColumnRef | str | Bucket
"""What rows are put together by; a table's name puts together what belongs to one row of it."""


@dataclass
class Frame:
    """A statement to be built: filled by one reading of the question."""

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
    distinct: bool = False
    """`context` are the tables mentioned, `absent` those that a row must have no partner in."""
