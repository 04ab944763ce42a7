"""A little of what a database stores: how many rows, which few values, from when to when."""

import re
import sqlite3
import time
from collections.abc import Sequence
from typing import Any, cast

from sqlalchemy import (
    Connection,
    Integer,
    Select,
    String,
    TableClause,
    column,
    func,
    literal_column,
    select,
    table,
)
from sqlalchemy.exc import DBAPIError
from sqlalchemy.sql import quoted_name

_MOST_SAMPLES = 30
_LONGEST_SAMPLE = 40
_ROWS_SAMPLED = 50_000
_ROWS_COUNTED = 200_000
_ONE_LOOK_S = 0.25
_ALL_LOOKS_S = 10.0

_MAY_BE_TEXT = re.compile(r"CHAR|TEXT|CLOB|DATE|TIME|^$", re.IGNORECASE)
_ISO_DATE = re.compile(r"\d{4}-\d{2}-\d{2}([ T]\d{2}:\d{2}.*)?")


class StoredValues:
    """Looks at stored values within a bound of time; what it cannot find in time is left out."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection
        self._last_moment = time.monotonic() + _ALL_LOOKS_S

    def count(self, name: str) -> int | None:
        """The rows of a table: exact up to a bound, above it an estimate by the last row's id."""
        one = literal_column("1", Integer)
        some = select(one).select_from(_table(name)).limit(_ROWS_COUNTED + 1)
        counted = self._first(select(func.count()).select_from(some.subquery()))
        if counted is None or counted <= _ROWS_COUNTED:
            return counted
        last = select(func.max(literal_column("rowid", Integer))).select_from(_table(name))
        return self._first(last) or counted

    def look(
        self, name: str, column_name: str, kind: str
    ) -> tuple[tuple[str, ...], tuple[str, str] | None]:
        """A column's few values, most frequent first, and its first and last date."""
        if not _MAY_BE_TEXT.search(kind):
            return (), None
        values = self._values(name, column_name)
        if values and all(_is_date(value) for value in values):
            return (), self._range(name, column_name)
        few = len(values) <= _MOST_SAMPLES
        short = all(isinstance(v, str) and 0 < len(v) <= _LONGEST_SAMPLE for v in values)
        return tuple(map(str, values)) if few and short else (), None

    def _values(self, name: str, column_name: str) -> list[object]:
        """One more than the most samples, if there are so many different ones."""
        stored = _table(name, column_name).c[column_name]
        some = select(stored.label("v")).limit(_ROWS_SAMPLED).subquery()
        frequent = (
            select(some.c.v)
            .where(some.c.v.is_not(None))
            .group_by(some.c.v)
            .order_by(func.count().desc(), some.c.v)
            .limit(_MOST_SAMPLES + 1)
        )
        return [row[0] for row in self._rows(frequent)]

    def _range(self, name: str, column_name: str) -> tuple[str, str] | None:
        stored = _table(name, column_name).c[column_name]
        rows = self._rows(select(func.min(stored), func.max(stored)))
        if not rows or not all(map(_is_date, rows[0])):
            return None
        return str(rows[0][0]), str(rows[0][1])

    def _first(self, query: Select[int]) -> int | None:
        rows = self._rows(query)
        return rows[0][0] if rows else None

    def _rows(self, query: Select[*tuple[Any, ...]]) -> Sequence[tuple[Any, ...]]:
        """The rows, or none when the engine cannot give them in time."""
        limit = min(time.monotonic() + _ONE_LOOK_S, self._last_moment)
        driver = cast(sqlite3.Connection, self._connection.connection.driver_connection)
        driver.set_progress_handler(lambda: time.monotonic() > limit, 1_000)
        try:
            return [tuple(row) for row in self._connection.execute(query)]
        except DBAPIError:
            return ()
        finally:
            driver.set_progress_handler(None, 0)


def _table(name: str, *columns: str) -> TableClause:
    """A table by its exact name, whatever characters and keywords it is made of."""
    return table(_exact(name), *(column(_exact(item), String) for item in columns))


def _exact(name: str) -> quoted_name:
    return quoted_name(name, quote=True)


def _is_date(value: object) -> bool:
    return isinstance(value, str) and _ISO_DATE.fullmatch(value) is not None
