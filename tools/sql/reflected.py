"""SQL Server, Oracle, Snowflake and BigQuery behind the gate, their schemas read by SQLAlchemy.

The guard knows their SQL. No server of them was at hand: what a session is told here follows the
drivers' documentation, and is untested. Sources: https://github.com/mkleehammer/pyodbc/wiki/Connection,
https://python-oracledb.readthedocs.io/en/latest/api_manual/connection.html,
https://docs.snowflake.com/en/sql-reference/parameters
"""

from collections.abc import Callable, Generator, Hashable, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from importlib.util import find_spec
from math import ceil
from typing import Any, cast

from sqlalchemy import Connection, Inspector, event, inspect

from tools.errors import BadInput, DocsqlError, QueryFailed, Refused
from tools.sql.catalogue import Catalogue, StoredColumn, StoredTable
from tools.sql.schema import ForeignKey
from tools.sql.source import Job, statement_too_slow

_LOOK_S = 20.0
_AT_ONCE = 256
_TOO_LATE = ("timeout", "timed out", "hyt00", "ora-01013", "dpy-4024", "canceled", "cancelled")
_AWAY = frozenset({"InterfaceError", "OperationalError"})


@dataclass(frozen=True, slots=True)
class ServerKind:
    """One engine: sqlglot's name of its SQL, its driver, and what a session is told.

    `limit` sets the most seconds of the next statements on the driver's connection, `first` is run
    at the start of each transaction, with `{seconds}`. `reads_percent` says that the driver takes
    `%%` for `%` in every statement.
    """

    name: str
    dialect: str
    driver: str
    module: str
    package: str
    first: tuple[str, ...] = ()
    limit: Callable[[Any, float], None] | None = None
    reads_percent: bool = False


def _percent_doubled(
    _connection: object, _cursor: object, text: str, parameters: object, *_: object
) -> tuple[str, object]:
    """As `google.cloud.bigquery.dbapi.cursor._format_operation` undoes it."""
    return text.replace("%", "%%"), parameters


def _query_timeout(driver: Any, seconds: float) -> None:
    driver.timeout = ceil(seconds)


def _call_timeout(driver: Any, seconds: float) -> None:
    driver.call_timeout = ceil(seconds * 1000)


KINDS: Mapping[str, ServerKind] = {
    "mssql": ServerKind(
        "SQL Server", "tsql", "mssql+pyodbc", "pyodbc", "pyodbc", limit=_query_timeout
    ),
    "oracle": ServerKind(
        "Oracle", "oracle", "oracle+oracledb", "oracledb", "oracledb",
        ("SET TRANSACTION READ ONLY",), _call_timeout,
    ),
    "snowflake": ServerKind(
        "Snowflake", "snowflake", "snowflake", "snowflake.sqlalchemy", "snowflake-sqlalchemy",
        (
            # An account may set it; names that the guard tells apart would be one.
            "ALTER SESSION SET QUOTED_IDENTIFIERS_IGNORE_CASE = FALSE",
            "ALTER SESSION SET STATEMENT_TIMEOUT_IN_SECONDS = {seconds}",
        ),
    ),
    "bigquery": ServerKind(
        "BigQuery", "bigquery", "bigquery", "sqlalchemy_bigquery", "sqlalchemy-bigquery",
        reads_percent=True,
    ),
}  # fmt: skip
"""The engines by SQLAlchemy's name."""


def need_driver(kind: ServerKind) -> None:
    """See that the driver is installed.

    Raises:
        BadInput: it is not; the message names its package.
    """
    try:
        is_there = find_spec(kind.module) is not None
    except ModuleNotFoundError:  # not even the package around it
        is_there = False
    if not is_there:
        raise BadInput(
            f"The driver for {kind.name} is not installed. Install it: pip install {kind.package}"
        )


@dataclass(frozen=True, slots=True)
class Reflected:
    """The part of a server that its driver and SQLAlchemy's inspector give."""

    kind: ServerKind
    raw_errors: tuple[type[Exception], ...] = field(default=(), init=False)
    connect_args: dict[str, object] = field(default_factory=dict[str, object], init=False)
    options: dict[str, object] = field(
        default_factory=lambda: {"stream_results": True, "max_row_buffer": _AT_ONCE}, init=False
    )

    @property
    def dialect(self) -> str:
        """Sqlglot's name."""
        return self.kind.dialect

    @property
    def driver(self) -> str:
        """SQLAlchemy's."""
        return self.kind.driver

    def connect(self, *args: Any, **settings: Any) -> None:
        """A plain connection is enough."""
        del args, settings

    def set_up(self, driver: object) -> None:
        """Nothing that lasts longer than a transaction."""

    def digest(self, connection: Connection, namespaces: Sequence[str]) -> Hashable:
        """The names of the tables and views."""
        inspector = inspect(connection)
        found = [
            (schema, name, is_view)
            for schema in (None, *namespaces)
            for name, is_view in _names(inspector, schema)
        ]
        return tuple(sorted(found, key=str))

    def begin(self, connection: Connection, job: Job) -> None:
        """The limit, and read-only where the engine has such transactions."""
        self._begin(connection, job.seconds)
        if self.kind.reads_percent:
            event.listen(connection, "before_cursor_execute", _percent_doubled, retval=True)

    def begin_look(self, connection: Connection) -> None:
        """The same for introspection."""
        self._begin(connection, _LOOK_S)

    def canceller(self, connection: Connection) -> Callable[[], None]:
        """The driver's own cancel where it has one; else the limit has to do."""
        cancel = getattr(connection.connection.driver_connection, "cancel", None)
        return cast("Callable[[], None]", cancel) if callable(cancel) else lambda: None

    def finish(self, connection: Connection) -> None:
        """Nothing: the transaction is rolled back."""

    def catalogue(self, connection: Connection, namespaces: Sequence[str]) -> Catalogue:
        """What SQLAlchemy's inspector tells; while a column is denied, views are hidden."""
        inspector = inspect(connection)
        stored = _stored_names(connection)
        own = stored(inspector.default_schema_name or "")
        tables: list[StoredTable] = []
        columns: list[StoredColumn] = []
        keys: list[tuple[str, ForeignKey]] = []
        for schema in (None, *namespaces):
            where = stored(schema) if schema else ""
            for name, is_view in _names(inspector, schema):
                plain = stored(name)
                key = f"{where}.{plain}" if where else plain
                tables.append(StoredTable(key, is_view, None, "", where))
                columns += _columns(inspector, name, schema, key, stored)
                keys += _keys(inspector, name, schema, key, where, stored)
        reads = {table.name: None for table in tables if table.is_view}
        return Catalogue(own, tables, columns, keys, reads)

    @contextmanager
    def one_look(self, connection: Connection) -> Generator[None]:
        """Each look has the limit of all of them."""
        del connection
        yield

    def refuse_costly(self, connection: Connection, job: Job) -> None:
        """No cost of these engines can be compared with a cap."""
        del connection, job
        raise Refused(f"{self.kind.name} has no cost to compare with a cap; unset cost_cap.")

    def plan(
        self, connection: Connection, job: Job, rows_of: Mapping[str, int]
    ) -> tuple[int | None, float | None]:
        """Unknown: their EXPLAIN writes into tables, or is billed."""
        del connection, job, rows_of
        return None, None

    def translated(self, error: BaseException | None, seconds: float) -> DocsqlError | None:
        """By the DBAPI's own classes of errors."""
        said = " ".join(str(error).split())
        if any(word in said.lower() for word in _TOO_LATE):
            return statement_too_slow(seconds)
        if type(error).__name__ in _AWAY:
            return None
        return QueryFailed(f"{self.kind.name} could not run this: {said}")

    def names_unknown(self, error: BaseException | None) -> bool:
        """A table may have gone; the schema is looked at again."""
        return type(error).__name__ == "ProgrammingError"

    def _begin(self, connection: Connection, seconds: float) -> None:
        if self.kind.limit is not None:
            self.kind.limit(connection.connection.driver_connection, seconds)
        for statement in self.kind.first:
            connection.exec_driver_sql(statement.format(seconds=ceil(seconds)))


Stored = Callable[[str], str]


def _stored_names(connection: Connection) -> Stored:
    """From SQLAlchemy's names to the stored ones: Oracle's are upper-case unless they are quoted."""
    dialect = connection.dialect

    def stored(name: str) -> str:
        plain = str(name)
        is_folded = dialect.requires_name_normalize
        return str(dialect.denormalize_name(plain)) if is_folded else plain

    return stored


def _names(inspector: Inspector, schema: str | None) -> list[tuple[str, bool]]:
    """Tables and views; BigQuery's come with their data set in front."""
    tables = [(name, False) for name in inspector.get_table_names(schema)]
    views = [(name, True) for name in inspector.get_view_names(schema)]
    own = {name for name, _ in views}
    return [(n.rpartition(".")[2], v) for n, v in (*tables, *views) if v or n not in own]


def _columns(
    inspector: Inspector, name: str, schema: str | None, key: str, stored: Stored
) -> list[StoredColumn]:
    primary = inspector.get_pk_constraint(name, schema).get("constrained_columns") or []
    return [
        StoredColumn(
            key,
            stored(column["name"]),
            str(column["type"]),
            column["nullable"],
            column["name"] in primary,
            column.get("comment") or "",
        )
        for column in inspector.get_columns(name, schema)
    ]


def _keys(
    inspector: Inspector, name: str, schema: str | None, key: str, where: str, stored: Stored
) -> list[tuple[str, ForeignKey]]:
    return [
        (
            key,
            ForeignKey(
                tuple(map(stored, found["constrained_columns"])),
                f"{where}.{stored(found['referred_table'])}"
                if where
                else stored(found["referred_table"]),
                tuple(map(stored, found["referred_columns"])),
            ),
        )
        for found in inspector.get_foreign_keys(name, schema)
    ]
