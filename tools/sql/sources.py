"""Chooses the source for a database URL. Only its own driver is loaded."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from importlib.util import find_spec
from pathlib import Path

from sqlalchemy import URL, make_url
from sqlalchemy.exc import ArgumentError

from tools.errors import BadInput
from tools.sql.access import Access
from tools.sql.roles import Roles
from tools.sql.server import Product, Server
from tools.sql.source import DatabaseSource
from tools.sql.sqlite import SqliteFile
from tools.sql.zones import zone

_KINDS = (
    "a 'sqlite:///', 'duckdb:///', 'postgresql://', 'mariadb://', 'trino://', 'mssql://', "
    "'oracle://', 'snowflake://' or 'bigquery://' URL"
)


@dataclass(frozen=True, slots=True)
class _Request:
    """What is asked of a source; `url` is parsed."""

    url: URL
    name: str
    access: Access
    connections: int
    roles: Roles
    has_cost_cap: bool
    timezone: str

    @property
    def is_plain(self) -> bool:
        """Whether neither roles nor a cost cap are asked for."""
        return not (self.roles or self.has_cost_cap)


def open_database_source(
    url: str | URL,
    *,
    name: str,
    access: Access,
    connections: int,
    roles: Roles,
    has_cost_cap: bool,
    timezone: str = "",
) -> DatabaseSource:
    """The engine that the URL names; nothing is connected to yet.

    `timezone` is the name of the sessions' time zone, empty for the server's own.

    Raises:
        BadInput: the URL cannot be read, or its engine does not know what is asked of it.
    """
    try:
        parsed = make_url(url)
    except ArgumentError as error:
        raise BadInput("A database URL looks like 'sqlite:////path/to/file.sqlite'.") from error
    if timezone and zone(timezone) is None:
        raise BadInput(f"Unknown time zone {timezone!r}: give a name such as 'Europe/Berlin'.")
    kind = parsed.get_backend_name()
    opener = _OPENERS.get(kind)
    if opener is None:
        raise BadInput(f"Databases of type {kind!r} are not supported. Use {_KINDS}.")
    return opener(_Request(parsed, name, access, connections, roles, has_cost_cap, timezone))


def _sqlite(asked: _Request) -> DatabaseSource:
    if not asked.is_plain:
        raise BadInput(
            "SQLite has no roles and no plan costs: unset role, group_roles and cost_cap."
        )
    return SqliteFile(
        _path_of(asked.url),
        access=asked.access,
        connections=asked.connections,
        timezone=asked.timezone,
    )


def _duckdb(asked: _Request) -> DatabaseSource:
    if asked.url.query or not asked.url.database or asked.url.database == ":memory:":
        raise BadInput(
            "Give the path of a DuckDB file, or of a folder of CSV and Parquet files, after "
            "'duckdb:///', and nothing after it."
        )
    if not asked.is_plain:
        raise BadInput(
            "DuckDB has no roles and no plan costs: unset role, group_roles and cost_cap."
        )
    from tools.sql.duck.source import DuckDb

    path = Path(asked.url.database).absolute()
    return DuckDb(path, access=asked.access, timezone=asked.timezone)


def _postgres(asked: _Request) -> DatabaseSource:
    from tools.sql.postgres import Postgres

    functions = asked.access.functions
    schemas = (name.removesuffix(".*") for name in functions if name.endswith(".*"))
    return _server(asked, Postgres(asked.roles, tuple(sorted(schemas)), asked.timezone))


def _mariadb(asked: _Request) -> DatabaseSource:
    if asked.has_cost_cap:
        raise BadInput("Only PostgreSQL supports cost_cap: unset it for MariaDB.")
    if not asked.url.database:
        raise BadInput("Add the database's name to the URL: 'mariadb://user@host/name'.")
    from tools.sql.mariadb import MariaDb

    return _server(asked, MariaDb(asked.roles, asked.timezone))


def _trino(asked: _Request) -> DatabaseSource:
    catalog, _, schema = (asked.url.database or "").partition("/")
    if not catalog or not schema or "/" in schema:
        raise BadInput(
            "Add Trino's catalog and schema to the URL: 'trino://user@host:8080/catalog/schema'."
        )
    if not asked.is_plain:
        raise BadInput(
            "Roles and cost caps are not supported for Trino: unset role, group_roles and cost_cap."
        )
    if find_spec("trino") is None:
        raise BadInput("Trino's client is not installed. Install the extra `trino`.")
    from tools.sql.trino import Trino

    return _server(asked, Trino(schema.lower()))


def _reflected(asked: _Request) -> DatabaseSource:
    from tools.sql.reflected import KINDS, Reflected, need_driver

    kind = KINDS[asked.url.get_backend_name()]
    if not asked.is_plain or asked.timezone:
        raise BadInput(
            f"Roles, cost caps and time zones are not supported for {kind.name}: unset role, "
            "group_roles, cost_cap and timezone."
        )
    need_driver(kind)
    driver = asked.url.drivername
    return _server(asked, Reflected(replace(kind, driver=driver) if "+" in driver else kind))


def _server(asked: _Request, product: Product) -> Server:
    return Server(
        asked.url,
        product,
        name=asked.name,
        access=asked.access,
        connections=asked.connections,
    )


def _path_of(url: URL) -> Path:
    if url.query or not url.database or url.database == ":memory:":
        raise BadInput("Give the path of a SQLite file after 'sqlite:///', and nothing after it.")
    return Path(url.database).absolute()


_OPENERS: Mapping[str, Callable[[_Request], DatabaseSource]] = {
    "sqlite": _sqlite,
    "duckdb": _duckdb,
    "postgresql": _postgres,
    "mysql": _mariadb,
    "mariadb": _mariadb,
    "trino": _trino,
    "mssql": _reflected,
    "oracle": _reflected,
    "snowflake": _reflected,
    "bigquery": _reflected,
}
