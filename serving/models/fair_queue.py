"""A bounded number of calls at once, shared out by callers and not by who calls most."""

import asyncio
from collections import OrderedDict, deque
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager


class FairQueue:
    """Lets `limit` calls in; the callers of those that wait are served in turns.

    One caller's hundred calls so hold up another's first by one call at most. Belongs to one event
    loop.
    """

    def __init__(self, limit: int) -> None:
        self._free = limit
        self._waiting: OrderedDict[str, deque[asyncio.Future[None]]] = OrderedDict()

    @property
    def waiting(self) -> int:
        """How many calls wait for a place."""
        return sum(map(len, self._waiting.values()))

    @asynccontextmanager
    async def place(self, caller: str) -> AsyncGenerator[None]:
        """Wait for a place and hold it for as long as the context is open."""
        await self._enter(caller)
        try:
            yield
        finally:
            self._leave()

    async def _enter(self, caller: str) -> None:
        if self._free:
            self._free -= 1
            return
        turn = asyncio.get_running_loop().create_future()
        self._waiting.setdefault(caller, deque()).append(turn)
        try:
            await turn
        except asyncio.CancelledError:
            if turn.done() and not turn.cancelled():
                self._leave()  # the place was handed over just as its caller left
            raise

    def _leave(self) -> None:
        """Hand the place to the next caller in turn, or keep it free."""
        while self._waiting:
            caller, calls = self._waiting.popitem(last=False)
            turn = calls.popleft()
            if calls:
                self._waiting[caller] = calls  # to the end: everybody else comes first
            if not turn.done():
                turn.set_result(None)
                return
        self._free += 1
