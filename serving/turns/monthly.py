"""Caps on the model tokens of a caller in a calendar month."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from math import ceil

from serving.conversations.usage import UsageBook
from tools.caller import Caller
from tools.errors import Busy


@dataclass(frozen=True, slots=True)
class MonthlyCap:
    """The tokens that each caller may use in a month (UTC); `of` has those of single callers."""

    book: UsageBook
    most: int | None = None
    of: Mapping[str, int] = field(default_factory=dict[str, int])

    async def require_some(self, caller: Caller) -> None:
        """Check that something is left; a turn that has begun is not cut.

        Raises:
            Busy: nothing is; the message says when the count begins again.
            Unavailable: the database of the threads does not answer.
        """
        most = self.of.get(caller.id, self.most)
        if most is None:
            return
        now = datetime.now(UTC)
        used = await self.book.tokens_of(caller.id, since=f"{now:%Y-%m}-01")
        if used >= most:
            raise _used_up(most, used, now)


def next_month(now: datetime) -> datetime:
    """The moment at which a month is over."""
    start = datetime(now.year, now.month, 1, tzinfo=UTC)
    return (start + timedelta(days=32)).replace(day=1)


def _used_up(most: int, used: int, now: datetime) -> Busy:
    anew = next_month(now)
    return Busy(
        f"You have used {used:,} of your {most:,} model tokens for {now:%B %Y}. The count begins "
        f"again on {anew.day} {anew:%B %Y} at 00:00 UTC. The operator can raise "
        "DOCSQL_LIMITS__TOKENS_PER_MONTH.",
        retry_after_s=ceil((anew - now).total_seconds()),
    )
