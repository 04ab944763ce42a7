"""Which source stands behind a database's URL."""

from pathlib import Path

from sqlalchemy import URL, make_url
from sqlalchemy.exc import ArgumentError

from tools.errors import BadInput
from tools.sql.access import Access
from tools.sql.mariadb import MariaDb
from tools.sql.postgres import Postgres
from tools.sql.server import Server
from tools.sql.source import Source
from tools.sql.sqlite import SqliteFile

_KINDS = "a 'sqlite:///', 'postgresql://' or 'mariadb://' URL"


def open_source(
    url: str | URL,
    *,
    name: str,
    access: Access,
    connections: int,
    role: str | None,
    has_cost_cap: bool,
) -> Source:
    """The engine that the URL names; nothing is connected to yet.

    Raises:
        BadInput: the URL cannot be read, or its engine does not know what is asked of it.
    """
    try:
        parsed = make_url(url)
    except ArgumentError as error:
        raise BadInput("A database URL looks like 'sqlite:////path/to/file.sqlite'.") from error
    kind = parsed.get_backend_name()
    if kind == "postgresql":
        product = Postgres(role)
        return Server(parsed, product, name=name, access=access, connections=connections)
    if kind in ("mysql", "mariadb"):
        if has_cost_cap:
            raise BadInput("Only PostgreSQL tells what a plan costs: set no cost_cap for MariaDB.")
        if not parsed.database:
            raise BadInput("Name the database after the server: 'mariadb://user@host/name'.")
        mariadb = MariaDb(role)
        return Server(parsed, mariadb, name=name, access=access, connections=connections)
    if kind != "sqlite":
        raise BadInput(f"Databases of the kind {kind!r} are not supported yet: give {_KINDS}.")
    if has_cost_cap or role is not None:
        raise BadInput("A SQLite file has no roles and no costs: set neither for it.")
    return SqliteFile(_path_of(parsed), access=access, connections=connections)


def _path_of(url: URL) -> Path:
    if url.query or not url.database or url.database == ":memory:":
        raise BadInput("Give the path of a SQLite file after 'sqlite:///', and nothing after it.")
    return Path(url.database).absolute()
