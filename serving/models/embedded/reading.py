"""A question being read: its frame so far, and the triggers that still wait for something."""

from dataclasses import dataclass, field

from sqlglot import exp

from serving.models.embedded.conditions import Unreadable
from serving.models.embedded.frame import Filter, Frame, Having, Measure, Order
from serving.models.embedded.joins import Joins
from serving.models.embedded.lexicon import Lexicon
from serving.models.embedded.periods import Period
from serving.models.embedded.quote import column_node
from serving.models.embedded.resolve import Chosen
from serving.models.embedded.targets import ColumnRef, TableRef
from serving.models.embedded.triggers import PRICE, Kind, Trigger
from serving.models.embedded.words import name_stems, stem

_ADDITIVE = frozenset(
    map(stem, ("quantity", "qty", "units", "amount", "total", "revenue", "sales"))
)


@dataclass
class Comparison:
    """A comparison whose column or number is still to come."""

    operator: str
    number: float | None = None
    high: float | None = None
    column: ColumnRef | None = None
    hints: tuple[str, ...] = ()
    against: str = ""
    """`against` is the aggregate of the column that takes a number's place ("above the average")."""

    @property
    def is_ready(self) -> bool:
        """Whether its numbers are known."""
        return bool(self.against) or (
            self.number is not None and (self.operator != "between" or self.high is not None)
        )


@dataclass(frozen=True, slots=True)
class Time:
    """A period and what stood before it: a date column, a table, an "or"."""

    period: Period
    column: ColumnRef | None
    anchor: str | None
    is_alternative: bool = False


@dataclass
class Reading:
    """What has been understood so far.

    `ranked` is a "top" whose measure is still to come, `sold` a word of selling, `counted` the
    table whose rows are counted, `anchor` the table mentioned last, `last` the column mentioned
    last, `lone` a number that belongs to nothing yet, `said` how many there are of the head ("the two
    customers"), `direction` which way to sort, `measured` the measure mentioned last, `before` where the last mention ended, `denied` the column whose
    value was denied last, `repeated` the columns named again after they were asked for, `both` and `either` a "both" and an "or" that nothing has used, `hinted` the columns that only a word of a comment speaks for.
    """

    chosen: list[Chosen]
    lexicon: Lexicon
    joins: Joins
    asks_when: bool
    frame: Frame = field(default_factory=Frame)
    hinted: list[ColumnRef] = field(default_factory=list[ColumnRef])
    pending: list[Chosen] = field(default_factory=list[Chosen])
    times: list[Time] = field(default_factory=list[Time])
    comparison: Comparison | None = None
    ranked: Trigger | None = None
    sold: Trigger | None = None
    counted: str | None = None
    anchor: str | None = None
    last: ColumnRef | None = None
    lone: float | None = None
    said: float | None = None
    direction: str | None = None
    measured: Measure | None = None
    before: int = -1
    denied: ColumnRef | None = None
    repeated: set[ColumnRef] = field(default_factory=set[ColumnRef])
    both: bool = False
    either: bool = False
    everything: bool = False
    like: str | None = None

    def take(self, *kinds: Kind) -> Trigger | None:
        """Use up the first waiting trigger of these kinds."""
        for at, item in enumerate(self.pending):
            if isinstance(item.meaning, Trigger) and item.meaning.kind in kinds:
                del self.pending[at]
                return item.meaning
        return None

    def waiting(self, kind: Kind) -> Trigger | None:
        """The first waiting trigger of a kind, left waiting."""
        meanings = (item.meaning for item in self.pending)
        return next((m for m in meanings if isinstance(m, Trigger) and m.kind is kind), None)

    def first_named(self) -> object:
        """What the question names first, after its opening triggers."""
        return next((c.meaning for c in self.chosen if not isinstance(c.meaning, Trigger)), None)

    def head(self) -> str | None:
        """The table whose rows the question is about, as far as it says."""
        frame = self.frame
        tables = [c.table for c in frame.columns] + [self.anchor] + [f.table for f in frame.filters]
        return frame.head or next((table for table in tables if table), None)

    def is_mentioned(self, table: str) -> bool:
        """Whether the question names the table itself."""
        return any(item.meaning == TableRef(table) for item in self.chosen)

    def names_row(self, condition: Filter) -> bool:
        """Whether a condition picks rows by what people call them."""
        names = {c.name for c in condition.condition.find_all(exp.Column)}
        return any(c.column in names for c in self.lexicon.display(condition.table))

    def is_ranking(self) -> bool:
        """Whether a superlative waits for a measure."""
        return bool(self.ranked or self.waiting(Kind.MOST))

    def require(self, measure: Measure, waiting: Comparison) -> None:
        """Compare an aggregate of each group with the numbers of a comparison.

        Raises:
            Unreadable: it is compared with another aggregate, or is one of two alternatives.
        """
        if waiting.number is None or self.either:
            raise Unreadable("I cannot compare a count with that")
        self.frame.having.append(Having(measure, waiting.operator, waiting.number, waiting.high))
        self.comparison = None

    def restrict(self, column: ColumnRef, test: exp.Expr, *, is_denied: bool = False) -> None:
        """Add a condition; a column that was only named for its sake is not shown."""
        is_asked = column in self.repeated
        if column in self.frame.columns and column == self.last and not is_asked:
            self.frame.columns.remove(column)
        wanted = Filter(column.table, test, self.anchor, is_denied)
        if self.either and self.frame.filters:
            wanted = self.frame.filters.pop().or_(wanted)
        self.either = False
        self.frame.filters.append(wanted)

    def rank(self, by: Measure | ColumnRef, rank: Trigger) -> None:
        """Order by a measure or column, the first row only unless a number was given."""
        self.frame.order = Order(by, rank.value)
        self.frame.limit = self.frame.limit or 1
        self.ranked = None

    def rank_by(self, column: ColumnRef, rank: Trigger) -> None:
        """Order the head's rows by the column, aggregated where a row has many of it."""
        head = self.frame.head or (self.frame.columns or [column])[0].table
        steps = self.joins.path((head,), column.table) or ()
        if self.is_mentioned(head) and any(not step.is_single for step in steps):
            extreme = "MAX" if rank.value == "DESC" else "MIN"
            # The dearest of things is the one of the highest price, however often it was sold.
            is_additive = rank.hints != PRICE and not _ADDITIVE.isdisjoint(
                name_stems(column.column)
            )
            function = "SUM" if is_additive else extreme
            self.rank(Measure(column.table, function, column_node(column)), rank)
        else:
            self.rank(column, rank)

    def measure(self, measure: Measure) -> None:
        """Show a measure, or order by it where a superlative or an order waits."""
        rank = self.take(Kind.SUPERLATIVE, Kind.MOST)
        if rank is None and self.ranked and self.take(Kind.BY):
            rank = self.ranked
        if rank is not None:
            self.rank(measure, rank)
        elif order := self.take(Kind.ORDER):
            self.frame.order = Order(measure, order.value)
        else:
            if measure not in self.frame.measures:
                self.frame.measures.append(measure)
            self.measured = measure
