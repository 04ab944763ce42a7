"""A database's schema as a model may see it, read from its own catalogue."""

import hashlib
import re
import sqlite3
import time
from collections import deque
from collections.abc import Generator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field, replace
from functools import partial
from itertools import groupby
from operator import itemgetter
from typing import Any, cast

from sqlalchemy import Connection, Inspector, inspect
from sqlalchemy.engine.interfaces import ReflectedColumn
from sqlalchemy.exc import DBAPIError
from sqlalchemy.types import NullType

from tools.sql.access import Access, VisibleSchema
from tools.sql.allowed import SQLITE_FUNCTIONS
from tools.sql.comments import TableComments, read_comments
from tools.sql.folding import ascii_lower
from tools.sql.schema import Column, ForeignKey, Schema, Table
from tools.sql.values import ROWS_COUNTED, ConnectionReader, Numbers, StoredValues, is_number
from tools.sql.view_texts import joined_by_name
from tools.sql.without_effect import check_access

_VIRTUAL = re.compile(r"\s*CREATE\s+VIRTUAL\s", re.IGNORECASE)
_ONE_LOOK_S = 0.25
_SHADOWS = frozenset(
    {"config", "content", "data", "docsize", "idx", "node", "parent", "rowid", "segdir"}
    | {"segments", "stat"}
)


def introspect(connection: Connection, access: Access) -> VisibleSchema:
    """Read tables, views, columns, keys, comments and a little of the values of a SQLite file.

    The connection must be read-only and without an authorizer. Denied tables and columns are
    left out, and so are virtual tables, and views that read something denied.

    Raises:
        Unavailable: a denied name matches nothing.
    """
    return _Introspection(connection, access).sight()


@dataclass(slots=True)
class _Introspection:
    connection: Connection
    access: Access
    inspector: Inspector = field(init=False)
    values: StoredValues = field(init=False)
    creations: dict[str, str] = field(init=False)
    hidden: dict[str, frozenset[str]] = field(default_factory=dict[str, frozenset[str]])

    def __post_init__(self) -> None:
        self.inspector = inspect(self.connection)
        self.values = StoredValues(
            ConnectionReader(self.connection, partial(_one_look, self.connection))
        )
        rows = self.connection.exec_driver_sql("SELECT name, sql FROM sqlite_master")
        self.creations = {name: sql or "" for name, sql in rows}

    def sight(self) -> VisibleSchema:
        unknown = self._check()
        tables = [self._table(name, is_view=False) for name in self._open_tables()]
        lent = self._lent_to_views()
        views = [self._table(name, is_view=True) for name in lent]
        found = tuple(table for table in (*tables, *views) if table.columns)
        kept = tuple(with_visible_keys(table, found) for table in found)
        schema = Schema("sqlite", kept, fingerprint(kept))
        closed = set(map(ascii_lower, self.creations)) - {ascii_lower(t.name) for t in kept}
        borrowing = {ascii_lower(name): pairs for name, pairs in lent.items() if pairs}
        return VisibleSchema(schema, self.hidden, borrowing, frozenset(closed), unknown=unknown)

    def _check(self) -> tuple[str, ...]:
        names = [*self.inspector.get_table_names(), *self.inspector.get_view_names()]
        looked_at = names if self.access.denied_columns else ()
        columns: dict[str, list[str]] = {}
        for name in looked_at:
            # A view may read a table that is gone, and a virtual table may lack its module.
            with suppress(DBAPIError):
                columns[name] = self._names_of(name)
        return check_access(self.access, names, columns)

    def _open_tables(self) -> list[str]:
        virtual = [name for name, sql in self.creations.items() if _VIRTUAL.match(sql)]
        shadows = {f"{name}_{suffix}" for name in virtual for suffix in _SHADOWS}
        names = [name for name in self.inspector.get_table_names() if self.access.shows(name)]
        return [name for name in names if name not in virtual and name not in shadows]

    def _lent_to_views(self) -> dict[str, frozenset[tuple[str, str]]]:
        """The open views that can be read, with what they read of tables that are not open."""
        lent: dict[str, frozenset[tuple[str, str]]] = {}
        for view in filter(self.access.shows, self.inspector.get_view_names()):
            reads = self._reads_of(view)
            if reads is not None and not any(self.access.denies(*read) for read in reads):
                lent[view] = frozenset(read for read in reads if not self.access.shows(read[0]))
        return lent

    def _reads_of(self, view: str) -> frozenset[tuple[str, str]] | None:
        """The (table, column) pairs behind a view; None when it is broken or does too much."""
        reads: set[tuple[str, str]] = set()
        does_more = False

        def record(action: int, first: str | None, second: str | None, *_: str | None) -> int:
            nonlocal does_more
            if action == sqlite3.SQLITE_READ:
                reads.add((ascii_lower(first or ""), ascii_lower(second or "")))
            elif action == sqlite3.SQLITE_FUNCTION:
                does_more |= (second or "").lower() not in SQLITE_FUNCTIONS
            return sqlite3.SQLITE_OK

        driver = cast(sqlite3.Connection, self.connection.connection.driver_connection)
        quoted = self.connection.dialect.identifier_preparer.quote_identifier(view)
        driver.set_authorizer(record)
        try:
            self.connection.exec_driver_sql(f"SELECT * FROM {quoted} LIMIT 0").close()  # noqa: S608 - quoted
        except DBAPIError:
            return None
        finally:
            driver.set_authorizer(None)
        does_more |= any(table.startswith("sqlite_") for table, _ in reads)
        if does_more or self._compares_denied(view):
            return None
        return frozenset(read for read in reads if read[0] != ascii_lower(view))

    def _compares_denied(self, view: str) -> bool:
        """Whether USING or NATURAL JOIN can compare a denied column, in a view or in those below it.

        SQLite tells nobody which columns these read.
        """
        created = {ascii_lower(name): name for name in self.creations}
        names = deque([ascii_lower(view)])
        seen = set(names)
        compared: set[str] = set()
        is_natural = False
        while names:
            said = joined_by_name(self.creations[created[names.popleft()]])
            compared |= said.compared
            is_natural |= said.is_natural
            more = {name for name in map(ascii_lower, said.names) if name in created} - seen
            seen |= more
            names += more
        tables = set(self.inspector.get_table_names()) & {created[name] for name in seen}
        return any(
            self.access.denies(table, name)
            for table in tables
            for name in (self._names_of(table) if is_natural else compared)
        )

    def _names_of(self, table: str) -> list[str]:
        return [column["name"] for column in self.inspector.get_columns(table)]

    def _table(self, name: str, *, is_view: bool) -> Table:
        comments = TableComments()
        if not is_view:
            comments = read_comments(self.creations.get(name, ""), dialect="sqlite")
        reflected = self.inspector.get_columns(name)
        denied = {ascii_lower(c["name"]) for c in reflected if self.access.denies(name, c["name"])}
        if denied:
            self.hidden[ascii_lower(name)] = frozenset(denied)
        columns = tuple(
            self._column(name, column, comments)
            for column in reflected
            if ascii_lower(column["name"]) not in denied
        )
        columns = self._with_numbers(name, columns)
        rows = None if is_view else self._rows(name)
        keys = () if is_view else self._foreign_keys(name, denied)
        return Table(name, columns, keys, comments.table, is_view, rows)

    def _with_numbers(self, table: str, columns: tuple[Column, ...]) -> tuple[Column, ...]:
        names = [c.name for c in columns if is_number(c.kind) and not c.primary_key]
        found = self.values.numbers(table, names)
        seen = [(column, found.get(column.name, Numbers())) for column in columns]
        return tuple(replace(c, strays=n.strays, is_flag=n.is_flag) for c, n in seen)

    def _rows(self, table: str) -> int | None:
        """Exact up to a bound, above it an estimate by the last row's id."""
        counted = self.values.count(table)
        return counted if counted is None or counted <= ROWS_COUNTED else self.values.last(table)

    def _column(self, table: str, column: ReflectedColumn, comments: TableComments) -> Column:
        kind = column["type"]
        kind_text = "" if isinstance(kind, NullType) else kind.compile(self.connection.dialect)
        seen = self.values.look(table, column["name"], kind_text)
        return Column(
            column["name"],
            kind_text,
            column["nullable"],
            # SQLite's dialect says it with the columns, at no further cost.
            primary_key=bool(column.get("primary_key")),
            comment=comments.columns.get(column["name"].lower(), ""),
            samples=seen.samples,
            range=seen.range,
            dates=seen.dates,
        )

    def _foreign_keys(self, table: str, denied: set[str]) -> tuple[ForeignKey, ...]:
        # SQLAlchemy would read each table's text among all of them, which takes the square of them.
        quoted = self.connection.dialect.identifier_preparer.quote_identifier(table)
        found = self.connection.exec_driver_sql(f"PRAGMA foreign_key_list({quoted})")
        rows: list[tuple[Any, ...]] = [tuple(row) for row in found]
        # SQLite begins with the key that was declared last.
        parts = [list(parts) for _, parts in groupby(rows, key=itemgetter(0))]
        keys = map(self._foreign_key, reversed(parts))
        return tuple(key for key in keys if denied.isdisjoint(map(ascii_lower, key.columns)))

    def _foreign_key(self, parts: Sequence[tuple[Any, ...]]) -> ForeignKey:
        """One key of its rows (id, place, table, from, to, …); without `to` it leads to the primary key."""
        columns, other = tuple(part[3] for part in parts), parts[0][2]
        if parts[0][4] is not None:
            return ForeignKey(columns, other, tuple(part[4] for part in parts))
        if not self.inspector.has_table(other):
            return ForeignKey(columns, other, ())
        primary = self.inspector.get_pk_constraint(other)["constrained_columns"]
        return ForeignKey(columns, other, tuple(primary))


def with_visible_keys(table: Table, tables: tuple[Table, ...]) -> Table:
    """The table without the foreign keys that lead to what is not open."""
    if not table.foreign_keys:
        return table
    by_name = {other.name.lower(): other for other in tables}

    def is_visible(key: ForeignKey) -> bool:
        other = by_name.get(key.referred_table.lower())
        return other is not None and all(other.column(name) for name in key.referred_columns)

    keys = tuple(filter(is_visible, table.foreign_keys))
    return replace(table, foreign_keys=keys)


def fingerprint(tables: tuple[Table, ...]) -> str:
    """Sixteen hex digits of the tables' shape: names, types and declared keys, not the values."""
    shape = [
        (
            table.name,
            [(c.name, c.type, c.nullable, c.primary_key) for c in table.columns],
            [
                (k.columns, k.referred_table, k.referred_columns)
                for k in table.foreign_keys
                if k.is_declared
            ],
        )
        for table in tables
    ]
    return hashlib.sha256(repr(shape).encode()).hexdigest()[:16]


@contextmanager
def _one_look(connection: Connection) -> Generator[None]:
    limit = time.monotonic() + _ONE_LOOK_S
    driver = cast(sqlite3.Connection, connection.connection.driver_connection)
    driver.set_progress_handler(lambda: time.monotonic() > limit, 1_000)
    try:
        yield
    finally:
        driver.set_progress_handler(None, 0)
