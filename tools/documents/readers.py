"""Files read in child processes, so that none of them can take the run down with it.

A child is a fresh interpreter: the parent holds Milvus's gRPC threads, which do not survive a fork,
and multiprocessing's spawn would run the caller's own main module again in every child. Children
are kept for the next file; one that is too slow, too large or dead is replaced.
"""

import json
import signal
import socket
import subprocess
import sys
import threading
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import suppress
from dataclasses import asdict
from multiprocessing.connection import Connection
from pathlib import PurePosixPath
from typing import Self

from pydantic import TypeAdapter

from tools.documents.child import OUT_OF_MEMORY, READY
from tools.documents.reading import Limits, ReadDocument, Task
from tools.errors import Unavailable

_GIGABYTE = 1024**3
_LAST_WORDS_S = 1.0
_START_S = 60.0
"""Seconds that an interpreter may take to start on a busy machine."""
_BOOT = "import sys; sys.path[:] = sys.argv[2:]; from tools.documents.child import main; main()"
_ANSWER = TypeAdapter(ReadDocument)


class Readers:
    """At most `workers` children at once; each starts when it is first needed."""

    def __init__(self, workers: int, limits: Limits | None = None) -> None:
        self._limits = limits or Limits()
        self._threads = ThreadPoolExecutor(workers, thread_name_prefix="reader")
        self._lock = threading.Lock()
        self._idle = list[_Child]()
        self._alive = set[_Child]()
        self._closed = False

    def submit(self, task: Task) -> Future[ReadDocument]:
        """Have a file read; the result never raises for what the file is.

        It raises Unavailable where no child can be started.
        """
        return self._threads.submit(self._read, task)

    @property
    def processes(self) -> list[int]:
        """The ids of the children that are there."""
        with self._lock:
            return [child.process_id for child in self._alive]

    def close(self) -> None:
        """Stop the children, in the middle of a file too."""
        with self._lock:
            self._closed = True
            children = list(self._alive)
        self._threads.shutdown(wait=False, cancel_futures=True)
        for child in children:
            child.kill()
        self._threads.shutdown()
        for child in children:
            child.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def _read(self, task: Task) -> ReadDocument:
        child = self._take()
        answer = child.read(task, self._limits)
        with self._lock:
            if child.is_alive:
                self._idle.append(child)
            else:
                self._alive.discard(child)
        return answer

    def _take(self) -> "_Child":
        with self._lock:
            if self._closed:
                raise Unavailable("The readers of files were stopped.")
            if self._idle:
                return self._idle.pop()
            child = _Child()
            self._alive.add(child)
            return child


class _Child:
    """A process, and this end of the line to it; used by one thread at a time."""

    def __init__(self) -> None:
        here, there = socket.socketpair()
        with there:
            self._process = subprocess.Popen(  # noqa: S603  # our own interpreter and module
                [sys.executable, "-P", "-W", "ignore", "-c", _BOOT, str(there.fileno()), *sys.path],
                pass_fds=[there.fileno()],
                stdin=subprocess.DEVNULL,
                stdout=subprocess.DEVNULL,
                stderr=subprocess.DEVNULL,
            )
        self._line: Connection[bytes, bytes] = Connection(here.detach())
        self._is_ready = False
        self.is_alive = True

    @property
    def process_id(self) -> int:
        return self._process.pid

    def read(self, task: Task, limits: Limits) -> ReadDocument:
        """What the child makes of a file, or how it failed at it; then it is not alive any more."""
        self._await_ready()
        order = {"task": asdict(task), "limits": asdict(limits)}
        try:
            self._line.send_bytes(json.dumps(order).encode())
            in_time = self._line.poll(limits.seconds)
            if in_time:
                return _ANSWER.validate_json(self._line.recv_bytes())
        except (EOFError, OSError, ValueError):
            in_time = True
        if not in_time:
            self.kill()
        exit_code = self.close()
        how = exit_code if in_time else -signal.SIGXCPU
        return ReadDocument(reason=f"{PurePosixPath(task.source).name}: {_describe(how, limits)}")

    def kill(self) -> None:
        """End the process; may be called from any thread, and wakes the one that waits for it."""
        self._process.kill()

    def close(self) -> int:
        """Let go of the process and the line; how it ended, as subprocess tells it."""
        self.is_alive = False
        self._line.close()
        with suppress(subprocess.TimeoutExpired):
            # One that has died by itself says how; it gets the time to.
            return self._process.wait(_LAST_WORDS_S)
        self._process.kill()
        return self._process.wait()

    def _await_ready(self) -> None:
        if self._is_ready:
            return
        try:
            self._is_ready = self._line.poll(_START_S) and self._line.recv_bytes() == READY
        except (EOFError, OSError):
            self._is_ready = False
        if not self._is_ready:
            self.kill()
            raise Unavailable(
                f"No process to read files in could be started (exit code {self.close()}); "
                f"{sys.executable!r} must be able to import DocSQL."
            )


def _describe(exit_code: int, limits: Limits) -> str:
    if exit_code == -signal.SIGXCPU:
        return (
            f"reading it took longer than {limits.seconds:g} s and was stopped; split the file or "
            "save it in a simpler format."
        )
    if exit_code == OUT_OF_MEMORY:
        return (
            f"reading it took more than {limits.memory / _GIGABYTE:.3g} GB of memory and was "
            "stopped; split the file."
        )
    return (
        f"reading it brought the reading process down (exit code {exit_code}); save the file again "
        "in its own program or in another format."
    )
