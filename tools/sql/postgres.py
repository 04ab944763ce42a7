"""PostgreSQL behind the gate: a read-only transaction, a cursor on the server, and its caller.

Sources: https://www.postgresql.org/docs/current/sql-set-transaction.html,
https://www.postgresql.org/docs/current/errcodes-appendix.html
"""

import json
from collections.abc import Callable, Generator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any, LiteralString, cast

import psycopg
from psycopg import errors
from sqlalchemy import Connection
from sqlalchemy.exc import DBAPIError

from tools.errors import DocsqlError, QueryFailed, Refused, Unavailable
from tools.sql.catalogue import Catalogue, Reads, StoredColumn, StoredTable
from tools.sql.estimate import Plan, of_postgres
from tools.sql.schema import ForeignKey
from tools.sql.source import Job, too_slow

_ROWS_AT_ONCE = 100
_LOOK_MS = 20_000
_ONE_LOOK_MS = 250
_CANCEL_S = 5.0

_BEGIN = """
SELECT set_config('statement_timeout', %s, true), set_config('cursor_tuple_fraction', '1', true),
  set_config('search_path', quote_ident(current_schema()) || ', pg_temp', true),
  set_config('docsql.caller_id', %s, true),
  set_config('docsql.caller_groups', (%s::text[])::text, true)
"""
_ROLE = "SELECT set_config('role', %s, true)"

_DIGEST = """
SELECT current_schema(), current_user, count(*), md5(string_agg(concat_ws(' ', c.oid, c.relname,
  c.relkind, c.relacl, a.attnum, a.attname, a.atttypid, a.atttypmod, a.attnotnull, a.attacl,
  a.xmin, c.xmin), ',' ORDER BY c.oid, a.attnum))
FROM pg_class c JOIN pg_attribute a ON a.attrelid = c.oid
WHERE c.relnamespace = current_schema()::regnamespace
  AND c.relkind IN ('r', 'p', 'v', 'm', 'f') AND a.attnum > 0 AND NOT a.attisdropped
"""

_TABLES: LiteralString = """
SELECT c.relname, c.relkind IN ('v', 'm'), c.reltuples::bigint,
  coalesce(obj_description(c.oid, 'pg_class'), '')
FROM pg_class c WHERE c.relnamespace = current_schema()::regnamespace
  AND c.relkind IN ('r', 'p', 'v', 'm', 'f') AND c.relname NOT LIKE 'pg\\_%'
  AND has_any_column_privilege(c.oid, 'SELECT')
ORDER BY c.relname
"""

_COLUMNS: LiteralString = """
SELECT c.relname, a.attname, format_type(a.atttypid, a.atttypmod), NOT a.attnotnull,
  coalesce(a.attnum = ANY (k.conkey), false), coalesce(col_description(c.oid, a.attnum), ''),
  NOT has_column_privilege(c.oid, a.attnum, 'SELECT')
FROM pg_class c JOIN pg_attribute a ON a.attrelid = c.oid
LEFT JOIN pg_constraint k ON k.conrelid = c.oid AND k.contype = 'p'
WHERE c.relnamespace = current_schema()::regnamespace
  AND c.relkind IN ('r', 'p', 'v', 'm', 'f') AND a.attnum > 0 AND NOT a.attisdropped
ORDER BY c.relname, a.attnum
"""

_KEYS: LiteralString = """
SELECT c.relname, f.relname,
  ARRAY(SELECT a.attname::text FROM unnest(k.conkey) WITH ORDINALITY n(num, place)
    JOIN pg_attribute a ON a.attrelid = k.conrelid AND a.attnum = n.num ORDER BY n.place),
  ARRAY(SELECT a.attname::text FROM unnest(k.confkey) WITH ORDINALITY n(num, place)
    JOIN pg_attribute a ON a.attrelid = k.confrelid AND a.attnum = n.num ORDER BY n.place)
FROM pg_constraint k JOIN pg_class c ON c.oid = k.conrelid JOIN pg_class f ON f.oid = k.confrelid
WHERE k.contype = 'f' AND c.relnamespace = current_schema()::regnamespace
  AND f.relnamespace = c.relnamespace
ORDER BY c.relname, k.conname
"""

_READS: LiteralString = """
SELECT DISTINCT v.relname, t.relname, a.attname
FROM pg_rewrite r JOIN pg_class v ON v.oid = r.ev_class
JOIN pg_depend d ON d.classid = 'pg_rewrite'::regclass AND d.objid = r.oid
  AND d.refclassid = 'pg_class'::regclass AND d.refobjid <> v.oid
JOIN pg_class t ON t.oid = d.refobjid
JOIN pg_attribute a ON a.attrelid = t.oid AND a.attnum > 0
  AND (d.refobjsubid = a.attnum OR d.refobjsubid = 0)
WHERE v.relnamespace = current_schema()::regnamespace AND v.relkind IN ('v', 'm')
"""
"""Whole rows count as every column; what a view reads of a view is followed in Python."""


@dataclass(frozen=True, slots=True)
class Postgres:
    """What is PostgreSQL's own of a server behind the gate; `role` is taken in every transaction."""

    role: str | None = None
    dialect: str = field(default="postgres", init=False)
    driver: str = field(default="postgresql+psycopg", init=False)
    connect_args: dict[str, object] = field(
        default_factory=lambda: {
            "options": "-c standard_conforming_strings=on -c default_transaction_read_only=on",
            "client_encoding": "utf8",
        },
        init=False,
    )
    options: dict[str, object] = field(
        default_factory=lambda: {"stream_results": True, "max_row_buffer": _ROWS_AT_ONCE},
        init=False,
    )
    digest: str = field(default=_DIGEST, init=False)

    def set_up(self, driver: object) -> None:
        """Every transaction of the connection begins as BEGIN READ ONLY."""
        cast(psycopg.Connection, driver).read_only = True

    def begin(self, connection: Connection, job: Job) -> None:
        """SET LOCAL in one round trip; the role comes last, it may be allowed less."""
        groups = sorted(job.caller.groups)
        limit = f"{max(1, int(job.seconds * 1000))}"
        self._begin(connection, limit, job.caller.id, groups)

    def begin_look(self, connection: Connection) -> None:
        """Introspection is nobody's: row-level security shows it what it shows everybody."""
        self._begin(connection, f"{_LOOK_MS}", "", [])

    def canceller(self, connection: Connection) -> Callable[[], None]:
        """The protocol's own cancel request, over a connection of its own."""
        driver = _driver_of(connection)

        def cancel() -> None:
            driver.cancel_safe(timeout=_CANCEL_S)

        return cancel

    def finish(self, connection: Connection) -> None:
        """Nothing: the rollback that follows closes the cursor, and with it the rest of a result."""

    def catalogue(self, connection: Connection) -> Catalogue:
        """What the login or its role may read in the first schema of its search path."""
        driver = _driver_of(connection)
        schema = driver.execute("SELECT current_schema()").fetchone()
        tables = [StoredTable(*row) for row in driver.execute(_TABLES)]
        columns = [StoredColumn(*row) for row in driver.execute(_COLUMNS)]
        keys = [
            (table, ForeignKey(tuple(here), other, tuple(there)))
            for table, other, here, there in driver.execute(_KEYS)
        ]
        return Catalogue(str(schema[0]) if schema else "", tables, columns, keys, _reads(driver))

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
                return too_slow(seconds)
            case errors.InsufficientPrivilege() if "set role" in str(error):
                return Unavailable(f"Set another role for this database: {_said(error)}.")
            case errors.InsufficientPrivilege():
                return QueryFailed(f"The database's login may not do this: {_said(error)}.")
            case errors.InvalidParameterValue() if "role" in str(error):
                return Unavailable(f"Set another role for this database: {_said(error)}.")
            case psycopg.Error() if error.sqlstate is None or error.sqlstate[:2] in _OUT_OF_ORDER:
                return None
            case _:
                return QueryFailed(f"PostgreSQL could not run this: {_said(error)}")

    def names_unknown(self, error: BaseException | None) -> bool:
        """A table or column has gone since the last look."""
        return isinstance(error, errors.UndefinedTable | errors.UndefinedColumn)

    def _begin(self, connection: Connection, limit: str, caller: str, groups: list[str]) -> None:
        connection.exec_driver_sql(_BEGIN, (limit, caller, groups))
        if self.role is not None:
            connection.exec_driver_sql(_ROLE, (self.role,))


_OUT_OF_ORDER = frozenset({"08", "28", "3D", "53", "57", "58", "XX"})
"""Classes of SQLSTATE that the operator has to act on, from connection to internal error."""


def _explained(connection: Connection, job: Job) -> Plan:
    options = connection.execution_options(no_parameters=True, stream_results=False)
    plan = options.exec_driver_sql(f"EXPLAIN (FORMAT JSON) {job.text}").scalar_one()
    return cast("Plan", (json.loads(plan) if isinstance(plan, str) else plan)[0]["Plan"])


def _reads(driver: "psycopg.Connection[Any]") -> Reads:
    direct: dict[str, set[tuple[str, str]]] = {}
    for view, table, column in driver.execute(_READS):
        direct.setdefault(view, set()).add((table, column))
    return {view: _through(view, direct, frozenset()) for view in direct}


def _through(
    view: str, direct: Mapping[str, set[tuple[str, str]]], above: frozenset[str]
) -> frozenset[tuple[str, str]]:
    """What a view reads, also through other views; of those the whole is taken."""
    found = set(direct[view])
    inner = {table for table, _ in direct[view] if table in direct} - above - {view}
    for table in inner:
        found |= _through(table, direct, above | {view})
    return frozenset(found)


def _driver_of(connection: Connection) -> "psycopg.Connection[Any]":
    return cast("psycopg.Connection[Any]", connection.connection.driver_connection)


def _said(error: BaseException | None) -> str:
    said = error.diag.message_primary if isinstance(error, psycopg.Error) else None
    hint = error.diag.message_hint if isinstance(error, psycopg.Error) else None
    return ". ".join(filter(None, (said or str(error), hint)))
