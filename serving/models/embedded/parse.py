"""Mentions read in order into a frame; a trigger that finds nothing to work on makes it unreadable."""

from dataclasses import replace

import sqlglot
from sqlglot import exp

from serving.models.embedded.build import Unreadable, compare, negate, number
from serving.models.embedded.complete import complete
from serving.models.embedded.frame import Bucket, Frame, Having, Measure, Order
from serving.models.embedded.joins import Joins
from serving.models.embedded.lexicon import (
    ColumnRef,
    Formula,
    Lexicon,
    NullMeaning,
    TableRef,
    is_date,
    is_numeric,
    is_year,
    truth,
)
from serving.models.embedded.mentions import Mention
from serving.models.embedded.periods import Period
from serving.models.embedded.quote import column_node
from serving.models.embedded.reading import Comparison, Reading, Time
from serving.models.embedded.resolve import Chosen, Resolver
from serving.models.embedded.triggers import Kind, Trigger
from serving.models.embedded.values import Stored
from tools.sql.schema import Column

_FIRM = 0.45
"""The quality of one word in a comment is below: enough to be known, too little to be shown for."""


def read(
    mentions: tuple[Mention, ...],
    lexicon: Lexicon,
    joins: Joins,
    *,
    asks_when: bool = False,
    variant: int = 0,
) -> Frame:
    """One reading of a question; each variant above 0 takes the second meaning of one mention.

    Raises:
        Unreadable: an operation has nothing to work on.
        IndexError: there are no more variants.
    """
    chosen = Resolver(mentions, lexicon, joins).choose(variant)
    reading = Reading(chosen, lexicon, joins, asks_when)
    reader = _Reader(reading)
    for item, following in zip(chosen, [*chosen[1:], None], strict=True):
        reader.consume(item, following)
    complete(reading)
    return reading.frame


class _Reader:
    def __init__(self, reading: Reading) -> None:
        self.now = reading
        self.frame = reading.frame
        self.before = -1
        self.denied: ColumnRef | None = None
        """`before` is where the last mention ends, `denied` the column whose value it denied."""

    def consume(self, item: Chosen, following: Chosen | None) -> None:
        if not isinstance(item.meaning, Stored):
            self.denied = None
        self._read(item, following)
        self.before = item.end

    def _read(self, item: Chosen, following: Chosen | None) -> None:
        match item.meaning:
            case Trigger():
                self._trigger(item, item.meaning, following)
            case Period():
                last = self.now.last
                held = last if last and is_date(self._column(last)) else None
                self.now.times.append(Time(item.meaning, held, self.now.anchor))
            case float() | int():
                self._number(item.meaning, item, following)
            case Stored():
                self._stored(item.meaning)
            case TableRef():
                self._table(item.meaning.table)
            case ColumnRef():
                self._attribute(item.meaning, item, following)
            case NullMeaning():
                self._null(item.meaning)
            case Formula():
                self._formula(item.meaning)

    # Triggers wait for what they work on, except the ones that look back.

    def _trigger(self, item: Chosen, trigger: Trigger, following: Chosen | None) -> None:
        now = self.now
        match trigger.kind:
            case Kind.DISTINCT:
                self.frame.distinct = True
            case Kind.COMPARE | Kind.BETWEEN:
                now.take(Kind.WITH)
                held = now.last if now.last and is_numeric(self._column(now.last)) else None
                is_measured = now.measured and now.measured.expression is not None
                if is_measured and self.frame.groups and self.before == item.start:
                    held = None
                now.comparison = Comparison(trigger.value or "between", column=held)
            case Kind.SUFFIX if now.lone is not None or now.comparison:
                now.comparison = now.comparison or Comparison("", now.lone, column=now.last)
                now.comparison.operator, now.lone = trigger.value, None
            case Kind.DIRECTION:
                now.direction = trigger.value
            case Kind.TOP:
                now.ranked = trigger
            case Kind.SOLD:
                now.sold = now.sold or trigger
            case Kind.BUCKET:
                self._bucket(item, trigger)
            case Kind.BY if following and isinstance(following.meaning, Stored):
                pass
            case _:
                self._wait(item, trigger)

    def _wait(self, item: Chosen, trigger: Trigger) -> None:
        now = self.now
        now.take(Kind.WITH)
        superlatives = (Kind.SUPERLATIVE, Kind.MOST, Kind.BEST_SELLING)
        number = now.lone if now.lone is not None else now.said
        if trigger.kind in superlatives and number is not None:
            self.frame.limit, now.lone, now.said = int(number), None, None
        if trigger.kind is Kind.BEST_SELLING:
            now.sold = trigger
        else:
            now.take(trigger.kind if trigger.kind is Kind.COUNT else Kind.WITH)
            now.pending.append(item)

    def _bucket(self, item: Chosen, trigger: Trigger) -> None:
        asked = self.now.take(Kind.GROUP, Kind.BY)
        if not asked and item.text.lower() in {"month", "year"} and self.now.pending[:1]:
            raise Unreadable(f"I cannot tell what “{item.text}” refers to")
        self.frame.groups.append(Bucket(ColumnRef("", ""), 7 if trigger.value == "month" else 4))

    # Numbers

    def _number(self, value: float, item: Chosen, following: Chosen | None) -> None:
        now, waiting = self.now, self.now.comparison
        is_ranking = now.ranked or now.waiting(Kind.SUPERLATIVE) or now.waiting(Kind.MOST)
        if is_ranking and self.frame.limit is None and waiting is None:
            self.frame.limit = int(value)
        elif waiting and waiting.number is None:
            waiting.number = value
        elif waiting and waiting.operator == "between" and waiting.high is None:
            waiting.high = value
        elif self.before == item.start and now.last and is_numeric(self._column(now.last)):
            now.restrict(now.last, compare(column_node(now.last), "=", value))
        elif now.lone is not None:
            raise Unreadable(f"I could not tell what “{now.lone:g}” should apply to")
        else:
            now.take(Kind.WITH)
            now.lone = value
        # "memory above 64" looks back, "memory and more than 8 GPUs" ahead.
        is_next = following is not None and following.start == item.end
        if (
            waiting
            and waiting.is_ready
            and not (is_next and following and self._is_countable(following.meaning))
        ):
            self._compare_back(waiting)

    def _compare_back(self, waiting: Comparison) -> None:
        measured = self.now.measured
        if waiting.column:
            self._compare(waiting.column, waiting)
        elif measured and measured.expression and measured in self.frame.measures:
            self.frame.measures.remove(measured)
            self.frame.having.append(Having(measured, waiting.operator, low(waiting)))
            self.now.comparison = None

    def _is_countable(self, meaning: object) -> bool:
        if isinstance(meaning, ColumnRef):
            return is_numeric(self._column(meaning))
        return isinstance(meaning, TableRef)

    def _compare(self, column: ColumnRef, waiting: Comparison) -> None:
        node = column_node(column)
        low, high = waiting.number or 0, waiting.high or 0
        if waiting.operator == "between":
            ends = sorted((low, high))
            test: exp.Expr = exp.Between(this=node, low=number(ends[0]), high=number(ends[1]))
        else:
            test = compare(node, waiting.operator, low)
        self.now.restrict(column, test, is_denied=self.now.take(Kind.NOT) is not None)
        self.now.comparison = None

    # Things

    def _table(self, table: str) -> None:
        now, waiting = self.now, self.now.comparison
        now.anchor, now.last = table, None
        if waiting and waiting.is_ready:
            self.frame.having.append(
                Having(Measure(table, "COUNT"), waiting.operator, low(waiting))
            )
            now.comparison = None
        elif now.take(Kind.GROUP) or (not now.ranked and now.take(Kind.BY)):
            self.frame.groups.append(table)
        elif now.waiting(Kind.COUNT) or (now.waiting(Kind.MOST) and now.sold is None):
            self._count(table)
        elif now.take(Kind.NOT):
            self.frame.absent.add(table)
            self.frame.context.append(table)
        else:
            now.take(Kind.WITH)
            self._take_limit()
            self.frame.head = self.frame.head or table
            self.frame.context.append(table)

    def _take_limit(self) -> None:
        """The number in "the two customers" restricts nothing, unless a "most" follows."""
        if self.now.lone is not None and self.frame.head is None:
            self.now.said, self.now.lone = self.now.lone, None

    def _count(self, table: str) -> None:
        self.now.counted = table
        self.now.take(Kind.COUNT)
        self.now.measure(Measure(table, "COUNT"))

    def _stored(self, stored: Stored) -> None:
        values = [exp.Literal.string(value) for value in stored.values]
        node = column_node(stored.column)
        test = node.eq(values[0]) if len(values) == 1 else node.isin(*values)
        self.now.take(Kind.WITH)
        if self.now.take(Kind.NOT) or self.denied == stored.column:
            self.denied = stored.column  # "not A or B" denies both
            self.now.restrict(stored.column, test, is_denied=True)
        elif not self._widen(stored.column, test):
            self.now.restrict(stored.column, test)

    def _widen(self, column: ColumnRef, test: exp.Expr) -> bool:
        """Two values of one column are alternatives."""
        for at, earlier in enumerate(self.frame.filters):
            columns = {c.name for c in earlier.condition.find_all(exp.Column)}
            is_same = isinstance(earlier.condition, exp.EQ | exp.In | exp.Or)
            is_same = is_same and not earlier.is_denied
            if is_same and earlier.table == column.table and columns == {column.column}:
                either = exp.or_(earlier.condition, test)
                self.frame.filters[at] = replace(earlier, condition=either)
                return True
        return False

    def _null(self, meaning: NullMeaning) -> None:
        column = ColumnRef(meaning.table, meaning.column)
        is_null = meaning.is_null is not (self.now.take(Kind.NOT) is not None)
        test = column_node(column).is_(exp.null())
        self.now.restrict(column, test if is_null else negate(test))

    # Columns

    def _attribute(self, column: ColumnRef, item: Chosen, following: Chosen | None) -> None:
        now, waiting = self.now, self.now.comparison
        if waiting and waiting.is_ready and is_numeric(self._column(column)):
            self._compare(column, waiting)
        elif now.lone is not None and is_numeric(self._column(column)) and not now.pending:
            now.restrict(column, compare(column_node(column), "=", now.lone))
            now.lone = None
        elif waiting and waiting.column is None and is_numeric(self._column(column)):
            waiting.column = column
        elif not (self._aggregate(column) or self._presence(column, following)):
            self._describe(column, item, following)
        now.last = column

    def _aggregate(self, column: ColumnRef) -> bool:
        """Give the column to the trigger that waits for one."""
        now, kind = self.now, self._column(column)
        is_number = is_numeric(kind)
        is_ordered = is_number or is_date(kind) or is_year(kind)
        if now.waiting(Kind.AGGREGATE):
            now.take(Kind.COUNT)
            while function := now.take(Kind.AGGREGATE):
                self._measure(column, function.value)
        elif now.ranked and is_ordered and now.take(Kind.BY):
            now.rank_by(column, now.ranked)
        elif now.take(Kind.GROUP, Kind.BY):
            self.frame.groups.append(column)
        elif order := now.take(Kind.ORDER):
            self.frame.order = Order(column, order.value)
        elif now.waiting(Kind.COUNT):
            self._count_column(column)
        elif rank := self._superlative(column):
            now.rank_by(column, rank)
        else:
            return False
        return True

    def _superlative(self, column: ColumnRef) -> Trigger | None:
        """The superlative that the column can settle: "latest" wants a date, "most" a number."""
        kind, waiting = self._column(column), self.now.waiting(Kind.SUPERLATIVE)
        is_dated = is_date(kind) or is_year(kind)
        wants_date = waiting is not None and any(h.endswith("date") for h in waiting.hints)
        if waiting and (is_dated if wants_date else is_numeric(kind) and not is_year(kind)):
            return self.now.take(Kind.SUPERLATIVE)
        return self.now.take(Kind.MOST) if is_numeric(kind) else None

    def _measure(self, column: ColumnRef, function: str) -> None:
        if not is_numeric(self._column(column)) and function in {"SUM", "AVG"}:
            raise Unreadable(f"{column.column!r} holds no numbers")
        self.now.measure(Measure(column.table, function, column_node(column)))

    def _count_column(self, column: ColumnRef) -> None:
        """How many: a stored number, the sum of stored numbers, or different words."""
        self.now.take(Kind.COUNT)
        node = column_node(column)
        if not is_numeric(self._column(column)) or self.now.lexicon.is_key(column):
            self.now.measure(Measure(column.table, "COUNT", node, distinct=True))
        elif rank := self.now.take(Kind.SUPERLATIVE, Kind.MOST):
            self.now.rank_by(column, rank)
        elif self._picks_row(column.table):
            self.frame.columns.append(column)
        else:
            self.now.measure(Measure(column.table, "SUM", node))

    def _picks_row(self, table: str) -> bool:
        stored = [c.meaning for c in self.now.chosen if isinstance(c.meaning, Stored)]
        return any(s.whole and s.column in self.now.lexicon.display(table) for s in stored)

    def _presence(self, column: ColumnRef, following: Chosen | None) -> bool:
        """Whether a row has the attribute at all: a truth, a NULL, a count of none."""
        now, kind, node = self.now, self._column(column), column_node(column)
        yes, held = truth(kind), now.waiting(Kind.WITH)
        if following and isinstance(following.meaning, Trigger | Stored | float):
            held = held if following.meaning == Trigger(Kind.NOT) else None
        is_asked = now.waiting(Kind.NOT) or (held and (not held.value or _is_count(kind)))
        if yes is not None:
            test: exp.Expr = node.eq(yes)
        elif is_asked and kind.nullable:
            test = negate(node.is_(exp.null()))
        elif is_asked and is_numeric(kind):
            test = compare(node, ">", 0)
        else:
            return False
        now.take(Kind.WITH)
        now.restrict(column, negate(test) if now.take(Kind.NOT) else test)
        return True

    def _describe(self, column: ColumnRef, item: Chosen, following: Chosen | None) -> None:
        """Show the column, unless it stands there for the sake of a value or a period."""
        self.now.take(Kind.WITH)
        near = following.meaning if following else None
        kind = self._column(column)
        is_deed = is_date(kind) and item.text.lower().endswith("ed") and not self.now.asks_when
        if is_date(kind) and (isinstance(near, Period) or (is_deed and not kind.nullable)):
            return
        if is_deed:
            # "closed tickets": a row has this date only once it is done.
            test = negate(column_node(column).is_(exp.null()))
            self.now.restrict(column, negate(test) if self.now.take(Kind.NOT) else test)
        elif item.quality < _FIRM:
            self.now.hinted.append(column)
        elif not self._is_said(column, near):
            whole = self.now.lexicon.display(column.table)
            is_name = column in whole and item.text.lower() in {"name", "names"}
            self.frame.columns += whole if is_name else (column,)

    def _is_said(self, column: ColumnRef, near: object) -> bool:
        if isinstance(near, Stored) and near.column == column:
            return True
        before = self.frame.filters[-1].condition.find(exp.Column) if self.frame.filters else None
        said = before is not None and (before.table, before.name) == (column.table, column.column)
        return said or column in self.frame.columns

    def _formula(self, formula: Formula) -> None:
        function = self.now.take(Kind.AGGREGATE)
        self.now.take(Kind.COUNT)
        tree = sqlglot.parse_one(formula.sql)
        name = function.value if function else "SUM"
        measure = Measure(formula.table, name, tree, label=formula.name.replace(" ", "_"))
        waiting = self.now.comparison
        if waiting and waiting.is_ready:
            self.frame.having.append(Having(measure, waiting.operator, low(waiting)))
            self.now.comparison = None
        else:
            self.now.measure(measure)

    def _column(self, ref: ColumnRef) -> Column:
        return self.now.lexicon.column(ref)


def low(waiting: Comparison) -> float:
    """The number of a comparison with one number.

    Raises:
        Unreadable: it has two.
    """
    if waiting.operator == "between" or waiting.number is None:
        raise Unreadable("a count cannot be compared with a range")
    return waiting.number


def _is_count(column: Column) -> bool:
    """Whether 0 in the column means that there is none."""
    named = {"count", "quantity", "num", "number"} & set(column.name.lower().split("_"))
    return bool(named) or "none" in column.comment
