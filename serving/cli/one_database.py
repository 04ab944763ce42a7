"""The database that a command works on: the one named, or the only one."""

from collections.abc import Generator
from contextlib import contextmanager
from typing import TYPE_CHECKING

from serving.config.settings import NO_DATABASE, Settings

if TYPE_CHECKING:
    from tools.sql.run import Database


@contextmanager
def one_database(settings: Settings, name: str | None) -> "Generator[Database]":
    """Open the database; afterwards all are closed again.

    Raises:
        UnknownName: there is no such database, or several and none is named.
    """
    from serving.parts.databases import open_connected
    from tools.errors import UnknownName

    databases = open_connected(settings)
    try:
        if not databases:
            raise UnknownName(NO_DATABASE)
        chosen = name or next(iter(databases))
        if chosen not in databases:
            known = ", ".join(databases)
            raise UnknownName(f"There is no database {name!r}. Connected: {known}.")
        # A person who named one database means it, whatever sheets came in beside it.
        if name is None and len(databases.configured or databases) > 1:
            raise UnknownName(
                f"Several databases are connected. Choose one: --database {' | '.join(databases)}."
            )
        yield databases[chosen]
    finally:
        databases.close()
