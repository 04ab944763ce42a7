"""Nodes of the tree that sqlglot has none for, and the units of time that engines know."""

from typing import ClassVar

from sqlglot.expressions.core import Binary, Expression, Unary

UNITS = frozenset({
    "microsecond", "microseconds", "millisecond", "milliseconds", "second", "seconds", "minute",
    "minutes", "hour", "hours", "day", "days", "week", "weeks", "month", "months", "quarter",
    "quarters", "year", "years", "decade", "century", "millennium", "epoch", "dow", "doy", "isodow",
    "isoyear", "julian", "timezone", "timezone_hour", "timezone_minute", "day_of_week",
    "day_of_year", "year_of_week", "dayofweek", "dayofyear", "second_microsecond",
    "minute_microsecond", "minute_second", "hour_microsecond", "hour_second", "hour_minute",
    "day_microsecond", "day_second", "day_minute", "day_hour", "year_month",
})  # fmt: skip
"""The units of time that engines spell as keywords."""


class Operator(Expression, Binary):
    """A binary operator that is written as it was read, such as PostgreSQL's `->`."""

    arg_types: ClassVar[dict[str, bool]] = {"this": True, "expression": True, "symbol": True}


class Power(Expression, Binary):
    """PostgreSQL's `^`."""


class UnaryPlus(Unary):
    """A plus sign in front of a value; SQLite drops the value's affinity by it."""
