"""Caps on the model tokens of a caller in a calendar month."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from math import ceil

from serving.conversations.usage import UsageBook
from serving.turns.reservations import ReservedTokens
from tools.caller import Caller
from tools.errors import Busy


@dataclass(frozen=True, slots=True)
class MonthlyCap:
    """The tokens that each caller may use in a month (UTC); `of` has those of single callers."""

    book: UsageBook
    most: int | None = None
    of: Mapping[str, int] = field(default_factory=dict[str, int])

    def of_caller(self, caller: Caller) -> int | None:
        """The most of a caller, None for any."""
        return self.of.get(caller.id, self.most)

    async def require_some(self, caller: Caller, held: ReservedTokens) -> None:
        """Check that something is left; a turn that has begun is not cut.

        Raises:
            Busy: nothing is, and the message says when the count begins again; or turns under way
                hold it.
            Unavailable: the database of the threads does not answer.
        """
        most = self.of_caller(caller)
        if most is None:
            return
        now = datetime.now(UTC)
        used = await self.book.tokens_of(caller.id, since=f"{now:%Y-%m}-01")
        if used >= most:
            own = "_OF" if caller.id in self.of else ""
            raise _used_up(most, used, now, f"DOCSQL_LIMITS__TOKENS_PER_MONTH{own}")
        if held.turns:
            held.require_less(most - used, most=most)

    async def settle(self, caller: Caller) -> None:
        """Have the other processes see what a caller has used, where it is limited.

        Raises:
            Unavailable: the database of the threads does not answer.
        """
        if self.of_caller(caller) is not None:
            await self.book.flush()


def next_month(now: datetime) -> datetime:
    """The moment at which a month is over."""
    start = datetime(now.year, now.month, 1, tzinfo=UTC)
    return (start + timedelta(days=32)).replace(day=1)


def _used_up(most: int, used: int, now: datetime, setting: str) -> Busy:
    anew = next_month(now)
    return Busy(
        f"You have used {used:,} of your {most:,} model tokens for {now:%B %Y}. The count begins "
        f"again on {anew.day} {anew:%B %Y} at 00:00 UTC. The operator can raise "
        f"{setting}.",
        retry_after_s=ceil((anew - now).total_seconds()),
    )
