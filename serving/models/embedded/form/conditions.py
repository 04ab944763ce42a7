"""Conditions as syntax trees, and the exception of what cannot be put as one."""

from sqlglot import exp

from serving.models.embedded.form.frame import Having

_COMPARE = {"=": exp.EQ, ">": exp.GT, ">=": exp.GTE, "<": exp.LT, "<=": exp.LTE}
_OPPOSITE: dict[type[exp.Expr], type[exp.Binary]] = {
    exp.EQ: exp.NEQ,
    exp.GT: exp.LTE,
    exp.GTE: exp.LT,
    exp.LT: exp.GTE,
    exp.LTE: exp.GT,
}


class Unreadable(Exception):
    """The question cannot be put as one statement; the message is a clause for the person."""


def number(value: float) -> exp.Expr:
    """The number as a literal, without a fraction where it has none."""
    return exp.Literal.number(int(value) if value == int(value) else value)


def compare(left: exp.Expr, operator: str, value: float, high: float | None = None) -> exp.Expr:
    """A comparison with a number, or with the two that a value lies between."""
    if high is None:
        return compare_with(left, operator, number(value))
    ends = sorted((value, high))
    return exp.Between(this=left, low=number(ends[0]), high=number(ends[1]))


def compare_with(left: exp.Expr, operator: str, right: exp.Expr) -> exp.Expr:
    """A comparison of two expressions."""
    return _COMPARE[operator](this=left, expression=right)


def required(node: exp.Expr, having: Having) -> exp.Expr:
    """The comparison that an aggregate must meet."""
    return compare(node, having.operator, having.number, having.high)


def negate(test: exp.Expr) -> exp.Expr:
    """The opposite of a condition, in the form that a person would write."""
    if isinstance(test, exp.Not):
        return test.this
    opposite = _OPPOSITE.get(type(test))
    if opposite is None or isinstance(test.expression, exp.Boolean):
        return test.not_()
    return opposite(this=test.this, expression=test.expression)
