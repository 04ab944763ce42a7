"""Conditions as syntax trees, and the exception of what cannot be put as one."""

from sqlglot import exp

from serving.models.embedded.frame import Having

_COMPARE = {"=": exp.EQ, ">": exp.GT, ">=": exp.GTE, "<": exp.LT, "<=": exp.LTE}


class Unreadable(Exception):
    """The question cannot be put as one statement; the message is a clause for the person."""


def number(value: float) -> exp.Expr:
    """The number as a literal, without a fraction where it has none."""
    return exp.Literal.number(int(value) if value == int(value) else value)


def compare(left: exp.Expr, operator: str, value: float) -> exp.Expr:
    """A comparison with a number."""
    return compare_with(left, operator, number(value))


def compare_with(left: exp.Expr, operator: str, right: exp.Expr) -> exp.Expr:
    """A comparison of two expressions."""
    return _COMPARE[operator](this=left, expression=right)


def required(node: exp.Expr, having: Having) -> exp.Expr:
    """The comparison that an aggregate must meet."""
    if having.high is None:
        return compare(node, having.operator, having.number)
    return exp.Between(this=node, low=number(having.number), high=number(having.high))


def negate(test: exp.Expr) -> exp.Expr:
    """The opposite of a condition, in the form that a person would write."""
    match test:
        case exp.Not():
            return test.this
        case exp.EQ():
            return exp.NEQ(this=test.this, expression=test.expression)
        case _:
            return test.not_()
