"""An event loop for one command, which Ctrl-C always ends."""

import asyncio
import signal
import socket
from collections.abc import Coroutine, Generator
from contextlib import contextmanager
from typing import Any, TypeVar

T = TypeVar("T")


def run_interruptible(work: Coroutine[Any, Any, T]) -> T:
    """`asyncio.run`, and every signal wakes the loop.

    asyncio has a handler run when the loop is awake. A Ctrl-C that comes just before the loop goes
    to sleep would wait for whatever happens next: where a server is silent, for minutes. See
    https://docs.python.org/3/library/signal.html#signal.set_wakeup_fd.

    Raises:
        KeyboardInterrupt: Ctrl-C; the work was cancelled.
    """
    with _heard() as signals, asyncio.Runner() as runner:
        runner.get_loop().add_reader(signals, signals.recv, 4096)
        return runner.run(work)


@contextmanager
def _heard() -> Generator[socket.socket]:
    """What can be read from as soon as a signal has come."""
    ours, theirs = socket.socketpair()
    with ours, theirs:
        ours.settimeout(0)
        theirs.settimeout(0)
        before = signal.set_wakeup_fd(theirs.fileno(), warn_on_full_buffer=False)
        try:
            yield ours
        finally:
            signal.set_wakeup_fd(before)
