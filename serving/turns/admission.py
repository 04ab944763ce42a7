"""Admission: limits on concurrent turns, overall and per caller, and on requests and tokens per minute.

What exceeds a limit is refused at once with a time to retry, because a queue would hide the load.
Concurrent turns are counted in each process; minutes are, too, unless a storage is shared.
"""

import asyncio
from collections import Counter
from collections.abc import AsyncGenerator, Generator
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass, field
from math import ceil
from time import time

from limits import RateLimitItem, RateLimitItemPerMinute
from limits.aio.storage import MemoryStorage, Storage
from limits.aio.strategies import FixedWindowRateLimiter, MovingWindowRateLimiter, RateLimiter

from serving.turns.monthly import MonthlyCap
from tools.caller import Caller
from tools.errors import Busy, Closing

TURN_RETRY_S = 2
"""Seconds after which a place may be free again: about what a turn takes."""
CLOSING_RETRY_S = 5
"""Seconds after which another replica, or the next process, takes turns."""


class PerMinute:
    """An amount that each caller may use up in a minute, None for any."""

    def __init__(self, most: int | None, *, what: str, limiter: RateLimiter) -> None:
        self._item = None if most is None else RateLimitItemPerMinute(most)
        self._limiter = limiter
        self._what = what

    async def take(self, caller: Caller, cost: int = 1) -> None:
        """Use some of it up.

        Raises:
            Busy: there is not as much left; nothing was used up.
        """
        item = self._item
        if item and not await self._limiter.hit(item, self._what, caller.id, cost=cost):
            raise await self._too_much(item, caller)

    async def require_some(self, caller: Caller) -> None:
        """Check that something is left, where what a turn will cost is known only afterwards.

        Raises:
            Busy: nothing is.
        """
        item = self._item
        if item and not await self._limiter.test(item, self._what, caller.id):
            raise await self._too_much(item, caller)

    async def spend(self, caller: Caller, cost: int) -> None:
        """Use it up, be there as much or not."""
        if self._item and cost:
            await self._limiter.hit(self._item, self._what, caller.id, cost=cost)

    async def _too_much(self, item: RateLimitItem, caller: Caller) -> Busy:
        stats = await self._limiter.get_window_stats(item, self._what, caller.id)
        wait = max(1, ceil(stats.reset_time - time()))
        return Busy(
            f"You have used your {item.amount:,} {self._what} for this minute. Try again in "
            f"{wait} seconds.",
            retry_after_s=wait,
        )


def requests_per_minute(most: int | None, shared: Storage | None = None) -> PerMinute:
    """The requests that each caller may send in any minute.

    A `shared` storage holds across processes, and its minutes begin with a caller's first request.
    """
    own = MovingWindowRateLimiter(MemoryStorage())
    limiter = own if shared is None else FixedWindowRateLimiter(shared)
    return PerMinute(most, what="requests", limiter=limiter)


def tokens_per_minute(most: int | None, shared: Storage | None = None) -> PerMinute:
    """The model tokens that each caller's turns may read and write in a minute.

    A window that is fixed counts what a turn turned out to cost, even beyond the limit.
    """
    limiter = FixedWindowRateLimiter(shared or MemoryStorage())
    return PerMinute(most, what="model tokens", limiter=limiter)


@dataclass(slots=True)
class Admission:
    """Lets turns in while there is room, and knows when the last one has left.

    `turns` is how many may run at once, `turns_per_caller` how many of one caller's.
    """

    turns: int | None = None
    turns_per_caller: int | None = None
    tokens: PerMinute = field(default_factory=lambda: tokens_per_minute(None))
    month: MonthlyCap | None = None
    _open: Counter[str] = field(default_factory=Counter[str])
    _responses: int = 0
    _left: asyncio.Condition = field(default_factory=asyncio.Condition)
    _answered: asyncio.Event = field(default_factory=asyncio.Event)
    is_closing: bool = False

    @property
    def open_turns(self) -> int:
        """Turns that run now."""
        return self._open.total()

    async def require_room(self, caller: Caller) -> None:
        """Check that a turn of this caller would be let in now.

        Raises:
            Busy: it would not; the message says why, and when to come back.
            Closing: the service is stopping.
        """
        if self.is_closing:
            raise Closing(
                "The service is stopping and accepts no more questions. Try again in a moment.",
                retry_after_s=CLOSING_RETRY_S,
            )
        if why := self._full(caller):
            raise Busy(why, retry_after_s=TURN_RETRY_S)
        await self.tokens.require_some(caller)
        if self.month is not None:
            await self.month.require_some(caller)

    @asynccontextmanager
    async def turn(self, caller: Caller, *, is_patient: bool = False) -> AsyncGenerator[None]:
        """Hold a slot while a turn runs; with `is_patient`, wait for one, as a batch does.

        Raises:
            Busy: no slot is free, and the caller is not patient.
            Closing: the service is stopping.
        """
        async with self._left:
            while is_patient and self._full(caller) and not self.is_closing:
                await self._left.wait()
            await self.require_room(caller)
            self._open[caller.id] += 1
        try:
            yield
        finally:
            self._open[caller.id] -= 1
            self._open += Counter[str]()  # drops callers without any
            await asyncio.shield(self._tell())

    @contextmanager
    def response(self) -> Generator[None]:
        """Hold while the answer to a turn is on its way: it ends after the turn."""
        self._responses += 1
        try:
            yield
        finally:
            self._responses -= 1
            if self.is_closing and not self._responses:
                self._answered.set()

    async def close(self, *, within_s: float) -> bool:
        """Let no turn in any more and wait for what runs; whether all was answered in time."""
        self.is_closing = True
        await self._tell()
        if not self._responses:
            self._answered.set()
        try:
            async with asyncio.timeout(within_s):
                async with self._left:
                    await self._left.wait_for(lambda: not self.open_turns)
                await self._answered.wait()
        except TimeoutError:
            return False
        return True

    def _full(self, caller: Caller) -> str:
        if self.turns_per_caller and self._open[caller.id] >= self.turns_per_caller:
            return (
                f"You have {self._open[caller.id]} questions running, which is the limit per "
                "caller. Wait for one to finish."
            )
        if self.turns and self.open_turns >= self.turns:
            return (
                f"The service is answering {self.open_turns} questions, which is its limit. Try "
                "again in a moment."
            )
        return ""

    async def _tell(self) -> None:
        async with self._left:
            self._left.notify_all()
