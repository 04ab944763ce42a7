"""What a question asks for, between its words and its SQL."""

from dataclasses import dataclass, field

from sqlglot import exp

from serving.models.embedded.targets import ColumnRef


@dataclass(frozen=True, slots=True)
class Measure:
    """An aggregate over the rows of `table`; `expression` None counts them."""

    table: str
    function: str
    expression: exp.Expr | None = None
    distinct: bool = False
    label: str = ""


@dataclass(frozen=True, slots=True)
class Filter:
    """A condition on a column of `table`, mentioned nearest to `anchor`; denied, it must not hold."""

    table: str
    condition: exp.Expr
    anchor: str | None = None
    is_denied: bool = False
    is_apart: bool = False
    needs: tuple[str, ...] = ()
    """`is_apart`: a row's many meet it in a row of its own; `needs` are further tables it speaks of."""

    def or_(self, other: "Filter") -> "Filter":
        """A condition that either meets."""
        sides = [f.condition.not_() if f.is_denied else f.condition for f in (self, other)]
        needs = tuple({*self.needs, *other.needs, self.table, other.table} - {other.table})
        return Filter(other.table, exp.or_(*sides), other.anchor, needs=needs)


@dataclass(frozen=True, slots=True)
class Having:
    """A comparison of an aggregate with a number, or with the two that it lies between."""

    measure: Measure
    operator: str
    number: float
    high: float | None = None


@dataclass(frozen=True, slots=True)
class Order:
    """Rows by a measure or a column's value."""

    by: Measure | ColumnRef
    direction: str


@dataclass(frozen=True, slots=True)
class Bucket:
    """A date column cut to its month (7 characters of the ISO form) or year (4)."""

    column: ColumnRef
    length: int


@dataclass
class Frame:
    """A statement to be built: filled by one reading of the question."""

    head: str | None = None
    columns: list[ColumnRef] = field(default_factory=list[ColumnRef])
    measures: list[Measure] = field(default_factory=list[Measure])
    groups: list[ColumnRef | str | Bucket] = field(default_factory=list[ColumnRef | str | Bucket])
    filters: list[Filter] = field(default_factory=list[Filter])
    having: list[Having] = field(default_factory=list[Having])
    context: list[str] = field(default_factory=list[str])
    absent: set[str] = field(default_factory=set[str])
    order: Order | None = None
    limit: int | None = None
    distinct: bool = False
    """`groups` hold columns, buckets and table names (a group per row of it); `context` the tables
    mentioned; `absent` the ones that a row must have no partner in."""
