"""The process that runs SQLite's statements, so that every one of them can be ended.

One call of LIKE, instr() or replace() over long texts is reached by no progress handler and no
interrupt, only by a signal that ends its process. This file is run by its path, without
site-packages, and takes orders from the socket that is its standard input: it imports what starts
fast, and nothing of ours.

Sources: https://www.sqlite.org/c3ref/set_authorizer.html, https://www.sqlite.org/security.html,
https://www.sqlite.org/c3ref/limit.html
"""

import _thread
import marshal
import os
import resource
import select
import signal
import sqlite3
import sys
import time
from collections.abc import Collection, Mapping

GRACE_S = 0.5
"""Seconds past its limit after which a statement is ended with its process."""

LOCK_WAIT_S = 1.0

HEAP = 268_435_456
"""Bytes that SQLite may hold for one statement."""

_LONGEST_VALUE = 500_000
"""Bytes of one value: instr() and replace() take the square of it."""

_PYTHON = 268_435_456
_STEPS_BETWEEN_CHECKS = 1_000
_SOCKET = 0
_LIMITS = (
    (sqlite3.SQLITE_LIMIT_ATTACHED, 0),
    (sqlite3.SQLITE_LIMIT_LENGTH, _LONGEST_VALUE),
    (sqlite3.SQLITE_LIMIT_SQL_LENGTH, 100_000),
    (sqlite3.SQLITE_LIMIT_LIKE_PATTERN_LENGTH, 1_000),
    (sqlite3.SQLITE_LIMIT_EXPR_DEPTH, 500),
    (sqlite3.SQLITE_LIMIT_COMPOUND_SELECT, 200),
    (sqlite3.SQLITE_LIMIT_VDBE_OP, 250_000),
)


class Authorizer:
    """Answers SQLite's question, while it compiles a statement, whether a part of it may be.

    Only four actions are ever allowed: SELECT, RECURSIVE, READ of an open column and FUNCTION
    with a listed name. SQLite does not ask about the columns that USING and NATURAL JOIN compare;
    those are the guard's to refuse. `hidden` has the closed columns of every open table, `lent`
    the (table, column) pairs that an open view reads, `uncountable` what is closed, all folded as
    SQLite compares names.
    """

    def __init__(
        self,
        hidden: Mapping[str, Collection[str]],
        lent: Mapping[str, Collection[tuple[str, str]]],
        uncountable: Collection[str],
        functions: Collection[str],
        table_functions: Collection[str],
    ) -> None:
        self._hidden = hidden
        self._lent = lent
        self._uncountable = uncountable
        self._functions = functions
        self.table_functions = table_functions

    def __call__(
        self, action: int, first: str | None, second: str | None, base: str | None, via: str | None
    ) -> int:
        """SQLITE_OK or SQLITE_DENY; `via` is the view or subquery that the access comes from."""
        match action:
            case sqlite3.SQLITE_SELECT | sqlite3.SQLITE_RECURSIVE:
                allowed = True
            case sqlite3.SQLITE_FUNCTION:
                allowed = (second or "").lower() in self._functions
            case sqlite3.SQLITE_READ if not second:
                allowed = self._may_count(first or "")
            case sqlite3.SQLITE_READ:
                allowed = base == "main" and self._may_read(first or "", second or "", via or "")
            case _:
                allowed = False
        return sqlite3.SQLITE_OK if allowed else sqlite3.SQLITE_DENY

    def _may_count(self, table: str) -> bool:
        """SQLite asks this when no column is read, and for a CTE's name as for a table's."""
        table = _folded(table)
        return table not in self._uncountable and not table.startswith("sqlite_")

    def _may_read(self, table: str, column: str, via: str) -> bool:
        table, column = _folded(table), _folded(column)
        if table in self.table_functions:
            return True
        hidden = self._hidden.get(table)
        if hidden is not None:
            return column not in hidden
        return (table, column) in self._lent.get(_folded(via), ())


_ASCII = str.maketrans({chr(letter): chr(letter + 32) for letter in range(ord("A"), ord("Z") + 1)})


def _folded(name: str) -> str:
    """A name as SQLite compares it: only ASCII letters are the same in both cases."""
    return name.translate(_ASCII)


Rules = tuple[
    Mapping[str, Collection[str]],
    Mapping[str, Collection[tuple[str, str]]],
    Collection[str],
    Collection[str],
    Collection[str],
]
"""The arguments of an `Authorizer`."""

Opening = tuple[str, Rules]
"""The URI of a file and what may be read of it."""

Order = tuple[Opening | None, str, float, int, int]
"""A statement with its most seconds, rows and bytes; before it the file to open, if it is another."""

Row = tuple[str | int | float | bytes | None, ...]
Rows = tuple[str, tuple[str, ...], tuple[Row, ...], bool]
Failure = tuple[str, int, str]
Answer = Rows | Failure
"""("rows", columns, rows, truncated), ("error", SQLite's code, its words) or ("memory", 0, "")."""


class File:
    """One database file, read-only and gated; it runs one statement after another."""

    def __init__(self, uri: str, rules: Rules) -> None:
        authorizer = Authorizer(*rules)
        self._driver = sqlite3.connect(uri, uri=True, timeout=LOCK_WAIT_S, isolation_level=None)
        self._driver.text_factory = decode_stored
        for setting in ("query_only = 1", "trusted_schema = 0", "temp_store = MEMORY"):
            self._driver.execute(f"PRAGMA {setting}")
        self._driver.execute(f"PRAGMA hard_heap_limit = {HEAP}")
        for function in authorizer.table_functions:
            self._driver.execute(f"SELECT 1 FROM {function}('[]')")  # noqa: S608 - loads the module, by a name of ours
        for limit, most in _LIMITS:
            self._driver.setlimit(limit, most)
        self._driver.set_authorizer(authorizer)

    def run(self, text: str, seconds: float, rows: int, size: int) -> Rows:
        """The rows up to a cap; one past it is looked at and dropped."""
        deadline = time.monotonic() + seconds
        self._driver.set_progress_handler(
            lambda: time.monotonic() > deadline, _STEPS_BETWEEN_CHECKS
        )
        cursor = self._driver.execute(text)
        try:
            columns = tuple(column[0] for column in cursor.description or ())
            taken, truncated = _taken(cursor, rows, size)
        finally:
            cursor.close()
        return ("rows", columns, taken, truncated)

    def close(self) -> None:
        """Give the file up."""
        self._driver.close()


class Runner:
    """Does what orders say, one after another; the latest file stays open."""

    def __init__(self) -> None:
        self._file: File | None = None

    def answer(self, order: Order) -> Answer:
        """Run an order's statement, or say why it did not run."""
        opening, text, seconds, rows, size = order
        _bound_memory(size)
        try:
            if opening is not None or self._file is None:
                self._open(opening)
            _end_after(seconds + GRACE_S)
            return self._file.run(text, seconds, rows, size) if self._file else _NO_FILE
        except MemoryError:
            return _NO_MEMORY
        except (sqlite3.Error, sqlite3.Warning, ValueError) as error:
            return ("error", getattr(error, "sqlite_errorcode", sqlite3.SQLITE_ERROR), str(error))
        finally:
            _end_after(0)

    def _open(self, opening: Opening | None) -> None:
        if self._file is not None:
            self._file.close()
            self._file = None
        if opening is not None:
            self._file = File(*opening)


def decode_stored(text: bytes) -> str:
    """Stored text, whatever its bytes."""
    return text.decode(errors="replace")


def packed(message: Order | Answer) -> bytes:
    """Plain values as they travel: their length in eight bytes, then marshal's form of them."""
    body = marshal.dumps(message, 2)  # pyright: ignore[reportArgumentType]  # it knows no tuples of mappings
    return len(body).to_bytes(HEAD, "little") + body


HEAD = 8
"""Bytes in front of each message that say how many follow."""

_NO_MEMORY: Failure = ("memory", 0, "")
_NO_FILE: Failure = ("error", sqlite3.SQLITE_MISUSE, "no file was opened")


def _taken(cursor: sqlite3.Cursor, most: int, size: int) -> tuple[tuple[Row, ...], bool]:
    rows: list[Row] = []
    for row in cursor:
        for value in row:
            size -= len(value) if isinstance(value, str | bytes) else 8
        if len(rows) == most or size < 0:
            return tuple(rows), True
        rows.append(row)
    return tuple(rows), False


def _end_after(seconds: float) -> None:
    """Have the kernel end this process then, whatever it is inside of; 0: never mind."""
    signal.setitimer(signal.ITIMER_REAL, seconds)


def _bound_memory(size: int) -> None:
    """Bound all that the process may map: SQLite's heap, some copies of the result, Python."""
    most = HEAP + 4 * size + _PYTHON
    _, hard = resource.getrlimit(resource.RLIMIT_AS)
    if hard == resource.RLIM_INFINITY or most <= hard:
        resource.setrlimit(resource.RLIMIT_AS, (most, hard))


def _leave_with_the_parent() -> None:
    """End this process when the other end of its socket is gone, also inside a statement."""
    waiting = select.poll()
    waiting.register(_SOCKET, 0)
    waiting.poll()
    os._exit(0)


def _next_order(idle_s: float) -> Order | None:
    """Wait for an order; None once nobody gives any more, or gave none for so long."""
    waiting = select.poll()
    waiting.register(_SOCKET, select.POLLIN)
    if not waiting.poll(idle_s * 1000):
        return None
    head = _read(HEAD)
    body = _read(int.from_bytes(head, "little"))
    return marshal.loads(body) if head and body else None  # noqa: S302  # of our own parent


def _read(size: int) -> bytes:
    """So many bytes, or none at the end."""
    pieces: list[bytes] = []
    while size and (piece := os.read(_SOCKET, size)):
        pieces.append(piece)
        size -= len(piece)
    return b"" if size else b"".join(pieces)


def _write(message: bytes) -> None:
    left = memoryview(message)
    while left:
        left = left[os.write(_SOCKET, left) :]


def _prepare() -> None:
    """Leave it to the parent to say when to end, and be the first to go where memory runs out."""
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, signal.SIG_IGN)
    signal.signal(signal.SIGALRM, signal.SIG_DFL)
    signal.pthread_sigmask(signal.SIG_SETMASK, ())
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    try:
        with open("/proc/self/oom_score_adj", "w", encoding="ascii") as score:  # noqa: PTH123  # pathlib is slow to load
            score.write("1000")
    except OSError:
        pass  # another system than Linux
    _thread.start_new_thread(_leave_with_the_parent, ())


def main(idle_s: float) -> None:
    """Take orders until the parent is gone, or gives none for a while."""
    _prepare()
    runner = Runner()
    while (order := _next_order(idle_s)) is not None:
        answer = runner.answer(order)
        try:
            message = packed(answer)
        except MemoryError:
            message = packed(_NO_MEMORY)
        _write(message)


if __name__ == "__main__":
    if sys.argv[2]:  # SQLite asks the C library for the local time
        os.putenv("TZ", sys.argv[2])
        time.tzset()
    main(float(sys.argv[1]))
