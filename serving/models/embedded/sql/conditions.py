"""Conditions of the logical form as syntax trees."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date

from sqlglot import exp

from serving.models.embedded.form.conditions import (
    Against,
    AnyOf,
    Between,
    Compare,
    Condition,
    Either,
    HasPartners,
    IsNull,
    Lasts,
    Later,
    Like,
    Not,
    Present,
    ReferredTo,
    SharedBy,
    ValueOf,
    Within,
    columns_of,
    names_values,
)
from serving.models.embedded.form.measures import Having
from serving.models.embedded.schema.lexicon import Lexicon
from serving.models.embedded.schema.targets import ColumnRef, is_text, is_year, may_lack
from serving.models.embedded.sql.dates import sortable
from serving.models.embedded.sql.nodes import (
    aggregate_node,
    column_node,
    days_between,
    expression_node,
    number,
    table_node,
)
from tools.sql.dates import EPOCH, EPOCH_MS
from tools.sql.schema import Column
from tools.sql.zones import midnight

_COMPARE = {"=": exp.EQ, ">": exp.GT, ">=": exp.GTE, "<": exp.LT, "<=": exp.LTE}
_OPPOSITE: dict[type[exp.Expr], type[exp.Binary]] = {
    exp.EQ: exp.NEQ,
    exp.GT: exp.LTE,
    exp.GTE: exp.LT,
    exp.LT: exp.GTE,
    exp.LTE: exp.GT,
}


@dataclass(frozen=True, slots=True)
class Conditions:
    """Writes conditions; `nested` writes the statement of a value that is measured elsewhere."""

    lexicon: Lexicon
    nested: Callable[[ValueOf], exp.Select]

    def node(self, condition: Condition) -> exp.Expr:
        """The condition as a tree; `TRUE` where it is only that there is such a row."""
        match condition:
            case Not(inner):
                return self._denied(inner)
            case Either(conditions):
                return exp.or_(*map(self.node, conditions))
            case SharedBy() | ReferredTo():
                return self._among(condition)
            case HasPartners():
                return _has_partners(condition)
            case Present():
                return exp.true()
            case _:
                return self._of_value(condition)

    def _denied(self, condition: Condition) -> exp.Expr:
        """The opposite; what says of a value that it is none, a row without a value meets as well."""
        columns = columns_of(condition) if names_values(condition) else ()
        optional = (c for c in columns if may_lack(self.lexicon.column(c)))
        lacking = [column_node(column).is_(exp.null()) for column in optional]
        return exp.or_(negate(self.node(condition)), *lacking)

    def _among(self, condition: SharedBy | ReferredTo) -> exp.Expr:
        """That a column has a value which rows of its own table hold."""
        match condition:
            case SharedBy(held, inner):
                query = _rows_with(held).where(self.node(inner), _is_known(held))
            case ReferredTo(_, held, wanted):
                query = _rows_with(held).where(*map(self.node, wanted))
        return exp.In(this=column_node(condition.column), query=exp.Subquery(this=query))

    def _of_value(
        self,
        condition: AnyOf | Compare | Between | Within | Later | Against | Lasts | Like | IsNull,
    ) -> exp.Expr:
        match condition:
            case AnyOf():
                return _any_of(condition)
            case Compare() | Against() | Lasts():
                return self._compare(condition)
            case Between(column, low, high):
                return exp.Between(this=column_node(column), low=number(low), high=number(high))
            case Within() | Later():
                return self._by_day(condition)
            case Like():
                return _like(condition)
            case IsNull(column):
                return column_node(column).is_(exp.null())

    def _compare(self, condition: Compare | Against | Lasts) -> exp.Expr:
        if isinstance(condition, Lasts):
            node = days_between(condition.column, condition.other)
            return _COMPARE[condition.operator](this=node, expression=number(condition.days))
        node: exp.Expr = column_node(condition.column)
        if isinstance(condition, Against):
            right = column_node(condition.other)
            return _COMPARE[condition.operator](this=node, expression=right)
        if condition.null_is_zero:
            node = exp.func("COALESCE", node, number(0))
        value = condition.value
        right = (
            exp.Subquery(this=self.nested(value)) if isinstance(value, ValueOf) else number(value)
        )
        return _COMPARE[condition.operator](this=node, expression=right)

    def _by_day(self, condition: Within | Later) -> exp.Expr:
        column = self.lexicon.column(condition.column)
        node = sortable(column_node(condition.column), column)
        if isinstance(condition, Later):
            other = sortable(column_node(condition.other), self.lexicon.column(condition.other))
            return exp.GT(this=node, expression=other)
        ends = [(exp.GTE, condition.low), (exp.LT, condition.high)]
        tests = [
            compare(this=node.copy(), expression=self._day(day, column))
            for compare, day in ends
            if day is not None
        ]
        return exp.and_(*tests)

    def _day(self, day: date, column: Column) -> exp.Expr:
        """A day as the column keeps it, its beginning where that is a moment."""
        if column.dates in (EPOCH, EPOCH_MS):
            moment = midnight(day, self.lexicon.schema.timezone).timestamp()
            return number(moment * (1000 if column.dates == EPOCH_MS else 1))
        if column.dates == "%Y%m%d":
            text = day.strftime(column.dates)
            return exp.Literal.string(text) if is_text(column) else number(int(text))
        if is_year(column):
            return exp.Literal.string(str(day.year)) if is_text(column) else number(day.year)
        return exp.Literal.string(day.isoformat())


def negate(test: exp.Expr) -> exp.Expr:
    """The opposite of a condition, in the form that a person would write."""
    if isinstance(test, exp.Not):
        return test.this
    opposite = _OPPOSITE.get(type(test))
    if opposite is None or isinstance(test.expression, exp.Boolean):
        return test.not_()
    return opposite(this=test.this, expression=test.expression)


def required(node: exp.Expr, having: Having) -> exp.Expr:
    """The comparison that an aggregate must meet."""
    if having.high is None:
        return _COMPARE[having.operator](this=node, expression=number(having.number))
    ends = sorted((having.number, having.high))
    return exp.Between(this=node, low=number(ends[0]), high=number(ends[1]))


def _any_of(condition: AnyOf) -> exp.Expr:
    node = column_node(condition.column)
    values = [_literal(value) for value in condition.values]
    return node.eq(values[0]) if len(values) == 1 else node.isin(*values)


def _literal(value: str | int) -> exp.Expr:
    match value:
        case bool():
            return exp.Boolean(this=value)
        case int():
            return number(value)
        case str():
            return exp.Literal.string(value)


def _like(condition: Like) -> exp.Expr:
    literal = condition.text.replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_")
    node = exp.Lower(this=column_node(condition.column))
    wanted = exp.Literal.string(condition.shape.replace("{}", literal).lower())
    test: exp.Expr = exp.Like(this=node, expression=wanted)
    if "\\" in literal:
        test = exp.Escape(this=test, expression=exp.Literal.string("\\"))
    return test


def _rows_with(column: ColumnRef) -> exp.Select:
    return exp.select(column_node(column)).from_(table_node(column.table))


def _is_known(column: ColumnRef) -> exp.Expr:
    return column_node(column).is_(exp.null()).not_()


def _has_partners(condition: HasPartners) -> exp.Expr:
    step, having = condition.step, condition.having
    mine = [column_node(ColumnRef(step.left, name)) for name in step.left_columns]
    node = aggregate_node(having.measure, expression_node(having.measure))
    query = exp.select(*mine).from_(table_node(step.left)).group_by(*mine)
    query = query.having(required(node, having))
    own = column_node(ColumnRef(step.right, step.right_columns[0]))
    return exp.In(this=own, query=exp.Subquery(this=query))
