"""Tokens that turns under way are expected to take, which no count has yet."""

from collections import defaultdict
from dataclasses import dataclass, field
from typing import Protocol

from tools.errors import Busy

FIRST_TOKENS = 4_000
"""What a turn is expected to take before one has ended; docs/sizing.md has what they do take."""
_DECAY = 0.98
"""What is left of the expectation after a cheaper turn."""
RETRY_S = 2
"""Seconds after which a turn may have ended."""


class Held(Busy):
    """Turns under way may use up what is left; when they have ended, there may be some again."""


@dataclass(frozen=True, slots=True)
class HeldTokens:
    """What a caller's turns under way are expected to take."""

    turns: int = 0
    each: int = 0

    def require_less(self, left: int, *, most: int) -> None:
        """Check that they leave something of it.

        Raises:
            Held: they may not.
        """
        if self.turns * self.each >= left:
            raise Held(
                f"Your questions under way may use up what is left of your {most:,} model tokens. "
                "Wait for one to finish.",
                retry_after_s=RETRY_S,
            )


class TurnsBook(Protocol):
    """Knows each caller's turns under way, one that died for `seconds` at most."""

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
class TurnsHere:
    """Those of this process."""

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
class TurnsUnderWay:
    """What callers' turns under way hold; `limit_s` is how long a turn takes at most.

    `each` is what one is expected to take before any of a caller's has ended; then it is as much as
    the most expensive one of theirs of late.
    """

    book: TurnsBook = field(default_factory=TurnsHere)
    limit_s: float = 600.0
    each: int = FIRST_TOKENS
    _learnt: dict[str, int] = field(default_factory=dict[str, int])

    async def held(self, caller: str) -> HeldTokens:
        """What the turns of a caller hold now."""
        return HeldTokens(await self.book.others(caller), self._each(caller))

    async def join(self, caller: str, turn: str) -> HeldTokens:
        """Count a turn in; what the others hold."""
        others = await self.book.join(caller, turn, self.limit_s)
        return HeldTokens(others, self._each(caller))

    async def leave(self, caller: str, turn: str) -> None:
        """Count it out."""
        await self.book.leave(caller, turn)

    def learn(self, caller: str, tokens: int) -> None:
        """A turn of a caller has taken so many; one that asked no model says nothing."""
        if tokens:
            self._learnt[caller] = max(tokens, int(self._each(caller) * _DECAY))

    def _each(self, caller: str) -> int:
        return self._learnt.get(caller, self.each)
