"""Daemon threads that are used again: to start one takes longer than most of their work."""

import threading
from collections.abc import Callable
from queue import Empty, SimpleQueue

_IDLE_S = 30.0

Work = Callable[[], None]


class DaemonThreads:
    """Runs works at once, each in a thread of its own, in one that waits for more if there is one.

    Neither an event loop nor the end of the process waits for them. A work raises nothing.
    """

    def __init__(self, name: str, *, idle_s: float = _IDLE_S) -> None:
        self._name = name
        self._idle_s = idle_s
        self._changing = threading.Lock()
        self._waiting: list[SimpleQueue[Work | None]] = []
        self._is_closed = False

    def start(self, work: Work) -> None:
        """Have a thread do it.

        Raises:
            RuntimeError: no thread can be started.
        """
        with self._changing:
            inbox = self._waiting.pop() if self._waiting else None
        if inbox is not None:
            inbox.put(work)
        else:
            threading.Thread(target=self._serve, args=[work], name=self._name, daemon=True).start()

    def close(self) -> None:
        """End the threads that wait, and the others after their work."""
        with self._changing:
            self._is_closed = True
            waiting, self._waiting = self._waiting, []
        for inbox in waiting:
            inbox.put(None)

    def _serve(self, work: Work | None) -> None:
        inbox: SimpleQueue[Work | None] = SimpleQueue()
        while work is not None:
            work()
            work = None  # what it holds is not kept while the thread waits
            work = self._next(inbox)

    def _next(self, inbox: "SimpleQueue[Work | None]") -> Work | None:
        """The next work; None after a while without any."""
        with self._changing:
            if self._is_closed:
                return None
            self._waiting.append(inbox)
        try:
            return inbox.get(timeout=self._idle_s)
        except Empty:
            with self._changing:
                if inbox in self._waiting:
                    self._waiting.remove(inbox)
                    return None
        return inbox.get()  # it was taken in this very moment
