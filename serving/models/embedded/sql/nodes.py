"""Names as syntax tree nodes, quoted only where an engine would misread them."""

import re

import sqlglot
from sqlglot import exp
from sqlglot.tokens import Tokenizer

from serving.models.embedded.form.conditions import Unreadable
from serving.models.embedded.form.measures import Elapsed, LineTotal, Measure, Quotient
from serving.models.embedded.schema.targets import ColumnRef, Formula
from tools.sql.schema import Schema

_PLAIN = re.compile(r"[a-z_][a-z0-9_]*")
_KEYWORDS = frozenset(word for phrase in Tokenizer.KEYWORDS for word in phrase.split()[:1])


def identifier(name: str) -> exp.Identifier:
    """A name; keywords, capitals and odd characters are quoted."""
    plain = _PLAIN.fullmatch(name) and name.upper() not in _KEYWORDS
    return exp.to_identifier(name, quoted=not plain)


def column_node(ref: ColumnRef) -> exp.Column:
    """The column, qualified by its table."""
    return exp.Column(this=identifier(ref.column), table=identifier(ref.table))


def in_namespaces(tree: exp.Select, schema: Schema) -> exp.Select:
    """The statement with each table of another namespace written in it, in place.

    Its whole name, which columns are qualified by, becomes its alias.
    """
    others = {table.name: table for table in schema.tables if table.namespace}
    for node in list(tree.find_all(exp.Table)) if others else ():
        table = others.get(node.name)
        if table is not None and not node.db:
            alias = node.alias or table.name
            node.set("this", identifier(table.own_name))
            node.set("db", identifier(table.namespace))
            node.set("alias", exp.TableAlias(this=identifier(alias)))
    return tree


def table_node(name: str) -> exp.Table:
    """The table."""
    return exp.Table(this=identifier(name))


def number(value: float) -> exp.Expr:
    """The number as a literal, without a fraction where it has none."""
    return exp.Literal.number(int(value) if value == int(value) else value)


def days_between(since: ColumnRef, until: ColumnRef) -> exp.Expr:
    """The whole days from one date of a row to another."""
    first, last = (exp.cast(column_node(ref), "date") for ref in (since, until))
    return exp.DateDiff(this=last, expression=first, unit=exp.var("DAY"))


def expression_node(measure: Measure) -> exp.Expr | None:
    """What a measure aggregates; None where it counts rows."""
    match measure.expression:
        case ColumnRef():
            return column_node(measure.expression)
        case Quotient(above, below):
            divisor = exp.func("NULLIF", column_node(below), number(0))
            return exp.Div(this=exp.cast(column_node(above), "double"), expression=divisor)
        case LineTotal(one, other):
            return exp.Mul(this=column_node(one), expression=column_node(other))
        case Elapsed(since, until):
            return days_between(since, until)
        case Formula():
            return _formula(measure.expression)
        case None:
            return None


def aggregate_node(measure: Measure, inner: exp.Expr | None) -> exp.Expr:
    """A measure over rows; a figure is its own definition.

    Raises:
        Unreadable: something else is asked of a figure than its definition works out.
    """
    formula = measure.expression
    if not isinstance(formula, Formula) or not formula.is_whole:
        return exp.func(measure.function, inner or exp.Star())
    tree = _formula(formula)
    if measure.function == "SUM":
        return tree
    if isinstance(tree, exp.Sum) and len({column.table for column in formula.columns}) == 1:
        return exp.func(measure.function, tree.this)
    what = {"figure": repr(formula.name), "function": measure.function}
    raise Unreadable("{figure} is one figure, of which there is no {function}", **what)


def _formula(formula: Formula) -> exp.Expr:
    tree = sqlglot.parse_one(formula.text)
    for column in list(tree.find_all(exp.Column)):
        table = column.table if formula.is_whole else formula.table
        column.replace(column_node(ColumnRef(table, column.name)))
    return tree


def title_of(measure: Measure) -> str:
    """The title of a measure's column in a result: `total_amount`, `count_orders`."""
    if measure.label:
        return measure.label
    prefix = {"COUNT": "count", "SUM": "total", "AVG": "average", "MAX": "highest", "MIN": "lowest"}
    columns = measure.columns
    subject = columns[0].column if len(columns) == 1 else measure.table
    named = f"{prefix[measure.function]}_{subject}".lower()
    return named.replace(" ", "_").replace("total_total_", "total_")
