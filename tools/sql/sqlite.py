"""SQLite behind the gate: a read-only file, its own authorizer, and a statement that can be stopped.

Sources: https://www.sqlite.org/c3ref/set_authorizer.html, https://www.sqlite.org/security.html
"""

import sqlite3
import threading
import time
from collections.abc import Generator, Hashable
from contextlib import contextmanager
from pathlib import Path
from typing import cast
from urllib.parse import quote

from sqlalchemy import Connection, Engine, create_engine, event
from sqlalchemy.exc import DBAPIError, TimeoutError as PoolTimeoutError
from sqlalchemy.pool import QueuePool

from tools.errors import QueryFailed, Refused, Unavailable
from tools.sql.access import Access, Sight
from tools.sql.allowed import SQLITE_FUNCTIONS, SQLITE_TABLE_FUNCTIONS
from tools.sql.introspect import introspect
from tools.sql.source import Job, too_slow

_LONGEST_VALUE = 500_000
"""Bytes of one value: instr() and replace() take the square of it and cannot be stopped inside."""

_LONGEST_STATEMENT = 100_000
_HEAP = 536_870_912
"""Bytes that all of SQLite in this process may hold; the first one to set it wins."""

_STEPS_BETWEEN_CHECKS = 1_000
_LOCK_WAIT_S = 1.0

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


class Authorizer:
    """Answers SQLite's question, while it compiles a statement, whether a part of it may be.

    Only four actions are ever allowed: SELECT, RECURSIVE, READ of an open column and FUNCTION
    with a listed name. SQLite does not ask about the columns that USING and NATURAL JOIN compare;
    those are the guard's to refuse.
    """

    def __init__(self, sight: Sight) -> None:
        self._columns = {
            table.name.lower(): sight.hidden_of(table.name) for table in sight.schema.tables
        }
        self._lent = sight.lent
        borrowed = {table for pairs in sight.lent.values() for table, _ in pairs}
        self._uncountable = sight.closed - borrowed

    def __call__(
        self, action: int, first: str | None, second: str | None, base: str | None, via: str | None
    ) -> int:
        """SQLITE_OK or SQLITE_DENY; `via` is the view or subquery that the access comes from."""
        match action:
            case sqlite3.SQLITE_SELECT | sqlite3.SQLITE_RECURSIVE:
                allowed = True
            case sqlite3.SQLITE_FUNCTION:
                allowed = (second or "").lower() in SQLITE_FUNCTIONS
            case sqlite3.SQLITE_READ if not second:
                allowed = self._may_count(first or "")
            case sqlite3.SQLITE_READ:
                allowed = base == "main" and self._may_read(first or "", second or "", via or "")
            case _:
                allowed = False
        return sqlite3.SQLITE_OK if allowed else sqlite3.SQLITE_DENY

    def _may_count(self, table: str) -> bool:
        """SQLite asks this when no column is read, and for a CTE's name as for a table's."""
        return table.lower() not in self._uncountable and not table.lower().startswith("sqlite_")

    def _may_read(self, table: str, column: str, via: str) -> bool:
        table, column = table.lower(), column.lower()
        if table in SQLITE_TABLE_FUNCTIONS:
            return True
        hidden = self._columns.get(table)
        if hidden is not None:
            return column not in hidden
        return (table, column) in self._lent.get(via.lower(), frozenset())


class SqliteFile:
    """One SQLite file: a small pool of gated connections and one that looks at the schema."""

    dialect = "sqlite"

    def __init__(self, path: Path, *, access: Access, connections: int) -> None:
        self._path = path
        self._access = access.within("main")
        self._authorizer: Authorizer | None = None
        self._file_id: Hashable = None
        self._looking = threading.Lock()
        self._gated = self._engine(connections)
        self._inspecting = self._engine(1)
        event.listen(self._gated, "connect", self._lock_down)

    def stamp(self) -> Hashable:
        """Something that changes when the file is replaced or its schema does; 20 microseconds.

        Raises:
            Unavailable: the file is missing, unreadable or not a database.
        """
        with self._looking, self._errors():
            self._reopen_when_replaced()
            with self._inspecting.connect() as connection:
                version = connection.exec_driver_sql("PRAGMA schema_version").scalar()
            return self._file_id, version

    def look(self) -> Sight:
        """Introspect the file and let the authorizer decide by what was seen from now on.

        Raises:
            Unavailable: the file is missing, unreadable or not a database.
        """
        with self._looking, self._errors(), self._inspecting.connect() as connection:
            sight = introspect(connection, self._access)
        self._authorizer = Authorizer(sight)
        return sight

    @contextmanager
    def statement(self, job: Job) -> Generator[Connection]:
        """Lend a gated connection whose statement ends at the job's limit or by its `stop`.

        Raises:
            TooSlow: the limit passed, or somebody set `stop`.
            Refused: the authorizer forbids what the statement does.
            QueryFailed: the engine cannot run it.
            Unavailable: the file or the pool cannot serve.
        """
        with self._errors(job.seconds), self._gated.connect() as connection:
            driver = _driver_of(connection)
            deadline = time.monotonic() + job.seconds
            driver.set_progress_handler(
                lambda: job.stop.is_set() or time.monotonic() > deadline, _STEPS_BETWEEN_CHECKS
            )
            try:
                yield connection
            finally:
                driver.set_progress_handler(None, 0)

    def plan(self, job: Job, sight: Sight) -> tuple[None, None]:
        """Neither rows nor costs, which SQLite does not tell; but the statement is compiled.

        Raises:
            Refused, QueryFailed, Unavailable: as `statement` does.
        """
        del sight
        with self.statement(job) as connection:
            connection.exec_driver_sql(f"EXPLAIN {job.text}").close()
        return None, None

    def close(self) -> None:
        """Close every connection that no statement is using."""
        self._gated.dispose()
        self._inspecting.dispose()

    def _engine(self, connections: int) -> Engine:
        return create_engine(
            "sqlite://",
            creator=self._connect,
            poolclass=QueuePool,
            pool_size=connections,
            max_overflow=0,
            pool_timeout=30,
        )

    def _connect(self) -> sqlite3.Connection:
        driver = sqlite3.connect(
            f"file:{quote(str(self._path))}?mode=ro",
            uri=True,
            timeout=_LOCK_WAIT_S,
            isolation_level=None,
            check_same_thread=False,
        )
        driver.text_factory = _decode
        driver.setlimit(sqlite3.SQLITE_LIMIT_ATTACHED, 0)
        for setting in ("query_only = 1", "trusted_schema = 0", "temp_store = MEMORY"):
            driver.execute(f"PRAGMA {setting}")
        return driver

    def _lock_down(self, driver: sqlite3.Connection, _record: object) -> None:
        """Close the gate on a connection, after SQLAlchemy has asked it its own questions."""
        driver.execute(f"PRAGMA hard_heap_limit = {_HEAP}")
        for function in SQLITE_TABLE_FUNCTIONS:
            driver.execute(f"SELECT 1 FROM {function}('[]')")  # noqa: S608 - loads the module, by a name of ours
        driver.setlimit(sqlite3.SQLITE_LIMIT_LENGTH, _LONGEST_VALUE)
        driver.setlimit(sqlite3.SQLITE_LIMIT_SQL_LENGTH, _LONGEST_STATEMENT)
        driver.set_authorizer(self._authorize)

    def _authorize(self, action: int, *parts: str | None) -> int:
        if self._authorizer is None:
            return sqlite3.SQLITE_DENY
        return self._authorizer(action, *parts)

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
            self.close()
            self._file_id = file_id

    @contextmanager
    def _errors(self, time_limit_s: float = 0.0) -> Generator[None]:
        try:
            yield
        except DBAPIError as error:
            raise self._translated(error.orig, time_limit_s) from error
        except sqlite3.Error as error:
            raise self._translated(error, time_limit_s) from error
        except MemoryError as error:
            raise QueryFailed(
                "The statement needs more memory than it may have. Aggregate or filter earlier."
            ) from error
        except PoolTimeoutError as error:
            raise Unavailable("Too many statements are running. Try again in a moment.") from error

    def _translated(self, error: BaseException | None, time_limit_s: float) -> Exception:
        code = getattr(error, "sqlite_errorcode", sqlite3.SQLITE_ERROR) & 0xFF
        if code == sqlite3.SQLITE_INTERRUPT:
            return too_slow(time_limit_s)
        if code == sqlite3.SQLITE_AUTH:
            return Refused(f"The database forbids this: {error}. Use only what its schema shows.")
        if code in _OUT_OF_ORDER:
            return Unavailable(
                f"The database file {str(self._path)!r} cannot be read: {error}. "
                "See that it is a SQLite database, readable and not locked."
            )
        return QueryFailed(f"SQLite could not run this: {error}")


def _driver_of(connection: Connection) -> sqlite3.Connection:
    return cast(sqlite3.Connection, connection.connection.driver_connection)


def _decode(text: bytes) -> str:
    return text.decode(errors="replace")
