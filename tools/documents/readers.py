"""A pool of parser processes, so that no file can crash the run.

Processes are reused; one that is too slow, too large or dead is replaced.
"""

import threading
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from typing import Protocol, Self

from tools.documents.child_process import ChildProcess
from tools.documents.reading import ReadDocument, ReadingRules, ReadingTask
from tools.errors import Unavailable

WORKERS = 2
"""Processes that read files at once."""


class FileReader(Protocol):
    """Reads one file after another, here or on another machine; used by one thread at a time."""

    @property
    def is_alive(self) -> bool:
        """Whether it can be given another file."""
        ...

    def read(self, task: ReadingTask, rules: ReadingRules) -> ReadDocument:
        """The result of a file; after a failure the reader may be dead.

        Raises:
            Unavailable: it cannot be started.
        """
        ...

    def kill(self) -> None:
        """End it in the middle of a file; may be called from any thread."""
        ...

    def close(self) -> object:
        """Let go of what it holds, once it is dead."""
        ...


class FileReaders:
    """At most `workers` at once; `start` makes one when it is first needed."""

    def __init__(
        self,
        workers: int = WORKERS,
        rules: ReadingRules | None = None,
        *,
        start: Callable[[], FileReader] = ChildProcess,
    ) -> None:
        self.workers = workers
        self._rules = rules or ReadingRules()
        self._start = start
        self._threads = ThreadPoolExecutor(workers, thread_name_prefix="reader")
        self._lock = threading.Lock()
        self._idle = list[FileReader]()
        self._alive = set[FileReader]()
        self._closed = False

    def submit(self, task: ReadingTask) -> Future[ReadDocument]:
        """Have a file read; the result never raises for what the file is.

        It raises Unavailable where no reader can be started.
        """
        return self._threads.submit(self._read, task)

    def close(self) -> None:
        """Stop the readers, in the middle of a file too."""
        with self._lock:
            self._closed = True
            readers = list(self._alive)
        self._threads.shutdown(wait=False, cancel_futures=True)
        for reader in readers:
            reader.kill()
        self._threads.shutdown()
        for reader in readers:
            reader.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def _read(self, task: ReadingTask) -> ReadDocument:
        reader = self._take()
        answer = reader.read(task, self._rules)
        with self._lock:
            if reader.is_alive:
                self._idle.append(reader)
            else:
                self._alive.discard(reader)
        return answer

    def _take(self) -> FileReader:
        with self._lock:
            if self._closed:
                raise Unavailable("The parser processes were stopped.")
            if self._idle:
                return self._idle.pop()
            reader = self._start()
            self._alive.add(reader)
            return reader
