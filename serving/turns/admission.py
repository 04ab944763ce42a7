"""Admission: limits on concurrent turns, overall and per caller, and on the tokens that they take.

What exceeds a limit is refused at once with a time to retry, because a queue would hide the load.
Concurrent turns are counted in each process; tokens are, too, unless a storage is shared.
"""

import asyncio
import logging
from collections import Counter
from collections.abc import AsyncGenerator, Generator, Sequence
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass, field
from uuid import uuid4

from serving.observability.spending import Account, Bill
from serving.turns.minutes import PerMinute, tokens_per_minute
from serving.turns.monthly import MonthlyCap
from serving.turns.reservations import ReservedTokens, TokenReservations, TokensReserved
from tools.caller import Caller
from tools.errors import Busy, Closing, Unavailable

log = logging.getLogger(__name__)

TURN_RETRY_S = 2
"""Seconds after which a place may be free again: about what a turn takes."""
CLOSING_RETRY_S = 5
"""Seconds after which another replica, or the next process, takes turns."""


@dataclass(slots=True)
class Admission:
    """Lets turns in while there is room, and knows when the last one has left.

    `turns` is how many may run at once, `turns_per_caller` how many of one caller's. `accounts`
    keep what callers' turns cost, and `reservations` what their running ones hold.
    """

    turns: int | None = None
    turns_per_caller: int | None = None
    tokens: PerMinute = field(default_factory=lambda: tokens_per_minute(None))
    month: MonthlyCap | None = None
    accounts: Sequence[Account] = ()
    reservations: TokenReservations = field(default_factory=TokenReservations)
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
        self._require_place(caller)
        if self._is_counted(caller):
            await self._require_tokens(caller, await self.reservations.held(caller.id))

    @asynccontextmanager
    async def turn(
        self, caller: Caller, *, is_patient: bool = False, asks_chat: bool = True
    ) -> AsyncGenerator[Bill]:
        """Hold a slot while a turn runs; with `is_patient`, wait for one, as a batch does.

        One that asks no chat model holds no tokens.

        What its models cost belongs on the bill, and is counted however the turn ends.

        Raises:
            Busy: no slot is free, and the caller is not patient.
            Closing: the service is stopping.
        """
        turn = uuid4().hex
        async with self._left:
            holder = turn if asks_chat else ""
            while not await self._let_in(caller, holder, is_patient=is_patient):
                await self._left.wait()
        bill = Bill(caller.id, self.accounts)
        try:
            yield bill
        finally:
            bill.close()
            self._open[caller.id] -= 1
            self._open += Counter[str]()  # drops callers without any
            await asyncio.shield(self._leave(caller, turn, bill))

    async def charge(self, caller: Caller, bill: Bill) -> None:
        """Count what a turn has cost since the last time.

        Raises:
            Unavailable: the storage of the counts does not answer.
        """
        cost, bill.charged = bill.total.total - bill.charged, bill.total.total
        await self.tokens.spend(caller, cost)
        if self.month is not None:
            await self.month.settle(caller)

    async def _let_in(self, caller: Caller, turn: str, *, is_patient: bool) -> bool:
        """Take a slot, if there is one; who is not patient is told why there is none."""
        if is_patient and self._full(caller) and not self.is_closing:
            return False
        self._require_place(caller)
        try:
            await self._hold_tokens(caller, turn)
        except TokensReserved:
            if is_patient and self._open[caller.id]:
                return False
            raise
        self._open[caller.id] += 1
        return True

    async def _hold_tokens(self, caller: Caller, turn: str) -> None:
        if not self._is_counted(caller):
            return
        if not turn:
            await self._require_tokens(caller, ReservedTokens())
            return
        held = await self.reservations.join(caller.id, turn)
        try:
            await self._require_tokens(caller, held)
        except BaseException:
            await asyncio.shield(self.reservations.leave(caller.id, turn))
            raise

    async def _leave(self, caller: Caller, turn: str, bill: Bill) -> None:
        """Count what the turn cost, and then no longer what it was expected to."""
        try:
            self.reservations.learn(caller.id, bill.total.total)
            await self.charge(caller, bill)
            if self._is_counted(caller):
                await self.reservations.leave(caller.id, turn)
        except Unavailable as error:
            log.warning("The tokens of a turn are counted late: %s", error)
        finally:
            await self._tell()

    def _is_counted(self, caller: Caller) -> bool:
        """Whether a caller's tokens are limited."""
        is_capped = self.month is not None and self.month.of_caller(caller) is not None
        return self.tokens.is_limited or is_capped

    async def _require_tokens(self, caller: Caller, held: ReservedTokens) -> None:
        await self.tokens.require_some(caller, held)
        if self.month is not None:
            await self.month.require_some(caller, held)

    def _require_place(self, caller: Caller) -> None:
        if self.is_closing:
            raise Closing(
                "The service is stopping and accepts no more questions. Try again in a moment.",
                retry_after_s=CLOSING_RETRY_S,
            )
        if why := self._full(caller):
            raise Busy(why, retry_after_s=TURN_RETRY_S)

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
