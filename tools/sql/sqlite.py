"""SQLite behind the gate: a read-only file, and processes that run its statements and can be ended."""

import sqlite3
import threading
from collections.abc import Generator, Hashable
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from urllib.parse import quote

from sqlalchemy import create_engine
from sqlalchemy.exc import DBAPIError
from sqlalchemy.pool import QueuePool

from tools.errors import DocsqlError, QueryFailed, Refused, Unavailable
from tools.sql.access import Access, VisibleSchema
from tools.sql.allowed import SQLITE_FUNCTIONS, SQLITE_TABLE_FUNCTIONS
from tools.sql.folding import ascii_lower
from tools.sql.introspect import introspect
from tools.sql.source import FetchedRows, Job, statement_too_slow
from tools.sql.sqlite_child import LOCK_WAIT_S, Failure, Opening, Rules, decode_stored
from tools.sql.sqlite_process import SqliteProcesses, out_of_memory

_IDLE_S = 60.0
"""Seconds without a statement after which a process is given up."""

_OUT_OF_ORDER = frozenset(
    {
        sqlite3.SQLITE_BUSY,
        sqlite3.SQLITE_LOCKED,
        sqlite3.SQLITE_CANTOPEN,
        sqlite3.SQLITE_CORRUPT,
        sqlite3.SQLITE_IOERR,
        sqlite3.SQLITE_NOTADB,
        sqlite3.SQLITE_PERM,
        sqlite3.SQLITE_READONLY,
    }
)


class SqliteFile:
    """One SQLite file: processes that run statements, and connections that look at the schema.

    Every turn asks several times whether the schema has changed, over a connection of its own:
    SQLAlchemy takes ten times as long for that as SQLite.
    """

    dialect = "sqlite"

    def __init__(
        self,
        path: Path,
        *,
        access: Access,
        connections: int,
        idle_s: float = _IDLE_S,
        timezone: str = "",
    ) -> None:
        self._path = path
        self._access = access.within("main")
        self._rules: Rules | None = None
        self._opening: Opening | None = None
        self._file_id: Hashable = None
        self._looking = threading.Lock()
        self._stamping: sqlite3.Connection | None = None
        self._children = SqliteProcesses(kept=connections, idle_s=idle_s, timezone=timezone)
        self._inspecting = create_engine(
            "sqlite://",
            creator=self._connect,
            poolclass=QueuePool,
            pool_size=1,
            max_overflow=0,
        )

    def stamp(self) -> Hashable:
        """Something that changes when the file is replaced or its schema does; 20 microseconds.

        Raises:
            Unavailable: the file is missing, unreadable or not a database.
        """
        with self._looking, self._errors():
            self._reopen_when_replaced()
            if self._stamping is None:
                self._stamping = self._connect()
            version = self._stamping.execute("PRAGMA schema_version").fetchall()
            return self._file_id, *version

    def look(self) -> VisibleSchema:
        """Introspect the file and let the authorizer decide by what was seen from now on.

        Raises:
            Unavailable: the file is missing, unreadable or not a database.
        """
        with self._looking, self._errors(), self._inspecting.connect() as connection:
            sight = introspect(connection, self._access)
            self._rules = _rules_of(sight)
            self._reopen()
        return sight

    def fetch(self, job: Job) -> FetchedRows:
        """Run the job's text in a process, which is killed where the text will not end.

        Raises:
            TooSlow: the limit passed, or somebody set `stop`.
            Refused: the authorizer forbids what the statement does.
            QueryFailed: the engine cannot run it.
            Unavailable: the file cannot be read.
        """
        opening = self._opening
        if opening is None:
            raise Refused("Nothing runs before the schema of the database was looked at.")
        answer = self._children.answer(job, opening)
        if len(answer) == 3:
            raise self._translated(answer, job.seconds)
        _, columns, rows, truncated = answer
        return FetchedRows(columns, rows, truncated)

    def plan(self, job: Job, sight: VisibleSchema) -> tuple[None, None]:
        """Neither rows nor costs, which SQLite does not tell; but the statement is compiled.

        Raises:
            TooSlow, Refused, QueryFailed, Unavailable: as `fetch` does.
        """
        del sight
        self.fetch(replace(job, text=f"EXPLAIN {job.text}", rows=0))
        return None, None

    def close(self) -> None:
        """Close every connection, and end every process once no statement is using it."""
        self._children.close()
        with self._looking:
            self._disconnect()

    def _connect(self) -> sqlite3.Connection:
        driver = sqlite3.connect(
            self._uri(),
            uri=True,
            timeout=LOCK_WAIT_S,
            isolation_level=None,
            check_same_thread=False,
        )
        driver.text_factory = decode_stored
        driver.setlimit(sqlite3.SQLITE_LIMIT_ATTACHED, 0)
        for setting in ("query_only = 1", "trusted_schema = 0", "temp_store = MEMORY"):
            driver.execute(f"PRAGMA {setting}")
        return driver

    def _disconnect(self) -> None:
        self._inspecting.dispose()
        if self._stamping is not None:
            self._stamping.close()
            self._stamping = None

    def _uri(self) -> str:
        return f"file:{quote(str(self._path.absolute()))}?mode=ro"

    def _reopen_when_replaced(self) -> None:
        """Connections to a file that was moved away would go on reading the old one."""
        try:
            status = self._path.stat()
        except OSError as error:
            raise Unavailable(
                f"There is no database file at {str(self._path)!r}. Set the path in its URL."
            ) from error
        file_id = (status.st_dev, status.st_ino)
        if file_id != self._file_id:
            self._disconnect()
            self._file_id = file_id
            self._reopen()

    def _reopen(self) -> None:
        """Have each process open the file again; it tells openings apart by which object they are."""
        self._opening = None if self._rules is None else (self._uri(), self._rules)

    @contextmanager
    def _errors(self) -> Generator[None]:
        try:
            yield
        except DBAPIError as error:
            raise self._translated(_failure(error.orig)) from error
        except sqlite3.Error as error:
            raise self._translated(_failure(error)) from error

    def _translated(self, failure: Failure, time_limit_s: float = 0.0) -> DocsqlError:
        kind, code, said = failure
        if kind == "memory":
            return out_of_memory()
        code &= 0xFF
        if code == sqlite3.SQLITE_INTERRUPT:
            return statement_too_slow(time_limit_s)
        if code == sqlite3.SQLITE_AUTH:
            return Refused("The database forbids what this reads. Use only what its schema shows.")
        if code in _OUT_OF_ORDER:
            return Unavailable(
                f"The database file {str(self._path)!r} cannot be read: {said}. Check that it is a "
                "SQLite database, readable and not locked."
            )
        return QueryFailed(f"SQLite could not run this: {said}")


def _failure(error: BaseException | None) -> Failure:
    return ("error", getattr(error, "sqlite_errorcode", sqlite3.SQLITE_ERROR), str(error))


def _rules_of(sight: VisibleSchema) -> Rules:
    """The authorizer's rules, as plain values for its process."""
    hidden = {ascii_lower(t.name): sight.hidden_of(t.name) for t in sight.schema.tables}
    borrowed = {table for pairs in sight.lent.values() for table, _ in pairs}
    return (
        hidden,
        dict(sight.lent),
        sight.closed - borrowed,
        frozenset(SQLITE_FUNCTIONS),
        frozenset(SQLITE_TABLE_FUNCTIONS),
    )
