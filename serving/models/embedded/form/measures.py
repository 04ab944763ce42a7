"""What is worked out over rows."""

from dataclasses import dataclass

from serving.models.embedded.schema.targets import ColumnRef, Formula


@dataclass(frozen=True, slots=True)
class Quotient:
    """One column divided by another of the same row."""

    above: ColumnRef
    below: ColumnRef


@dataclass(frozen=True, slots=True)
class Elapsed:
    """The days from one date of a row to another."""

    since: ColumnRef
    until: ColumnRef


@dataclass(frozen=True, slots=True)
class LineTotal:
    """The product of two columns of a row: a quantity and a unit price."""

    one: ColumnRef
    other: ColumnRef


Expression = ColumnRef | Formula | Quotient | LineTotal | Elapsed


@dataclass(frozen=True, slots=True)
class Measure:
    """An aggregate over the rows of `table`; `expression` None counts them.

    With `per`, it is the average number of rows for a row of that table.
    """

    table: str
    function: str
    expression: Expression | None = None
    distinct: bool = False
    label: str = ""
    per: str = ""

    @property
    def columns(self) -> tuple[ColumnRef, ...]:
        """The columns that are aggregated."""
        match self.expression:
            case ColumnRef():
                return (self.expression,)
            case Formula():
                return self.expression.columns
            case Quotient():
                return (self.expression.above, self.expression.below)
            case LineTotal():
                return (self.expression.one, self.expression.other)
            case Elapsed():
                return (self.expression.since, self.expression.until)
            case None:
                return ()

    @property
    def is_figure(self) -> bool:
        """Whether it is defined by a semantic model."""
        return isinstance(self.expression, Formula) and self.expression.is_whole

    @property
    def tables(self) -> tuple[str, ...]:
        """The tables that it reads, its own first."""
        others = (column.table for column in self.columns) if self.is_figure else ()
        return tuple(dict.fromkeys((self.table, *others)))


@dataclass(frozen=True, slots=True)
class Having:
    """A comparison of an aggregate with a number, or with the two that it lies between."""

    measure: Measure
    operator: str
    number: float
    high: float | None = None
