"""A bounded number of calls at once, shared out by callers and not by who calls most."""

import asyncio
import threading
from collections import OrderedDict, deque
from collections.abc import AsyncGenerator, Generator
from concurrent.futures import Future
from contextlib import asynccontextmanager, contextmanager


class FairQueue:
    """Lets `limit` calls in; the callers of those that wait are served in turns.

    One caller's hundred calls so hold up another's first by one call at most. Calls may come from
    any thread and any event loop, and are counted together.
    """

    def __init__(self, limit: int) -> None:
        self._free = limit
        self._waiting: OrderedDict[str, deque[Future[None]]] = OrderedDict()
        self._lock = threading.Lock()

    @property
    def waiting(self) -> int:
        """How many calls wait for a place."""
        return sum(map(len, self._waiting.values()))

    @asynccontextmanager
    async def place(self, caller: str) -> AsyncGenerator[None]:
        """Wait for a place and hold it for as long as the context is open."""
        if turn := self._line_up(caller):
            try:
                await asyncio.wrap_future(turn)
            except asyncio.CancelledError:
                self._give_up(turn)
                raise
        try:
            yield
        finally:
            self._leave()

    @contextmanager
    def place_from_a_thread(self, caller: str, *, limit_s: float) -> Generator[None]:
        """`place` for code without an event loop.

        Raises:
            TimeoutError: None became free in `limit_s` seconds.
        """
        if turn := self._line_up(caller):
            try:
                turn.result(limit_s)
            except BaseException:
                self._give_up(turn)
                raise
        try:
            yield
        finally:
            self._leave()

    def _line_up(self, caller: str) -> Future[None] | None:
        """None where a place is free, and taken now; else what becomes ready with one."""
        with self._lock:
            if self._free:
                self._free -= 1
                return None
            turn: Future[None] = Future()
            self._waiting.setdefault(caller, deque()).append(turn)
            return turn

    def _give_up(self, turn: Future[None]) -> None:
        if not turn.cancel():
            self._leave()  # the place was handed over just as its caller left

    def _leave(self) -> None:
        """Hand the place to the next caller in turn, or keep it free."""
        if turn := self._next():
            turn.set_result(None)

    def _next(self) -> Future[None] | None:
        with self._lock:
            while self._waiting:
                caller, calls = self._waiting.popitem(last=False)
                turn = calls.popleft()
                if calls:
                    self._waiting[caller] = calls  # to the end: everybody else comes first
                if turn.set_running_or_notify_cancel():
                    return turn
            self._free += 1
            return None
