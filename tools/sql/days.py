"""From which day to which day a table goes, read through the gate for whoever asks."""

from dataclasses import dataclass
from datetime import UTC, date, datetime

import sqlglot
from sqlglot import exp

from tools.caller import Caller
from tools.errors import Correctable
from tools.sql.dates import EPOCH, EPOCH_MS
from tools.sql.run import Database
from tools.sql.schema import Column, Table

SECONDS = 2.0
"""Time for one table: a first and a last day are worth no long wait."""
_MOST_COLUMNS = 4
_SORTED = ("", EPOCH, EPOCH_MS, "%Y%m%d", "%Y/%m/%d")
"""How a column may keep dates for its least value to be its first day."""


@dataclass(frozen=True, slots=True)
class Days:
    """The first and the last day in a column of dates."""

    table: str
    column: str
    first: date
    last: date


def dated_columns(table: Table) -> list[Column]:
    """The columns that say when something was, the first ones of a table."""
    dated = (
        c for c in table.columns if _is_read(c) or ((c.range or c.dates) and c.dates in _SORTED)
    )
    return list(dated)[:_MOST_COLUMNS]


def known_days(table: Table) -> list[Days]:
    """What the schema itself shows of them, without a look into the table."""
    return _days(
        table, [end for column in dated_columns(table) for end in column.range or ("", "")]
    )


def _is_read(column: Column) -> bool:
    """Whether a semantic model says how its dates are read."""
    return column.meaning.is_date and bool(column.meaning.expression)


def _node(column: Column, dialect: str) -> exp.Expr:
    if _is_read(column):
        return sqlglot.parse_one(column.meaning.expression, read=dialect)
    return exp.column(column.name, quoted=True)


def days_of(database: Database, table: Table, *, caller: Caller) -> list[Days]:
    """The days of a table's dates as the caller may see them; none where that cannot be told.

    Raises:
        Unavailable: the database cannot be reached or read.
    """
    columns = dated_columns(table)
    if not columns:
        return []
    named = [_node(column, database.dialect) for column in columns]
    ends = [end for one in named for end in (exp.Min(this=one), exp.Max(this=one.copy()))]
    source = exp.table_(table.own_name, db=table.namespace or None, quoted=True)
    look = exp.select(*(exp.alias_(end, f"end_{at}") for at, end in enumerate(ends))).from_(source)
    try:
        found = database.run(look.sql(database.dialect), caller=caller, seconds=SECONDS).rows
    except Correctable:
        return []
    return _days(table, found[0]) if found else []


def _days(table: Table, ends: "tuple[object, ...] | list[str]") -> list[Days]:
    told: list[Days] = []
    for at, column in enumerate(dated_columns(table)):
        form = "" if _is_read(column) else column.dates
        first, last = (_day(end, form) for end in ends[2 * at : 2 * at + 2])
        if first and last:
            told.append(Days(table.name, column.name, first, last))
    return told


def _day(value: object, form: str) -> date | None:
    """The day of a cell as its column keeps it, None for one that is no date."""
    if isinstance(value, date):
        return value.date() if isinstance(value, datetime) else value
    try:
        return _read(value, form)
    except (ValueError, OverflowError, OSError):
        return None


def _read(value: object, form: str) -> date | None:
    match value:
        case int() | float() if form in (EPOCH, EPOCH_MS):
            return datetime.fromtimestamp(value / (1 if form == EPOCH else 1000), UTC).date()
        case int() | str() if form:
            return datetime.strptime(str(value)[:10], form).replace(tzinfo=UTC).date()
        case str():
            return date.fromisoformat(value[:10])
        case _:
            return None
