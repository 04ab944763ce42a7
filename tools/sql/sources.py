"""Chooses the source for a database URL. Only its own driver is loaded."""

from importlib.util import find_spec
from pathlib import Path

from sqlalchemy import URL, make_url
from sqlalchemy.exc import ArgumentError

from tools.errors import BadInput
from tools.sql.access import Access
from tools.sql.roles import Roles
from tools.sql.server import Server
from tools.sql.source import DatabaseSource
from tools.sql.sqlite import SqliteFile
from tools.sql.zones import zone

_KINDS = "a 'sqlite:///', 'postgresql://', 'mariadb://' or 'trino://' URL"


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
    if kind == "postgresql":
        from tools.sql.postgres import Postgres

        schemas = (name.removesuffix(".*") for name in access.functions if name.endswith(".*"))
        product = Postgres(roles, tuple(sorted(schemas)), timezone)
        return Server(parsed, product, name=name, access=access, connections=connections)
    if kind in ("mysql", "mariadb"):
        if has_cost_cap:
            raise BadInput("Only PostgreSQL supports cost_cap: unset it for MariaDB.")
        if not parsed.database:
            raise BadInput("Add the database's name to the URL: 'mariadb://user@host/name'.")
        from tools.sql.mariadb import MariaDb

        mariadb = MariaDb(roles, timezone)
        return Server(parsed, mariadb, name=name, access=access, connections=connections)
    if kind == "trino":
        return _trino(parsed, name, access, connections, is_plain=not (roles or has_cost_cap))
    if kind != "sqlite":
        raise BadInput(f"Databases of type {kind!r} are not supported. Use {_KINDS}.")
    if has_cost_cap or roles:
        raise BadInput(
            "SQLite has no roles and no plan costs: unset role, group_roles and cost_cap."
        )
    path = _path_of(parsed)
    return SqliteFile(path, access=access, connections=connections, timezone=timezone)


def _trino(url: URL, name: str, access: Access, connections: int, *, is_plain: bool) -> Server:
    catalog, _, schema = (url.database or "").partition("/")
    if not catalog or not schema or "/" in schema:
        raise BadInput(
            "Add Trino's catalog and schema to the URL: 'trino://user@host:8080/catalog/schema'."
        )
    if not is_plain:
        raise BadInput(
            "Roles and cost caps are not supported for Trino: unset role, group_roles and cost_cap."
        )
    if find_spec("trino") is None:
        raise BadInput("Trino's client is not installed. Install the extra `trino`.")
    from tools.sql.trino import Trino

    product = Trino(schema.lower())
    return Server(url, product, name=name, access=access, connections=connections)


def _path_of(url: URL) -> Path:
    if url.query or not url.database or url.database == ":memory:":
        raise BadInput("Give the path of a SQLite file after 'sqlite:///', and nothing after it.")
    return Path(url.database).absolute()
