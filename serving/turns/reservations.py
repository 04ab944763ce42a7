"""Tokens reserved for running turns, whose usage is not counted yet."""

from collections import defaultdict
from dataclasses import dataclass, field
from typing import Protocol

from tools.errors import Busy

FIRST_TOKENS = 4_000
"""Tokens reserved for a caller's first turn; docs/sizing.md has what turns take."""
_DECAY = 0.98
"""The factor by which the reservation shrinks after a cheaper turn."""
RETRY_S = 2
"""Seconds after which a turn may have ended."""


class TokensReserved(Busy):
    """Running turns may use up what is left of a cap; some may be free when they have ended."""


@dataclass(frozen=True, slots=True)
class ReservedTokens:
    """The tokens reserved for a caller's running turns: so many turns, so many tokens each."""

    turns: int = 0
    each: int = 0

    def require_less(self, left: int, *, most: int) -> None:
        """Check that the reservations leave something of `left`.

        Raises:
            TokensReserved: they do not.
        """
        if self.turns * self.each >= left:
            raise TokensReserved(
                f"Your questions under way may use up what is left of your {most:,} model tokens. "
                "Wait for one to finish.",
                retry_after_s=RETRY_S,
            )


class RunningTurns(Protocol):
    """The running turns of each caller; one that never ends counts for `seconds` at most."""

    async def join(self, caller: str, turn: str, seconds: float) -> int:
        """Count a turn in; how many others there are."""
        ...

    async def leave(self, caller: str, turn: str) -> None:
        """Count it out."""
        ...

    async def others(self, caller: str) -> int:
        """How many there are."""
        ...


@dataclass(frozen=True, slots=True)
class LocalRunningTurns:
    """The running turns of this process."""

    _turns: defaultdict[str, set[str]] = field(
        default_factory=lambda: defaultdict[str, set[str]](set)
    )

    async def join(self, caller: str, turn: str, seconds: float) -> int:
        """Count a turn in; how many others there are."""
        del seconds
        self._turns[caller].add(turn)
        return len(self._turns[caller]) - 1

    async def leave(self, caller: str, turn: str) -> None:
        """Count it out."""
        self._turns[caller].discard(turn)
        if not self._turns[caller]:
            del self._turns[caller]

    async def others(self, caller: str) -> int:
        """How many there are."""
        return len(self._turns.get(caller, ()))


@dataclass(slots=True)
class TokenReservations:
    """The reservations of all callers; `limit_s` is the longest time that a turn may take.

    `each` tokens are reserved until a first turn of a caller has ended, then as many as the most
    expensive of their recent turns took.
    """

    book: RunningTurns = field(default_factory=LocalRunningTurns)
    limit_s: float = 600.0
    each: int = FIRST_TOKENS
    _learnt: dict[str, int] = field(default_factory=dict[str, int])

    async def held(self, caller: str) -> ReservedTokens:
        """What is reserved for a caller now."""
        return ReservedTokens(await self.book.others(caller), self._each(caller))

    async def join(self, caller: str, turn: str) -> ReservedTokens:
        """Count a turn in; what is reserved for the caller's others."""
        others = await self.book.join(caller, turn, self.limit_s)
        return ReservedTokens(others, self._each(caller))

    async def leave(self, caller: str, turn: str) -> None:
        """Count it out."""
        await self.book.leave(caller, turn)

    def learn(self, caller: str, tokens: int) -> None:
        """Adapt the reservation to what a turn took; a turn without a model call changes nothing."""
        if tokens:
            self._learnt[caller] = max(tokens, int(self._each(caller) * _DECAY))

    def _each(self, caller: str) -> int:
        return self._learnt.get(caller, self.each)
