"""Trino behind the gate: one catalog's schemas, a limit of its own for every query, cancel.

Trino has no roles to take and no read-only transactions over all its connectors: what the login
may not write is the operator's to grant. Source: https://trino.io/docs/current/
"""

from collections.abc import Callable, Generator, Hashable, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any, Protocol, cast

from sqlalchemy import Connection, event

from tools.errors import DocsqlError, QueryFailed, Refused
from tools.sql.catalogue import Catalogue, StoredColumn, StoredTable
from tools.sql.source import Job, statement_too_slow

_LOOK_S = 20.0
_ONE_LOOK_S = 2.0
_REQUEST_S = 30.0
_STOPPED = frozenset({"EXCEEDED_TIME_LIMIT", "USER_CANCELED", "EXCEEDED_CPU_LIMIT"})
_UNKNOWN = frozenset({"TABLE_NOT_FOUND", "COLUMN_NOT_FOUND", "SCHEMA_NOT_FOUND"})


class _Cursor(Protocol):
    def cancel(self) -> None: ...


@dataclass(frozen=True, slots=True)
class Trino:
    """The Trino part of a server; `schema` is that of the URL."""

    schema: str
    dialect: str = field(default="trino", init=False)
    driver: str = field(default="trino", init=False)
    connect_args: dict[str, object] = field(
        default_factory=lambda: {"request_timeout": _REQUEST_S, "source": "docsql"}, init=False
    )
    options: dict[str, object] = field(default_factory=dict[str, object], init=False)

    @property
    def raw_errors(self) -> tuple[type[Exception], ...]:
        """Its client's errors of HTTP are none that the DBAPI knows."""
        from requests import RequestException  # noqa: PLC0415  # of the extra
        from trino.exceptions import HttpError  # noqa: PLC0415

        return (HttpError, RequestException)

    def connect(self, *args: Any, **settings: Any) -> None:
        """SQLAlchemy's own way: Trino's client reads pages of a size that the server bounds."""

    def set_up(self, driver: object) -> None:
        """Nothing: a connection to Trino has no state before its first query."""

    def begin(self, connection: Connection, job: Job) -> None:
        """Trino ends the query by itself after these seconds, waiting for resources included."""
        _limit(connection, job.seconds)

    def begin_look(self, connection: Connection) -> None:
        """The same for introspection."""
        _limit(connection, _LOOK_S)

    def canceller(self, connection: Connection) -> Callable[[], None]:
        """Cancel whatever the connection's latest cursor runs."""
        running: list[_Cursor] = []

        def remember(_connection: object, cursor: _Cursor, *_rest: object) -> None:
            running[:] = [cursor]

        def cancel() -> None:
            for cursor in running:
                cursor.cancel()

        event.listen(connection, "before_cursor_execute", remember)
        return cancel

    def finish(self, connection: Connection) -> None:
        """Nothing: closing the result cancels what is left of it."""

    def digest(self, connection: Connection, namespaces: Sequence[str]) -> Hashable:
        """Every column of the open schemas with its type."""
        return tuple(
            self._rows(
                connection,
                "columns",
                "table_schema, table_name, column_name, data_type",
                namespaces,
            )
        )

    def catalogue(self, connection: Connection, namespaces: Sequence[str]) -> Catalogue:
        """The tables and views of the catalog's open schemas; Trino knows neither keys nor rights.

        Nobody can tell what a view of another engine reads, so none is open while columns are denied.
        """
        tables = [
            StoredTable(self._key(schema, name), kind == "VIEW", None, "", self._other(schema))
            for schema, name, kind in self._rows(
                connection, "tables", "table_schema, table_name, table_type", namespaces
            )
        ]
        columns = [
            StoredColumn(
                self._key(schema, table), name, kind, null == "YES", is_key=False, comment=""
            )
            for schema, table, name, kind, null in self._rows(
                connection,
                "columns",
                "table_schema, table_name, column_name, data_type, is_nullable",
                namespaces,
                order=", ordinal_position",
            )
        ]
        reads = {table.name: None for table in tables if table.is_view}
        return Catalogue(self.schema, tables, columns, (), reads)

    @contextmanager
    def one_look(self, connection: Connection) -> Generator[None]:
        """A short limit for the session, until the next statement sets its own."""
        _limit(connection, _ONE_LOOK_S)
        yield

    def refuse_costly(self, connection: Connection, job: Job) -> None:
        """Trino's costs are not a single number, so a cap cannot be compared."""
        del connection, job
        raise Refused("Trino has no cost to compare with a cap; the operator has to unset it.")

    def plan(
        self, connection: Connection, job: Job, rows_of: Mapping[str, int]
    ) -> tuple[int | None, float | None]:
        """Have it validated; connectors seldom tell how many rows they have."""
        del rows_of
        connection.exec_driver_sql(f"EXPLAIN (TYPE VALIDATE) {job.text}").close()
        return None, None

    def translated(self, error: BaseException | None, seconds: float) -> DocsqlError | None:
        """By Trino's own error name; without one it is the connection that failed."""
        name = getattr(error, "error_name", None)
        if name is None:
            return None
        if name in _STOPPED:
            return statement_too_slow(seconds)
        return QueryFailed(f"Trino could not run this: {getattr(error, 'message', error)}")

    def names_unknown(self, error: BaseException | None) -> bool:
        """A table or column has gone since the last look."""
        return getattr(error, "error_name", None) in _UNKNOWN

    def _rows(
        self,
        connection: Connection,
        view: str,
        names: str,
        others: Sequence[str],
        *,
        order: str = "",
    ) -> list[tuple[Any, ...]]:
        listed = ", ".join(_text(name) for name in (self.schema, *others))
        rows = connection.exec_driver_sql(
            f"SELECT {names} FROM information_schema.{view} "  # noqa: S608  # names of ours, texts quoted
            f"WHERE table_schema IN ({listed}) AND table_schema <> 'information_schema' "
            f"ORDER BY table_schema <> {_text(self.schema)}, table_schema, table_name{order}"
        )
        return [tuple(cast("Sequence[Any]", row)) for row in rows]

    def _key(self, schema: str, name: str) -> str:
        return name if schema == self.schema else f"{schema}.{name}"

    def _other(self, schema: str) -> str:
        return "" if schema == self.schema else schema


def _limit(connection: Connection, seconds: float) -> None:
    connection.exec_driver_sql(f"SET SESSION query_max_run_time = '{seconds:.2f}s'").close()


def _text(value: str) -> str:
    quoted = value.replace("'", "''")
    return f"'{quoted}'"
