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

TSQL_UNITS = UNITS | frozenset({
    "yy", "yyyy", "qq", "q", "mm", "m", "dy", "y", "dd", "d", "wk", "ww", "weekday", "dw", "w", "hh",
    "mi", "n", "ss", "s", "ms", "mcs", "ns", "nanosecond", "iso_week", "isowk", "isoww", "tzoffset",
})  # fmt: skip
SNOWFLAKE_UNITS = UNITS | frozenset({
    "yyyy", "yy", "y", "yr", "yrs", "mm", "mon", "mons", "dd", "d", "dayofmonth", "weekday", "dw",
    "dow_iso", "dayofweekiso", "dayofweek_iso", "weekiso", "week_iso", "weekofyear", "wk", "w", "woy",
    "qtr", "qtrs", "q", "hh", "h", "hr", "hrs", "mi", "m", "min", "mins", "ss", "s", "sec", "secs",
    "ms", "msec", "us", "usec", "ns", "nsec", "nanosecond", "epoch_second", "epoch_millisecond",
    "yearofweek", "yearofweekiso",
})  # fmt: skip
BIGQUERY_UNITS = (
    UNITS
    | frozenset({"isoweek", "date", "time", "datetime"})
    | frozenset(
        f"week({day}day)" for day in ("mon", "tues", "wednes", "thurs", "fri", "satur", "sun")
    )
)
ALL_UNITS = TSQL_UNITS | SNOWFLAKE_UNITS | BIGQUERY_UNITS


class Operator(Expression, Binary):
    """A binary operator that is written as it was read, such as PostgreSQL's `->`."""

    arg_types: ClassVar[dict[str, bool]] = {"this": True, "expression": True, "symbol": True}


class Power(Expression, Binary):
    """PostgreSQL's `^`."""


class UnaryPlus(Unary):
    """A plus sign in front of a value; SQLite drops the value's affinity by it."""


class ConvertTo(Expression):
    """SQL Server's `CONVERT(type, value, style)`; `safe` is TRY_CONVERT's."""

    arg_types: ClassVar[dict[str, bool]] = {
        "this": True, "to": True, "style": False, "safe": False,
    }  # fmt: skip


class TypedText(Expression):
    """A text with its type in front, such as `DATE '2025-01-01'`, written as it was read."""

    arg_types: ClassVar[dict[str, bool]] = {"this": True, "expression": True}


class VariantPath(Expression):
    """Snowflake's `value:a.b[0]`; the steps are literals."""

    arg_types: ClassVar[dict[str, bool]] = {"this": True, "expressions": True}
