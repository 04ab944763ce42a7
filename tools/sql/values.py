"""A little of what a database stores: how many rows, which few values, from when to when."""

import re
import time
from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from datetime import date
from typing import Any, Protocol

from sqlalchemy import Connection
from sqlalchemy.exc import DBAPIError

from tools.sql.dates import date_form, may_be_dates

MOST_SAMPLES = 30
_LONGEST_SAMPLE = 40
_ROWS_SAMPLED = 50_000
ROWS_COUNTED = 200_000
_FEW_ROWS = 10_000
_ALL_LOOKS_S = 10.0

_MAY_BE_TEXT = re.compile(r"CHAR|TEXT|CLOB|ENUM|DATE|TIME|^$", re.IGNORECASE)
_IS_NUMBER = re.compile(r"INT|REAL|FLOA|DOUB|NUM|DEC|MONEY", re.IGNORECASE)
_IS_DATE = re.compile(r"DATE|TIME", re.IGNORECASE)
_ISO_DATE = re.compile(r"\d{4}-\d{2}-\d{2}([ T]\d{2}:\d{2}.*)?")


@dataclass(frozen=True, slots=True)
class Seen:
    """Properties found by reading a column; the fields are those of `Column`."""

    samples: tuple[str, ...] = ()
    range: tuple[str, str] | None = None
    dates: str = ""


@dataclass(frozen=True, slots=True)
class Numbers:
    """Statistics of a number column; the fields are those of `Column`."""

    strays: int = 0
    is_flag: bool = False


class ValueReader(Protocol):
    """Runs our own looks at a database; `quotes` are the signs around its names."""

    @property
    def quotes(self) -> tuple[str, str]:
        """The first and the last sign."""
        ...

    def rows(self, query: str) -> Sequence[Sequence[Any]]:
        """All rows, or none when the engine cannot give them in time."""
        ...


class ConnectionReader:
    """A reader over a SQLAlchemy connection, each look with a bound of its own."""

    def __init__(
        self, connection: Connection, one_look: Callable[[], AbstractContextManager[None]]
    ) -> None:
        # The names are quoted by us: SQLAlchemy compiles a statement in a hundred times its run.
        self._connection = connection.execution_options(no_parameters=True)
        self._one_look = one_look

    @property
    def quotes(self) -> tuple[str, str]:
        """The dialect's; its own quoting would double a per cent sign for drivers with parameters."""
        marks = self._connection.dialect.identifier_preparer
        return marks.initial_quote, marks.final_quote

    def rows(self, query: str) -> Sequence[Sequence[Any]]:
        """All rows, or none when the engine cannot give them in time."""
        try:
            with self._one_look():
                return self._connection.exec_driver_sql(query).all()
        except DBAPIError:
            return ()


class StoredValues:
    """Samples stored values within a time limit; the rest is left out."""

    def __init__(self, reader: ValueReader, *, namespaces: bool = False) -> None:
        self._reader = reader
        self._has_namespaces = namespaces
        self._last_moment = time.monotonic() + _ALL_LOOKS_S

    def count(self, name: str) -> int | None:
        """The rows of a table up to a bound, and one more where there are more."""
        some = f"SELECT 1 AS one FROM {self._table(name)} LIMIT {ROWS_COUNTED + 1}"  # noqa: S608 - quoted
        return self._first(f"SELECT count(*) FROM ({some}) AS looked")  # noqa: S608 - quoted

    def last(self, name: str) -> int | None:
        """The last row's id in a SQLite table: about how many there are."""
        last = f"SELECT max(rowid) FROM {self._table(name)}"  # noqa: S608 - quoted
        return self._first(last) or ROWS_COUNTED

    def estimate(self, name: str, statistics: int | None) -> int | None:
        """The engine's own estimate; few rows, or never analysed ones, are counted."""
        if statistics is not None and statistics > _FEW_ROWS:
            return statistics
        counted = self.count(name)
        return statistics if counted is None else counted

    def look(self, table: str, column: str, kind: str) -> Seen:
        """A column's few values, its first and last date, or how else it keeps dates."""
        named = may_be_dates(column) or _IS_DATE.search(kind) is not None
        is_looked_at = _MAY_BE_TEXT.search(kind) or (named and is_number(kind))
        if not is_looked_at or time.monotonic() > self._last_moment:
            return Seen()
        values = self._values(table, column)
        if values and all(_is_date(value) for value in values):
            return Seen(range=self._range(table, column))
        if form := date_form(values, named=named):
            return Seen(dates=form)
        few = len(values) <= MOST_SAMPLES
        short = all(isinstance(v, str) and 0 < len(v) <= _LONGEST_SAMPLE for v in values)
        return Seen(tuple(map(str, values)) if few and short else ())

    def numbers(self, table: str, columns: Sequence[str]) -> dict[str, Numbers]:
        """Non-numbers in SQLite's number columns, and whether the numbers are only 0 and 1."""
        if not columns:
            return {}
        quoted = [self._quoted(column) for column in columns]
        some = f"SELECT {', '.join(quoted)} FROM {self._table(table)} LIMIT {ROWS_COUNTED}"  # noqa: S608 - quoted
        counts = (
            f"sum(typeof({one}) = 'text'), sum(typeof({one}) IN ('integer', 'real')), "
            f"sum({one} NOT IN (0, 1))"
            for one in quoted
        )
        rows = self._rows(f"SELECT {', '.join(counts)} FROM ({some})")  # noqa: S608 - quoted
        told = [count or 0 for count in rows[0]] if rows else []
        counted = zip(columns, told[::3], told[1::3], told[2::3], strict=False)
        return {
            name: Numbers(texts if found else 0, is_flag=bool(found) and not others)
            for name, texts, found, others in counted
        }

    def _values(self, name: str, column_name: str) -> list[object]:
        """One more than the most samples, if there are so many different ones."""
        stored, of = self._quoted(column_name), self._table(name)
        some = f"SELECT {stored} AS v FROM {of} LIMIT {_ROWS_SAMPLED}"  # noqa: S608 - quoted
        frequent = (
            f"SELECT looked.v FROM ({some}) AS looked WHERE looked.v IS NOT NULL "  # noqa: S608 - quoted
            f"GROUP BY looked.v ORDER BY count(*) DESC, looked.v LIMIT {MOST_SAMPLES + 1}"
        )
        return [row[0] for row in self._rows(frequent)]

    def _range(self, name: str, column_name: str) -> tuple[str, str] | None:
        stored = self._quoted(column_name)
        rows = self._rows(f"SELECT min({stored}), max({stored}) FROM {self._table(name)}")  # noqa: S608 - quoted
        if not rows or not all(map(_is_date, rows[0])):
            return None
        return str(rows[0][0]), str(rows[0][1])

    def _table(self, key: str) -> str:
        """A table by its exact name, whatever characters and keywords it is made of."""
        namespace, _, name = key.rpartition(".") if self._has_namespaces else ("", "", key)
        return ".".join(map(self._quoted, filter(None, (namespace, name))))

    def _quoted(self, name: str) -> str:
        first, last = self._reader.quotes
        return f"{first}{name.replace(last, last + last)}{last}"

    def _first(self, query: str) -> int | None:
        rows = self._rows(query)
        return rows[0][0] if rows else None

    def _rows(self, query: str) -> Sequence[tuple[Any, ...]]:
        """The rows, or none when the engine cannot give them in time."""
        if time.monotonic() > self._last_moment:
            return ()
        return [tuple(map(_plain, row)) for row in self._reader.rows(query)]


def is_number(kind: str) -> bool:
    """Whether a declared type is one of numbers."""
    return _IS_NUMBER.search(kind) is not None


def _plain(value: object) -> object:
    """A date as it would be stored as text; the rest as it is."""
    return str(value) if isinstance(value, date) else value


def _is_date(value: object) -> bool:
    return isinstance(value, str) and _ISO_DATE.fullmatch(value) is not None
