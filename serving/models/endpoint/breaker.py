"""A circuit breaker: a server that keeps failing is left alone for a while.

After Nygard, Release It! (2007); none of the kept libraries has a breaker without a task, a thread
or a decorator of its own.
"""

import time
from collections.abc import Callable


class Breaker:
    """Refuses calls for `rest_s` seconds after `limit` failures in a row, then lets one try.

    Calls that were already on their way count like any other. A try whose caller leaves says
    nothing, so another is let through after the same rest.
    """

    def __init__(
        self, *, limit: int, rest_s: float, clock: Callable[[], float] = time.monotonic
    ) -> None:
        self._limit = limit
        self._rest_s = rest_s
        self._clock = clock
        self._failures = 0
        self._closed_until = 0.0

    @property
    def failures(self) -> int:
        """How many calls have failed since the last that did not."""
        return self._failures

    def rest(self) -> float:
        """Seconds for which a call has to stay away; 0 lets this one through."""
        if self._failures < self._limit:
            return 0.0
        left = self._closed_until - self._clock()
        if left > 0:
            return left
        self._closed_until = self._clock() + self._rest_s
        return 0.0

    def succeeded(self) -> None:
        """A call was answered."""
        self._failures = 0

    def failed(self) -> None:
        """A call was not answered, for a reason that lies with the server."""
        self._failures += 1
        self._closed_until = self._clock() + self._rest_s
