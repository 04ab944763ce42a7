"""Columns that keep dates as numbers or as text, as dates."""

from sqlglot import exp

from serving.models.embedded.form.frame import Unit
from serving.models.embedded.schema.targets import is_text
from serving.models.embedded.sql.nodes import number
from tools.sql.dates import EPOCH, EPOCH_MS, LENGTHS, places
from tools.sql.schema import Column, Schema

_UNSORTED = ("%d.%m.%Y", "%d-%m-%Y", "%d/%m/%Y", "%m/%d/%Y", "%m/%Y", "%m.%Y")
_FIRST = exp.Literal.string("01")
"""The day of a month that is kept without one."""


def sortable(node: exp.Expr, column: Column) -> exp.Expr:
    """The column as what sorts by its dates: itself, but for texts that begin with the day."""
    return _iso(node, column.dates) if column.dates in _UNSORTED else node


def day_text(node: exp.Expr, column: Column, schema: Schema) -> exp.Expr:
    """The column as text that begins with an ISO date."""
    if column.dates in (EPOCH, EPOCH_MS):
        return exp.cast(moment(node, column, schema), "text")
    text = node if is_text(column) else exp.cast(node, "text")
    return _iso(text, column.dates) if column.dates else exp.cast(node, "text")


def period(day: exp.Expr, unit: Unit) -> exp.Expr:
    """The month, quarter or year of text that begins with an ISO date, as text in their order."""
    if unit != "quarter":
        return _part(day, 1, 4 if unit == "year" else 7)
    month = _part(day, 6, 2)
    quarter = exp.Case(default=exp.Literal.string("-Q4"))
    for last, name in (("03", "-Q1"), ("06", "-Q2"), ("09", "-Q3")):
        is_in = exp.LTE(this=month.copy(), expression=exp.Literal.string(last))
        quarter = quarter.when(is_in, exp.Literal.string(name))
    return exp.Concat(expressions=[_part(day, 1, 4), quarter], safe=False, coalesce=False)


def _part(text: exp.Expr, start: int, length: int) -> exp.Expr:
    return exp.Substring(this=text.copy(), start=number(start), length=number(length))


def moment(node: exp.Expr, column: Column, schema: Schema) -> exp.Expr:
    """The date and time that a number counts to from 1970."""
    seconds = node
    if column.dates == EPOCH_MS:
        seconds = exp.Div(this=node, expression=number(1000), typed=True)
    match schema.dialect:
        case "sqlite":
            words = [exp.Literal.string(word) for word in ("unixepoch", "localtime")]
            return exp.Anonymous(this="DATETIME", expressions=[seconds, *words])
        case "postgres" | "duckdb":
            return exp.cast(exp.Anonymous(this="TO_TIMESTAMP", expressions=[seconds]), "timestamp")
        case _:
            return exp.Anonymous(this="FROM_UNIXTIME", expressions=[seconds])


def _iso(node: exp.Expr, form: str) -> exp.Expr:
    """The date in a text of that form, as yyyy-mm-dd."""
    begins = places(form)
    parts = [
        exp.Substring(this=node.copy(), start=number(begins[sign]), length=number(LENGTHS[sign]))
        if sign in begins
        else _FIRST.copy()
        for sign in "Ymd"
    ]
    dash = exp.Literal.string("-")
    return exp.func("CONCAT", parts[0], dash, parts[1], dash.copy(), parts[2])
