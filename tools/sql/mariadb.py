"""MariaDB behind the gate: a read-only transaction, rows that come as they are fetched, KILL QUERY.

Sources: https://mariadb.com/kb/en/start-transaction/, https://mariadb.com/kb/en/kill/,
https://mariadb.com/kb/en/mariadb-error-codes/
"""

import logging
import re
import socket
import threading
from collections.abc import Callable, Generator, Hashable, Mapping, Sequence
from contextlib import closing, contextmanager, suppress
from dataclasses import dataclass, field
from math import ceil
from typing import Any, cast

import pymysql
from pymysql.connections import Connection as Driver
from pymysql.cursors import SSCursor
from sqlalchemy import Connection

from tools.compat.pymysql import OpenConnection
from tools.errors import DocsqlError, QueryFailed, Refused, TooSlow, Unavailable
from tools.sql.catalogue import Catalogue
from tools.sql.catalogue_mariadb import mariadb_digest, read_mariadb_catalogue
from tools.sql.estimate import of_mariadb
from tools.sql.roles import Roles
from tools.sql.source import Job, statement_too_slow
from tools.sql.watch import GRACE_S, AnswerTooLarge, Watch, Watched
from tools.sql.zones import offset_now

_LOG = logging.getLogger(__name__)
_LOOK_S = 20.0
_ONE_LOOK_S = 0.25
_KILL_S = 5.0
_CONNECT_S = 5
_PIECE = 65_536
_REST_S = 0.1
_REST = 65_536
"""Bytes of rows that nobody wants any more and that are read, to keep the connection."""

_SQL_MODE = "STRICT_TRANS_TABLES,ERROR_FOR_DIVISION_BY_ZERO,NO_ENGINE_SUBSTITUTION"
"""Neither ANSI_QUOTES nor NO_BACKSLASH_ESCAPES nor PIPES_AS_CONCAT: they change what is a text."""

_STOPPED = frozenset({1317, 1969, 3024})
_MAY_NOT = frozenset({1142, 1143, 1227, 1370})
_NO_ROLE = 1959
_UNKNOWN = frozenset({1146, 1054})
_OUT_OF_ORDER = frozenset({1040, 1044, 1045, 1049, 1053, 1077, 1079, 1129, 1130, 1203, 1698})
_FULL = frozenset({3, 20, 28, 40, 41, 1021, 1114})
"""A temporary file that cannot grow: below 1000, numbers of the server's file layer and system."""
_NO_MEMORY = frozenset({5, 1037, 1038, 1041, 1436})
_BY_THE_ENGINE, _FULL_ENGINE = 1030, re.compile(r"Got error (28|135)\b")
"""An error of the storage engine's own: no space left, or a table that is full."""
_BY_AN_OPTION, _SESSION_MEMORY = 1290, "--max-session-mem-used"
_USED_UP = 1226
_NEEDS_DISK = (
    "This needs more temporary disk space than the server has for a statement: {}. Filter more "
    "before joining, sort or group fewer rows, or select fewer and shorter columns."
)
_NEEDS_MEMORY = (
    "This needs more memory than the server has for a statement: {}. Filter more before joining, "
    "sort fewer rows, nest less, or build shorter texts."
)
_CLIENT_ERRORS = range(2000, 3000)


def _limited(code: int, said: str) -> DocsqlError | None:
    """A limit that the statement met, which a smaller one does not meet, or its login."""
    if code in _FULL or (code == _BY_THE_ENGINE and _FULL_ENGINE.match(said)):
        return QueryFailed(_NEEDS_DISK.format(said))
    if code in _NO_MEMORY or (code == _BY_AN_OPTION and _SESSION_MEMORY in said):
        return QueryFailed(_NEEDS_MEMORY.format(said))
    if code == _USED_UP:
        return Unavailable(
            f"The database's login has used up what its account allows: {said}. "
            "Wait until the hour is over, or raise the account's limit."
        )
    return None


class WatchedMariaDbConnection(OpenConnection, Watched):
    """Reads its answers under a watch, piece by piece: a packet says first how long it is."""

    def __init__(self, *args: Any, **settings: Any) -> None:
        self._usual_timeout = settings.get("read_timeout")
        super().__init__(*args, **settings)

    def give_up(self) -> None:
        """Close the connection without a word, and forget what was still to come."""
        self.is_given_up = True
        self.drop()

    def interrupt(self) -> None:
        """Make a reader in another thread find the end of the connection."""
        if (connected := self.connected_socket()) is not None:
            with suppress(OSError):
                connected.shutdown(socket.SHUT_RDWR)

    def before_packet(self) -> None:
        """Wait for it no longer than the watch lasts."""
        if self.watch is None:
            self.set_read_timeout(self._usual_timeout)
        else:  # in tenths of a second, since to set another takes longer than to read a row
            self.set_read_timeout(ceil(10 * self.watch.left_s) / 10)

    def read_piece(self, size: int, read: Callable[[int], bytes]) -> bytes:
        """Read a large packet in pieces, and look at the watch between them.

        Raises:
            TooSlow: the time is over, or somebody wishes the statement to end.
            AnswerTooLarge: more bytes have come than the answer may have.
        """
        watch = self.watch
        if watch is None:
            return read(size)
        try:
            watch.see_that_it_goes_on()
            watch.took(size)
            if size <= _PIECE:
                return read(size)
            return b"".join(_pieces(read, size, watch))
        except (TooSlow, AnswerTooLarge):
            self.give_up()
            raise
        except pymysql.err.OperationalError as error:
            if not watch.is_over():
                raise
            self.give_up()
            raise statement_too_slow(watch.seconds) from error


class StreamingCursor(SSCursor):
    """Rows as they are fetched; the rest is cancelled on the server."""

    def close(self) -> None:
        """End the statement if rows of it are still to come, and the connection if many are."""
        driver = cast("WatchedMariaDbConnection | None", self.connection)
        if driver is not None and driver.has_rows_to_come():
            _kill_query(driver)
            if driver.watch is not None:
                driver.watch.is_left_with(seconds=_REST_S, size=_REST)
        try:
            super().close()
        except (pymysql.err.OperationalError, TooSlow, AnswerTooLarge):
            super().close()  # the KILL has ended the rows to come, or the watch has


@dataclass(frozen=True, slots=True)
class MariaDb:
    """The MariaDB part of a server; statements run as a role, if set."""

    roles: Roles = field(default_factory=Roles)
    timezone: str = ""
    raw_errors: tuple[type[Exception], ...] = field(default=(), init=False)
    dialect: str = field(default="mysql", init=False)
    driver: str = field(default="mysql+pymysql", init=False)
    connect_args: dict[str, object] = field(
        default_factory=lambda: {
            "charset": "utf8mb4",
            "cursorclass": StreamingCursor,
            "local_infile": False,
            "connect_timeout": _CONNECT_S,
            "autocommit": False,
        },
        init=False,
    )
    options: dict[str, object] = field(default_factory=dict[str, object], init=False)

    def connect(self, *args: Any, **settings: Any) -> object:
        """PyMySQL's connection, under a watch."""
        return WatchedMariaDbConnection(*args, **settings)

    def digest(self, connection: Connection, namespaces: Sequence[str]) -> Hashable:
        """The catalogue's rows of columns, with the rights to them."""
        return mariadb_digest(_driver_of(connection), namespaces)

    def set_up(self, driver: object) -> None:
        """Read-only for the whole session, and with the SQL that the guard reads."""
        with cast("Driver[Any]", driver).cursor() as cursor:
            cursor.execute("SET SESSION TRANSACTION READ ONLY")
            cursor.execute("SET SESSION sql_mode = %s", (_SQL_MODE,))
            self._put_into_zone(cursor)

    def _put_into_zone(self, cursor: Any) -> None:
        """The zone by its name; by what it is away from UTC now, where the server has no names."""
        if not self.timezone:
            return
        try:
            cursor.execute("SET SESSION time_zone = %s", (self.timezone,))
        except pymysql.err.Error:
            cursor.execute("SET SESSION time_zone = %s", (offset_now(self.timezone),))

    def begin(self, connection: Connection, job: Job) -> None:
        """The limit is the session's, the transaction is read-only once more."""
        self._begin(connection, job.seconds, self.roles.of(job.caller))

    def begin_look(self, connection: Connection) -> None:
        """The same for introspection."""
        self._begin(connection, _LOOK_S, self.roles.usual)

    def canceller(self, connection: Connection) -> Callable[[], None]:
        """KILL QUERY over a connection of its own; where it does not help, this one is closed."""
        driver = _driver_of(connection)
        was_tried = False

        def cancel() -> None:
            nonlocal was_tried
            if not was_tried:
                was_tried = True
                _later(GRACE_S, driver.interrupt)
            _kill_query(driver)

        return cancel

    def finish(self, connection: Connection) -> None:
        """Nothing: the cursor has ended its statement, and the rollback takes up a late KILL."""

    def catalogue(self, connection: Connection, namespaces: Sequence[str]) -> Catalogue:
        """The objects that the login or its role may read, in the database of its URL and in others."""
        return read_mariadb_catalogue(_driver_of(connection), namespaces)

    @contextmanager
    def one_look(self, connection: Connection) -> Generator[None]:
        """A short limit for the session, until the next statement sets its own."""
        connection.exec_driver_sql(f"SET SESSION max_statement_time = {_ONE_LOOK_S}").close()
        yield

    def refuse_costly(self, connection: Connection, job: Job) -> None:
        """MariaDB's plans have no total cost before version 11, so nothing can pass a cap."""
        del connection, job
        raise Refused("MariaDB has no cost to compare with a cap; the operator has to unset it.")

    def plan(
        self, connection: Connection, job: Job, rows_of: Mapping[str, int]
    ) -> tuple[int | None, float | None]:
        """EXPLAIN: rows, and no cost that could be compared."""
        del rows_of
        explained = connection.exec_driver_sql(f"EXPLAIN {job.text}")
        return of_mariadb([dict(row) for row in explained.mappings()]), None

    def translated(self, error: BaseException | None, seconds: float) -> DocsqlError | None:
        """By the server's number; one of the client's says that the connection failed."""
        code, said = _said(error)
        if code in _STOPPED:
            return statement_too_slow(seconds)
        if code in _MAY_NOT:
            return QueryFailed(f"The database's login may not do this: {said}.")
        if code == _NO_ROLE:
            return Unavailable(f"Set another role for this database: {said}.")
        if (limited := _limited(code, said)) is not None:
            return limited
        if code in _OUT_OF_ORDER or code in _CLIENT_ERRORS or code == 0:
            return None
        return QueryFailed(f"MariaDB could not run this: {said}")

    def names_unknown(self, error: BaseException | None) -> bool:
        """A table or column has gone since the last look."""
        return _said(error)[0] in _UNKNOWN

    def _begin(self, connection: Connection, seconds: float, role: str | None) -> None:
        if self.roles:  # the session keeps the one of the statement before
            named = "NONE" if role is None else "`{}`".format(role.replace("`", "``"))
            connection.exec_driver_sql(f"SET ROLE {named}".replace("%", "%%"))
        connection.exec_driver_sql(f"SET SESSION max_statement_time = {seconds:.3f}")
        connection.exec_driver_sql("START TRANSACTION READ ONLY")


def _later(seconds: float, do: Callable[[], None]) -> None:
    timer = threading.Timer(seconds, do)
    timer.daemon = True
    timer.start()


def _pieces(read: Callable[[int], bytes], size: int, watch: Watch) -> Generator[bytes]:
    yield read(_PIECE)
    for place in range(_PIECE, size, _PIECE):
        watch.see_that_it_goes_on()
        yield read(min(size - place, _PIECE))


def _kill_query(driver: WatchedMariaDbConnection) -> None:
    """Another connection with the same login; when it cannot be had, the limit has to do."""
    number = int(cast("Any", driver).thread_id())
    try:
        within = _KILL_S if driver.watch is None else min(_KILL_S, driver.watch.left_s)
        with closing(_beside(driver, within)) as other, other.cursor() as cursor:
            cursor.execute(f"KILL QUERY {number}")
    except pymysql.err.MySQLError as error:
        _LOG.warning("A statement could not be stopped and ends at its time limit: %s", error)


def _beside(driver: OpenConnection, within_s: float) -> "Driver[Any]":
    same = cast("Any", driver)  # PyMySQL's types leave out what it was connected with
    return pymysql.connect(
        host=same.host,
        port=same.port,
        unix_socket=same.unix_socket,
        user=same.user.decode() if isinstance(same.user, bytes) else same.user,
        password=same.password,
        ssl=driver.required_tls(),  # else: if there is any
        connect_timeout=within_s,
        read_timeout=within_s,
    )


def _driver_of(connection: Connection) -> WatchedMariaDbConnection:
    return cast("WatchedMariaDbConnection", connection.connection.driver_connection)


def _said(error: BaseException | None) -> tuple[int, str]:
    match getattr(error, "args", ()):
        case (int() as code, said, *_):
            return code, str(said)
        case _:
            return 0, str(error)
