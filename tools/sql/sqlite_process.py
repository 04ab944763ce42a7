"""Processes that run SQLite's statements: started when one is needed, kept for the next, ended."""

import marshal
import signal
import socket
import subprocess
import sys
import threading
import time
import weakref
from collections.abc import Generator
from contextlib import contextmanager, suppress
from pathlib import Path

from tools.errors import QueryFailed, Unavailable
from tools.sql import sqlite_child
from tools.sql.source import Job, statement_too_slow
from tools.sql.sqlite_child import GRACE_S, HEAD, Answer, Opening, packed

_CHILD = Path(sqlite_child.__file__)
_OPENING_S = 5.0
_END_S = 1.0
_INSTANT_S = 0.001
_PIECE = 1_048_576


class SqliteProcesses:
    """The processes of one database file: one for each statement that runs, and so many are kept."""

    def __init__(self, *, kept: int, idle_s: float, timezone: str = "") -> None:
        self._kept = kept
        self._timezone = timezone
        self._idle_s = idle_s
        self._idle: list[SqliteProcess] = []
        self._lock = threading.Lock()
        self._is_closed = False

    def answer(self, job: Job, opening: Opening) -> Answer:
        """Have a process run the job's text.

        Raises:
            TooSlow: the limit passed, or somebody set the job's `stop`; the process is gone.
            QueryFailed: the statement ended its process.
            Unavailable: no process can be started, or it cannot do its work.
        """
        while True:
            with self._lent(job) as child, job.stop.ends_by(child.kill):
                try:
                    return child.answer(job, opening)
                except TimeoutError as error:
                    raise statement_too_slow(job.seconds) from error
                except (EOFError, ConnectionError) as error:
                    code = child.end()
                    if code or job.stop.is_set():
                        raise _ended(code, job) from error
                    # It had nothing to do for a while and left just now: another takes the order.

    def close(self) -> None:
        """Stop the processes; a busy one stops after its statement."""
        with self._lock:
            self._is_closed = True
            idle, self._idle = self._idle, []
        for child in idle:
            child.end()

    @contextmanager
    def _lent(self, job: Job) -> Generator["SqliteProcess"]:
        """The process that was used last; it is ended where it may be in the midst of something."""
        child = self._taken() or SqliteProcess(self._idle_s, self._timezone)
        try:
            yield child
        except BaseException:
            child.end()
            raise
        with self._lock:
            is_wanted = not self._is_closed and len(self._idle) < self._kept
            # A thread that set `stop` may be about to kill it.
            is_kept = is_wanted and child.is_usable and not job.stop.is_set()
            if is_kept:
                self._idle.append(child)
        if not is_kept:
            child.end()

    def _taken(self) -> "SqliteProcess | None":
        while True:
            with self._lock:
                child = self._idle.pop() if self._idle else None
            if child is None or child.is_alive():
                return child
            child.end()


class SqliteProcess:
    """One process; one thread at a time may ask it, any may kill it.

    It ends by itself when this one does, and when it gets no order for `idle_s` seconds. Local
    time is that of `timezone`, of this machine where it is empty.
    """

    def __init__(self, idle_s: float, timezone: str = "") -> None:
        self._opened: Opening | None = None
        self.is_usable = True
        self._socket, theirs = socket.socketpair()
        with theirs:
            try:
                self._process = subprocess.Popen(  # noqa: S603  # our own file, by our own interpreter
                    [sys.executable, "-I", "-S", str(_CHILD), str(idle_s), timezone],
                    stdin=theirs.fileno(),
                    stdout=subprocess.DEVNULL,
                    start_new_session=True,  # a terminal's Ctrl-C is the parent's to act on
                )
            except OSError as error:
                self._socket.close()
                raise Unavailable(f"No SQLite process can be started: {error}.") from error
        self._ended = weakref.finalize(self, _end, self._socket, self._process)

    def is_alive(self) -> bool:
        """Whether it has not ended by itself, which it does where there is nothing to do."""
        return self._process.poll() is None

    def answer(self, job: Job, opening: Opening) -> Answer:
        """Send an order and wait for what comes of it.

        Raises:
            TimeoutError: nothing came in time.
            EOFError, ConnectionError: the process has ended.
        """
        is_open = self._opened is opening
        until = time.monotonic() + job.seconds + GRACE_S + (0.0 if is_open else _OPENING_S)
        order = (None if is_open else opening, job.text, job.seconds, job.rows, job.bytes)
        self._socket.settimeout(job.seconds + GRACE_S)
        self._socket.sendall(packed(order))
        length = int.from_bytes(self._read(HEAD, until), "little")
        answer: Answer = marshal.loads(self._read(length, until))  # noqa: S302  # holds plain values only
        self._opened = opening if is_open or answer[0] == "rows" else None
        self.is_usable = answer[0] != "memory"
        return answer

    def kill(self) -> None:
        """Kill the process at once; the waiting caller gets an error."""
        self._process.kill()

    def end(self) -> int:
        """Kill the process and say how it ended, as `subprocess` counts: 0 where it left by itself."""
        self.is_usable = False
        self._ended()
        code = self._process.returncode
        return -signal.SIGKILL if code is None else code

    def _read(self, size: int, until: float) -> bytes:
        pieces: list[bytes] = []
        while size:
            self._socket.settimeout(max(_INSTANT_S, until - time.monotonic()))
            piece = self._socket.recv(min(size, _PIECE))
            if not piece:
                raise EOFError
            pieces.append(piece)
            size -= len(piece)
        return b"".join(pieces)


def out_of_memory() -> QueryFailed:
    """The error for a statement that needs too much memory."""
    return QueryFailed(
        "The statement needs more memory than it may have. Aggregate or filter earlier."
    )


def _ended(code: int, job: Job) -> Exception:
    """The error for a statement that crashed its process."""
    if code == -signal.SIGALRM or job.stop.is_set():
        return statement_too_slow(job.seconds)
    if code > 0:
        return Unavailable(
            f"The SQLite process ended with {code}; the reason is on standard error. Check that "
            f"{sys.executable!r} runs and has its module sqlite3."
        )
    if code == -signal.SIGKILL:  # not by us: the system has no memory left
        return out_of_memory()
    return QueryFailed(f"SQLite crashed on this statement ({code}). Simplify it.")


def _end(connection: socket.socket, process: "subprocess.Popen[bytes]") -> None:
    connection.close()
    process.kill()
    with suppress(subprocess.TimeoutExpired):  # the kernel may take time, so do not wait
        process.wait(_END_S)
