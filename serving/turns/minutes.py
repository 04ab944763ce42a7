"""Amounts that each caller may use up in a minute: requests, and model tokens."""

from math import ceil
from time import time

from limits import RateLimitItem, RateLimitItemPerMinute
from limits.aio.storage import MemoryStorage, Storage
from limits.aio.strategies import FixedWindowRateLimiter, MovingWindowRateLimiter, RateLimiter

from serving.turns.reservations import ReservedTokens
from tools.caller import Caller
from tools.errors import Busy


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

    async def require_some(self, caller: Caller, held: ReservedTokens) -> None:
        """Check that something is left, where what a turn will cost is known only afterwards.

        Raises:
            Busy: nothing is, or turns under way hold it.
        """
        item = self._item
        if item and not await self._limiter.test(item, self._what, caller.id):
            raise await self._too_much(item, caller)
        if item and held.turns:
            left = (await self._limiter.get_window_stats(item, self._what, caller.id)).remaining
            held.require_less(left, most=item.amount)

    @property
    def is_limited(self) -> bool:
        """Whether there is a limit at all."""
        return self._item is not None

    async def spend(self, caller: Caller, cost: int) -> None:
        """Use it up, be there as much or not."""
        if self._item and cost:
            await self._limiter.hit(self._item, self._what, caller.id, cost=cost)

    async def _too_much(self, item: RateLimitItem, caller: Caller) -> Busy:
        stats = await self._limiter.get_window_stats(item, self._what, caller.id)
        wait = max(1, ceil(stats.reset_time - time()))
        return Busy(
            f"You have used your {item.amount:,} {self._what}. Try again in {wait} seconds.",
            retry_after_s=wait,
        )


def requests_per_minute(most: int | None, shared: Storage | None = None) -> PerMinute:
    """The requests that each caller may send in any minute.

    A `shared` storage holds across processes, and its minutes begin with a caller's first request.
    """
    own = MovingWindowRateLimiter(MemoryStorage())
    limiter = own if shared is None else FixedWindowRateLimiter(shared)
    return PerMinute(most, what="requests for this minute", limiter=limiter)


def tokens_per_minute(most: int | None, shared: Storage | None = None) -> PerMinute:
    """The model tokens that each caller's turns may read and write in a minute.

    A window that is fixed counts what a turn turned out to cost, even beyond the limit.
    """
    limiter = FixedWindowRateLimiter(shared or MemoryStorage())
    return PerMinute(most, what="model tokens for this minute", limiter=limiter)
