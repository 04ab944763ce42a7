"""Allow-lists by sqlglot's name of the dialect."""

from collections.abc import Mapping
from contextlib import AbstractContextManager
from dataclasses import dataclass

from opentelemetry.trace import Span, SpanKind

from tools.sql import (
    allowed,
    allowed_duckdb,
    allowed_mariadb,
    allowed_postgres,
    allowed_servers,
    allowed_trino,
)
from tools.tracing import span


@dataclass(frozen=True, slots=True)
class Allowed:
    """The allow-lists of one dialect; `types` None lets a cast name any type.

    `functions` has the most arguments of each: what is more, no engine would take.
    `opened` are the functions of its own that a database's operator has opened, with their schema.
    """

    functions: Mapping[str, int]
    table_functions: Mapping[str, tuple[str, ...]]
    types: frozenset[str] | None = None
    longest_name: int | None = None
    opened: frozenset[str] = frozenset()


DIALECTS: Mapping[str, Allowed] = {
    "sqlite": Allowed(
        allowed.SQLITE_FUNCTIONS,
        allowed.SQLITE_TABLE_FUNCTIONS,
    ),
    "postgres": Allowed(
        allowed_postgres.FUNCTIONS,
        allowed_postgres.TABLE_FUNCTIONS,
        allowed_postgres.TYPES,
        longest_name=63,
    ),
    "mysql": Allowed(
        allowed_mariadb.FUNCTIONS,
        allowed_mariadb.TABLE_FUNCTIONS,
        allowed_mariadb.TYPES,
    ),
    "duckdb": Allowed(
        allowed_duckdb.FUNCTIONS,
        allowed_duckdb.TABLE_FUNCTIONS,
        allowed_duckdb.TYPES,
    ),
    **{
        dialect: Allowed(
            functions, allowed_servers.TABLE_FUNCTIONS[dialect], allowed_servers.TYPES[dialect]
        )
        for dialect, functions in (
            ("tsql", allowed_servers.TSQL),
            ("oracle", allowed_servers.ORACLE),
            ("snowflake", allowed_servers.SNOWFLAKE),
            ("bigquery", allowed_servers.BIGQUERY),
        )
    },
    "trino": Allowed(
        allowed_trino.FUNCTIONS,
        allowed_trino.TABLE_FUNCTIONS,
        allowed_trino.TYPES,
    ),
}


_ENGINES = {
    "postgres": "postgresql",
    "mysql": "mariadb",
    "tsql": "microsoft.sql_server",
    "oracle": "oracle.db",
    "bigquery": "gcp.bigquery",
}


def statement_span(name: str, dialect: str) -> AbstractContextManager[Span]:
    """The span of a statement, its database as OpenTelemetry's conventions name it."""
    told = {
        "db.system.name": _ENGINES.get(dialect, dialect),
        "db.namespace": name,
        "db.operation.name": "SELECT",
    }
    return span(f"SELECT {name}", told, kind=SpanKind.CLIENT)
