"""A bounded number of calls at once, shared out by callers and not by who calls most."""

import asyncio
import threading
from collections import Counter, OrderedDict, deque
from collections.abc import AsyncGenerator, Callable, Generator
from concurrent.futures import Future
from contextlib import AbstractContextManager, asynccontextmanager, contextmanager, nullcontext

Waiting = Callable[[Callable[[], object]], AbstractContextManager[None]]
"""Entered for as long as a call waits, with what gives up its wait."""


class FairQueue:
    """Lets `limit` calls in; the callers of those that wait are served in turns.

    One caller's hundred calls so hold up another's first by one call at most, and not at all where
    `per_caller` keeps a place for others. Calls may come from any thread and any event loop, and
    are counted together.
    """

    def __init__(self, limit: int, *, per_caller: int | None = None) -> None:
        self._free = limit
        self._share = per_caller or limit
        self._held: Counter[str] = Counter()
        self._waiting: OrderedDict[str, deque[Future[None]]] = OrderedDict()
        self._lock = threading.Lock()

    @property
    def waiting(self) -> int:
        """How many calls wait for a place."""
        return sum(map(len, self._waiting.values()))

    @asynccontextmanager
    async def place(self, caller: str) -> AsyncGenerator[None]:
        """Wait for a place and hold it for as long as the context is open."""
        await self.enter(caller)
        try:
            yield
        finally:
            self.leave(caller)

    @contextmanager
    def place_from_a_thread(
        self, caller: str, *, limit_s: float, waiting: Waiting = lambda _: nullcontext()
    ) -> Generator[None]:
        """`place` for code without an event loop.

        Raises:
            TimeoutError: None became free in `limit_s` seconds.
            concurrent.futures.CancelledError: Somebody gave up the wait.
        """
        if turn := self._line_up(caller):
            try:
                with waiting(turn.cancel):
                    turn.result(limit_s)
            except BaseException:
                self._give_up(caller, turn)
                raise
        try:
            yield
        finally:
            self.leave(caller)

    async def enter(self, caller: str) -> None:
        """Wait for a place and keep it until `leave`, which may be called from any thread."""
        if turn := self._line_up(caller):
            try:
                await asyncio.wrap_future(turn)
            except asyncio.CancelledError:
                self._give_up(caller, turn)
                raise

    def leave(self, caller: str) -> None:
        """Hand the caller's place to the next one in turn, or keep it free."""
        with self._lock:
            self._free += 1
            self._held[caller] -= 1
            if not self._held[caller]:
                del self._held[caller]
        if turn := self._next():
            turn.set_result(None)

    def _line_up(self, caller: str) -> Future[None] | None:
        """None where a place is free, and taken now; else what becomes ready with one."""
        with self._lock:
            if self._may_enter(caller):
                self._take(caller)
                return None
            turn: Future[None] = Future()
            self._waiting.setdefault(caller, deque()).append(turn)
            return turn

    def _may_enter(self, caller: str) -> bool:
        return self._free > 0 and self._held[caller] < self._share

    def _take(self, caller: str) -> None:
        self._free -= 1
        self._held[caller] += 1

    def _give_up(self, caller: str, turn: Future[None]) -> None:
        if not turn.cancel():
            self.leave(caller)  # the place was handed over just as its caller left

    def _next(self) -> Future[None] | None:
        with self._lock:
            for caller in filter(self._may_enter, list(self._waiting)):
                calls = self._waiting.pop(caller)
                turn = _next_that_waits(calls)
                if calls:
                    self._waiting[caller] = calls  # to the end: everybody else comes first
                if turn is not None:
                    self._take(caller)
                    return turn
            return None


def _next_that_waits(calls: deque[Future[None]]) -> Future[None] | None:
    while calls:
        turn = calls.popleft()
        if turn.set_running_or_notify_cancel():
            return turn
    return None
