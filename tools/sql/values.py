"""A little of what a database stores: how many rows, which few values, from when to when."""

import re
import time
from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager
from datetime import date
from typing import Any

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
ROWS_COUNTED = 200_000
_FEW_ROWS = 10_000
_ALL_LOOKS_S = 10.0

_MAY_BE_TEXT = re.compile(r"CHAR|TEXT|CLOB|DATE|TIME|^$", re.IGNORECASE)
_ISO_DATE = re.compile(r"\d{4}-\d{2}-\d{2}([ T]\d{2}:\d{2}.*)?")


class StoredValues:
    """Looks at stored values within a bound of time; what it cannot find in time is left out."""

    def __init__(
        self,
        connection: Connection,
        one_look: Callable[[], AbstractContextManager[None]],
        *,
        namespaces: bool = False,
    ) -> None:
        self._connection = connection
        self._one_look = one_look
        self._has_namespaces = namespaces
        self._last_moment = time.monotonic() + _ALL_LOOKS_S

    def count(self, name: str) -> int | None:
        """The rows of a table up to a bound, and one more where there are more."""
        one = literal_column("1", Integer)
        some = select(one).select_from(self._table(name)).limit(ROWS_COUNTED + 1)
        return self._first(select(func.count()).select_from(some.subquery()))

    def last(self, name: str) -> int | None:
        """The last row's id in a SQLite table: about how many there are."""
        last = select(func.max(literal_column("rowid", Integer))).select_from(self._table(name))
        return self._first(last) or ROWS_COUNTED

    def estimate(self, name: str, statistics: int | None) -> int | None:
        """The engine's own estimate; few rows, or never analysed ones, are counted."""
        if statistics is not None and statistics > _FEW_ROWS:
            return statistics
        counted = self.count(name)
        return statistics if counted is None else counted

    def look(
        self, name: str, column_name: str, kind: str
    ) -> tuple[tuple[str, ...], tuple[str, str] | None]:
        """A column's few values, most frequent first, and its first and last date."""
        if not _MAY_BE_TEXT.search(kind) or time.monotonic() > self._last_moment:
            return (), None
        values = self._values(name, column_name)
        if values and all(_is_date(value) for value in values):
            return (), self._range(name, column_name)
        few = len(values) <= _MOST_SAMPLES
        short = all(isinstance(v, str) and 0 < len(v) <= _LONGEST_SAMPLE for v in values)
        return tuple(map(str, values)) if few and short else (), None

    def _values(self, name: str, column_name: str) -> list[object]:
        """One more than the most samples, if there are so many different ones."""
        stored = self._table(name, column_name).c[column_name]
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
        stored = self._table(name, column_name).c[column_name]
        rows = self._rows(select(func.min(stored), func.max(stored)))
        if not rows or not all(map(_is_date, rows[0])):
            return None
        return str(rows[0][0]), str(rows[0][1])

    def _table(self, key: str, *columns: str) -> TableClause:
        """A table by its exact name, whatever characters and keywords it is made of."""
        namespace, _, name = key.rpartition(".") if self._has_namespaces else ("", "", key)
        schema = _exact(namespace) if namespace else None
        return table(_exact(name), *(column(_exact(n), String) for n in columns), schema=schema)

    def _first(self, query: Select[int]) -> int | None:
        rows = self._rows(query)
        return rows[0][0] if rows else None

    def _rows(self, query: Select[*tuple[Any, ...]]) -> Sequence[tuple[Any, ...]]:
        """The rows, or none when the engine cannot give them in time."""
        if time.monotonic() > self._last_moment:
            return ()
        try:
            with self._one_look():
                return [tuple(map(_plain, row)) for row in self._connection.execute(query)]
        except DBAPIError:
            return ()


def _exact(name: str) -> quoted_name:
    return quoted_name(name, quote=True)


def _plain(value: object) -> object:
    """A date as it would be stored as text; the rest as it is."""
    return str(value) if isinstance(value, date) else value


def _is_date(value: object) -> bool:
    return isinstance(value, str) and _ISO_DATE.fullmatch(value) is not None
