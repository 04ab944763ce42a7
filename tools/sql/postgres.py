"""PostgreSQL behind the gate: a read-only transaction, a cursor on the server, and its caller.

Sources: https://www.postgresql.org/docs/current/sql-set-transaction.html,
https://www.postgresql.org/docs/current/errcodes-appendix.html
"""

import json
import logging
from collections.abc import Callable, Generator, Hashable, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from typing import Any, Self, cast

import psycopg
from psycopg import errors, waiting
from psycopg.abc import RV, PQGen
from sqlalchemy import Connection
from sqlalchemy.exc import DBAPIError

from tools.errors import DocsqlError, QueryFailed, Refused, TooSlow, Unavailable
from tools.sql.catalogue import Catalogue
from tools.sql.catalogue_postgres import postgres_digest, read_postgres_catalogue
from tools.sql.estimate import Plan, of_postgres
from tools.sql.postgres_values import register_loaders
from tools.sql.relay import Relay
from tools.sql.roles import Roles
from tools.sql.source import Job, statement_too_slow
from tools.sql.watch import AnswerTooLarge, Watched

_LOG = logging.getLogger(__name__)
_ROWS_AT_ONCE = 100
_LOOK_MS = 20_000
_ONE_LOOK_MS = 250
_CANCEL_S = 5.0
_CONNECT_S = 5
_WAKE_S = 0.1

_BEGIN = """
SELECT set_config('statement_timeout', %s, true), set_config('cursor_tuple_fraction', '1', true),
  set_config('search_path', %s, true),
  set_config('docsql.caller_id', %s, true),
  set_config('docsql.caller_groups', (%s::text[])::text, true)
"""
_BEGIN_LOOK = """
SELECT set_config('statement_timeout', %s, true), set_config('docsql.caller_id', '', true),
  set_config('search_path', quote_ident(current_schema()) || ', pg_temp', true),
  set_config('docsql.caller_groups', '{}', true)
"""
_ROLE = "SELECT set_config('role', %s, true)"


class WatchedPostgresConnection(psycopg.Connection[Any], Watched):
    """Reads its answers under a watch: what comes from the server passes a relay, to be counted."""

    _relay: Relay | None = None

    def put_relay(self) -> Self:
        """Begin to count; the connection must have been made."""
        self._relay = Relay(self.pgconn.socket)
        return self

    def wait(self, gen: PQGen[RV], interval: float = _WAKE_S, timeout: float | None = None) -> RV:
        """Wait for the server, as long and for as much as the watch allows.

        Raises:
            TooSlow, TooMuch: it does not any longer; the connection is closed.
        """
        relay = self._relay
        if relay is None:
            return super().wait(gen, interval, timeout)
        try:
            wanted = next(gen)
            while True:
                wanted = gen.send(self._exchanged(relay, wanted))
        except StopIteration as end:
            return end.value
        except (TooSlow, AnswerTooLarge):
            self.is_given_up = True
            self.close()
            raise
        except KeyboardInterrupt:
            with suppress(psycopg.Error):
                self.cancel_safe(timeout=_CANCEL_S)
            raise

    def close(self) -> None:
        """Close the connection."""
        super().close()
        if self._relay is not None:
            self._relay.close()

    def _exchanged(self, relay: Relay, wanted: waiting.Wait) -> waiting.Ready:
        if self.watch is not None:
            self.watch.see_that_it_goes_on()
        ready, came = relay.exchange(wanted, _WAKE_S)
        if self.watch is not None:
            self.watch.took(came)
        return ready


@dataclass(frozen=True, slots=True)
class Postgres:
    """The PostgreSQL part of a server; the role is set in every transaction.

    A statement names its tables and functions with their schemas. Operators are resolved in
    `pg_catalog` and `schemas` only, so operators defined elsewhere are never used.
    """

    roles: Roles = field(default_factory=Roles)
    schemas: tuple[str, ...] = ()
    timezone: str = ""
    raw_errors: tuple[type[Exception], ...] = field(default=(), init=False)
    dialect: str = field(default="postgres", init=False)
    driver: str = field(default="postgresql+psycopg", init=False)
    connect_args: dict[str, object] = field(
        default_factory=lambda: {
            "options": "-c standard_conforming_strings=on -c default_transaction_read_only=on",
            "client_encoding": "utf8",
            "connect_timeout": _CONNECT_S,
        },
        init=False,
    )
    options: dict[str, object] = field(
        default_factory=lambda: {"stream_results": True, "max_row_buffer": _ROWS_AT_ONCE},
        init=False,
    )

    def connect(self, *args: Any, **settings: Any) -> object:
        """Psycopg's connection, under a watch."""
        return WatchedPostgresConnection.connect(*args, **settings).put_relay()

    def digest(self, connection: Connection, namespaces: Sequence[str]) -> Hashable:
        """The catalogue's own rows of tables and columns, with the rights to them."""
        return postgres_digest(_driver_of(connection), namespaces)

    def set_up(self, driver: object) -> None:
        """Every transaction of the connection begins as BEGIN READ ONLY."""
        connection = cast(psycopg.Connection, driver)
        connection.read_only = True
        if self.timezone:
            with connection.transaction():
                connection.execute("SELECT set_config('TimeZone', %s, false)", (self.timezone,))
        register_loaders(connection.adapters)

    def begin(self, connection: Connection, job: Job) -> None:
        """SET LOCAL in one round trip; the role comes last, it may be allowed less."""
        groups = sorted(job.caller.groups)
        limit = f"{max(1, int(job.seconds * 1000))}"
        path = ", ".join(_quoted(name) for name in ("pg_catalog", *self.schemas, "pg_temp"))
        connection.exec_driver_sql(_BEGIN, (limit, path, job.caller.id, groups))
        self._take(connection, self.roles.of(job.caller))

    def begin_look(self, connection: Connection) -> None:
        """Introspection is nobody's: row-level security shows it what it shows everybody."""
        connection.exec_driver_sql(_BEGIN_LOOK, (f"{_LOOK_MS}",))
        self._take(connection, self.roles.usual)

    def canceller(self, connection: Connection) -> Callable[[], None]:
        """The protocol's own cancel request, over a connection of its own."""
        driver = _driver_of(connection)

        def cancel() -> None:
            try:
                driver.cancel_safe(timeout=_CANCEL_S)
            except psycopg.Error as error:
                _LOG.warning(
                    "A statement could not be cancelled, its connection is closed: %s", error
                )

        return cancel

    def finish(self, connection: Connection) -> None:
        """Nothing: the rollback that follows closes the cursor, and with it the rest of a result."""

    def catalogue(self, connection: Connection, namespaces: Sequence[str]) -> Catalogue:
        """The objects that the login or its role may read, in the first schema of its search path and in others."""
        return read_postgres_catalogue(_driver_of(connection), namespaces)

    @contextmanager
    def one_look(self, connection: Connection) -> Generator[None]:
        """A savepoint with a short limit: what fails in it does not end the transaction."""
        connection.exec_driver_sql(f"SET LOCAL statement_timeout = {_ONE_LOOK_MS}")
        nested = connection.begin_nested()
        try:
            yield
        except DBAPIError:
            nested.rollback()
            raise
        nested.commit()

    def refuse_costly(self, connection: Connection, job: Job) -> None:
        """EXPLAIN first: the planner's total cost, in its own units."""
        _, cost = of_postgres(_explained(connection, job), {})
        if job.cost is not None and cost > job.cost:
            raise Refused(
                f"The plan of this statement costs {cost:,.0f} and may cost {job.cost:,.0f}. "
                "Filter more, join on keys, or aggregate before joining."
            )

    def plan(
        self, connection: Connection, job: Job, rows_of: Mapping[str, int]
    ) -> tuple[int | None, float | None]:
        """EXPLAIN, without its cursor: the whole plan is one row."""
        return of_postgres(_explained(connection, job), rows_of)

    def translated(self, error: BaseException | None, seconds: float) -> DocsqlError | None:
        """By SQLSTATE; without one it is the connection that failed."""
        match error:
            case errors.QueryCanceled():
                return statement_too_slow(seconds)
            case errors.InsufficientPrivilege() if "set role" in str(error):
                return Unavailable(f"Set another role for this database: {_said(error)}.")
            case errors.InsufficientPrivilege():
                return QueryFailed(f"The database's login may not do this: {_said(error)}.")
            case errors.InvalidParameterValue() if "role" in str(error):
                return Unavailable(f"Set another role for this database: {_said(error)}.")
            case psycopg.Error() if error.sqlstate is None or error.sqlstate[:2] in _OUT_OF_ORDER:
                return _met_limit(error)
            case _:
                return _met_limit(error) or QueryFailed(
                    f"PostgreSQL could not run this: {_said(error)}"
                )

    def names_unknown(self, error: BaseException | None) -> bool:
        """A table or column has gone since the last look."""
        return isinstance(error, errors.UndefinedTable | errors.UndefinedColumn)

    def _take(self, connection: Connection, role: str | None) -> None:
        if role is not None:
            connection.exec_driver_sql(_ROLE, (role,))


_OUT_OF_ORDER = frozenset({"08", "28", "3D", "53", "57", "58", "XX"})
"""Classes of SQLSTATE that the operator has to act on, from connection to internal error."""
_NEEDS_MORE = frozenset({"53000", "53200"})
"""Class 53 errors that a smaller statement avoids; too many connections are not among them."""
_MUCH_MEMORY = "invalid memory alloc request size"
"""An internal error by its SQLSTATE, and raised where a value would be larger than 1 GB."""
_LIMITS = "54"
_NEEDS_DISK = (
    "This needs more temporary disk space than the server has for a statement: {}. Filter more "
    "before joining, sort or group fewer rows, or select fewer and shorter columns."
)
_NEEDS_MEMORY = (
    "This needs more memory than the server has for a statement: {}. Filter more before joining, "
    "aggregate less into one value, or build shorter texts."
)
_CANNOT_READ = "This answer holds a value that cannot be read: {}. Cast it to text."
_IS_TOO_LARGE = (
    "This asks too much of one statement: {}. Select fewer columns, nest less, or build shorter "
    "texts."
)


def _met_limit(error: BaseException | None) -> QueryFailed | None:
    """A statement that met a limit of the server's or the client's, which another does not meet."""
    match error:
        case errors.ConfigurationLimitExceeded() | errors.DiskFull():
            template = _NEEDS_DISK
        case psycopg.Error() if error.sqlstate in _NEEDS_MORE or _MUCH_MEMORY in str(error):
            template = _NEEDS_MEMORY
        case psycopg.Error() if (error.sqlstate or "").startswith(_LIMITS):
            template = _IS_TOO_LARGE
        case psycopg.DataError() if error.sqlstate is None:  # the client's
            template = _CANNOT_READ
        case _:
            return None
    return QueryFailed(template.format(_said(error)))


def _explained(connection: Connection, job: Job) -> Plan:
    options = connection.execution_options(no_parameters=True, stream_results=False)
    plan = options.exec_driver_sql(f"EXPLAIN (FORMAT JSON) {job.text}").scalar_one()
    return cast("Plan", (json.loads(plan) if isinstance(plan, str) else plan)[0]["Plan"])


def _quoted(name: str) -> str:
    return '"{}"'.format(name.replace('"', '""'))


def _driver_of(connection: Connection) -> "psycopg.Connection[Any]":
    return cast("psycopg.Connection[Any]", connection.connection.driver_connection)


def _said(error: BaseException | None) -> str:
    """The server's words; where a name is unknown without its hint, which may name what is closed."""
    if not isinstance(error, psycopg.Error):
        return str(error)
    said = error.diag.message_primary or str(error)
    if isinstance(error, errors.UndefinedColumn | errors.UndefinedTable):
        return said
    return ". ".join(filter(None, (said, error.diag.message_hint)))
