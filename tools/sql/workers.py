"""Where a database's work is done: in threads of its own, fairly shared, and ended when need be."""

import asyncio
import threading
from collections.abc import Callable, Generator
from concurrent.futures import CancelledError, Future
from contextlib import ExitStack, contextmanager
from contextvars import ContextVar, copy_context
from functools import partial
from typing import Any, TypeVar

from tools.caller import Caller
from tools.daemon_threads import DaemonThreads
from tools.errors import Unavailable
from tools.fair_queue import FairQueue
from tools.sql.source import StopSignal, statement_too_slow

Outcome = TypeVar("Outcome")

AT_ONCE = 5
"""Statements that a database runs at the same time."""

_OF_ONE_CALLER = 4
_WORKS = 8
_WORKS_OF_ONE_CALLER = 6
"""Works are judged outside the statements' places, so that there are some more of them."""

_PLACE_WAIT_S = 30.0
_LEAVE_S = 0.25
_CLOSE_S = 2.0

_THIS_WORK: ContextVar[StopSignal | None] = ContextVar("the work that a thread does", default=None)


class Workers:
    """Does works that ask one database; those of one caller never take all of the places.

    A work is some judging and some statements. It runs in a daemon thread: neither an event loop
    nor the end of the process waits for it.
    """

    def __init__(self, name: str) -> None:
        self._name = name
        self._works = FairQueue(_WORKS, per_caller=_WORKS_OF_ONE_CALLER)
        self._places = FairQueue(AT_ONCE, per_caller=_OF_ONE_CALLER)
        self._running: set[StopSignal] = set()
        self._changed = threading.Condition()
        self._is_closed = False
        self._threads = DaemonThreads(f"sql-{name}")

    async def do(self, work: Callable[[], Outcome], caller: Caller) -> Outcome:
        """Do blocking work in a thread; to cancel the awaiting task stops the work's statement.

        Raises:
            Unavailable: the database was closed.
        """
        self.see_that_they_are_open()
        await self._works.enter(caller.id)
        stop = StopSignal()
        done = self._started(partial(self._done, work, stop), caller)
        outcome = asyncio.wrap_future(done)
        try:
            return await asyncio.shield(outcome)
        except asyncio.CancelledError:
            outcome.add_done_callback(_see)
            _in_a_thread(stop.set, "sql-stop")
            await asyncio.wait([outcome], timeout=_LEAVE_S)
            raise

    @contextmanager
    def work(self) -> Generator[StopSignal]:
        """The cancellation of the current work in this thread."""
        outer = _THIS_WORK.get()
        if outer is not None:
            yield outer
            return
        stop = StopSignal()
        with self._registered(stop):
            yield stop

    @contextmanager
    def place(self, caller: Caller, stop: StopSignal) -> Generator[None]:
        """One of the places in which a statement runs.

        Raises:
            TooSlow: somebody set `stop`.
            Unavailable: none became free in half a minute.
        """
        wanted = self._places.place_from_a_thread(
            caller.id, limit_s=_PLACE_WAIT_S, waiting=stop.ends_by
        )
        with ExitStack() as held:
            try:
                held.enter_context(wanted)
            except TimeoutError as error:
                raise Unavailable(
                    "Too many statements are running. Try again in a moment."
                ) from error
            except CancelledError as error:
                raise statement_too_slow(0.0) from error
            yield

    def see_that_they_are_open(self) -> None:
        """Raise Unavailable after `close`."""
        if self._is_closed:
            raise Unavailable(f"The database {self._name!r} is closed.")

    def close(self) -> None:
        """Stop what runs, and wait a little until it has ended."""
        self._is_closed = True
        self._threads.close()
        with self._changed:
            for stop in self._running:
                _in_a_thread(stop.set, "sql-stop")
            self._changed.wait_for(lambda: not self._running, _CLOSE_S)

    def _started(self, work: Callable[[], Outcome], caller: Caller) -> Future[Outcome]:
        outcome: Future[Outcome] = Future()
        context = copy_context()

        outcome.set_running_or_notify_cancel()  # from now on it cannot be cancelled

        def run() -> None:
            try:
                outcome.set_result(context.run(work))
            except BaseException as error:  # noqa: BLE001  # it is handed to whoever waits
                outcome.set_exception(error)
            finally:
                self._works.leave(caller.id)

        try:
            self._threads.start(run)
        except RuntimeError:  # no thread can be started
            self._works.leave(caller.id)
            raise
        return outcome

    def _done(self, work: Callable[[], Outcome], stop: StopSignal) -> Outcome:
        token = _THIS_WORK.set(stop)
        try:
            with self._registered(stop):
                return work()
        finally:
            _THIS_WORK.reset(token)

    @contextmanager
    def _registered(self, stop: StopSignal) -> Generator[None]:
        with self._changed:
            self.see_that_they_are_open()
            self._running.add(stop)
        try:
            yield
        finally:
            with self._changed:
                self._running.discard(stop)
                self._changed.notify_all()


def _see(outcome: "asyncio.Future[Any]") -> None:
    """Take note of how it ended, of which asyncio would tell the log where nobody asks."""
    if not outcome.cancelled():
        outcome.exception()


def _in_a_thread(work: Callable[[], None], name: str) -> None:
    threading.Thread(target=work, name=name, daemon=True).start()
