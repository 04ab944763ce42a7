"""Where threads are stored, and what is told when it fails."""

import re
import sqlite3
from collections.abc import Mapping
from dataclasses import dataclass

from sqlalchemy import URL, make_url
from sqlalchemy.exc import ArgumentError, SQLAlchemyError, TimeoutError as NoConnectionFree

from serving.config.data import POSTGRESQL
from tools.errors import BadInput, Unavailable

_PORT = 5432
_AWAY = re.compile("08|57P0")
"""SQLSTATE of a connection that failed, and of a server that stops or starts."""
_BEFORE = re.compile(r".*(?: failed: |FATAL: +)")
"""What libpq says before the reason."""

_UNREADABLE = (
    "DOCSQL_THREADS__URI is not the address of a database. Write it as `postgresql://user:password@"
    "host:port/name`, with special characters of the password as %40 (for @) and the like."
)


@dataclass(frozen=True, slots=True)
class ThreadsPlace:
    """A SQLite file, or a database of a PostgreSQL server."""

    uri: str

    @property
    def is_server(self) -> bool:
        """Whether it is PostgreSQL."""
        return self.uri.startswith(POSTGRESQL)

    @property
    def url(self) -> URL:
        """The server's address, with the password.

        Raises:
            BadInput: it cannot be read.
        """
        try:
            return make_url(self.uri).set(drivername="postgresql")
        except (ValueError, ArgumentError):
            raise BadInput(_UNREADABLE) from None  # what they say has a piece of the password

    @property
    def faults(self) -> tuple[type[Exception], ...]:
        """The exceptions of its drivers."""
        if not self.is_server:
            return (sqlite3.Error, SQLAlchemyError)
        from psycopg import Error

        return (Error, SQLAlchemyError)

    def unavailable(self, error: Exception) -> Unavailable:
        """What the operator is told of a driver's error."""
        said = str(getattr(error, "orig", error)).strip().splitlines()
        reason = said[0] if said else type(error).__name__
        if not self.is_server:
            return Unavailable(
                f"Threads cannot be stored in {str(self)!r}: {reason}. Set DOCSQL_THREADS__URI or "
                "DOCSQL_DATA to a writable place."
            )
        where = f"{_server(self.url)} (database {self.url.database!r})"
        told = _BEFORE.sub("", reason)
        if _is_away(error, reason):
            return Unavailable(
                f"The PostgreSQL server at {where} that stores the threads cannot be reached: "
                f"{told}. Start it, or correct DOCSQL_THREADS__URI."
            )
        return Unavailable(
            f"Threads cannot be stored in the PostgreSQL server at {where}: {told}. Correct the "
            "server, or DOCSQL_THREADS__URI."
        )

    def __str__(self) -> str:
        return f"{_server(self.url)}/{self.url.database}" if self.is_server else self.uri


def _server(url: URL) -> str:
    hosts: Mapping[str, tuple[str, ...] | str] = url.query
    named = url.host or hosts.get("host") or "localhost"
    host = named if isinstance(named, str) else ",".join(named)
    return f"{host}:{url.port or _PORT}"


def _is_away(error: Exception, reason: str) -> bool:
    """Whether no server answered; one that refuses a connection says FATAL, without an SQLSTATE."""
    from psycopg import OperationalError

    if isinstance(error, NoConnectionFree):
        return True
    said = getattr(error, "orig", error)
    if not isinstance(said, OperationalError):
        return False
    return bool(_AWAY.match(said.sqlstate)) if said.sqlstate else "FATAL" not in reason
