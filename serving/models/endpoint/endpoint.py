"""Shared by all clients of model servers: a queue, timeouts, retries and a circuit breaker.

A client says how one attempt is made and raises `Momentary` where another may succeed; when and
how often there is another, and when there is none, is decided here for all of them.
"""

import asyncio
from collections.abc import AsyncGenerator, Awaitable, Callable, Generator
from contextlib import ExitStack, aclosing, contextmanager
from dataclasses import dataclass
from typing import Any, TypeVar

from langchain_core.runnables.config import ensure_config
from tenacity import (
    AsyncRetrying,
    RetryCallState,
    Retrying,
    retry_if_exception_type,
    stop_after_attempt,
    stop_before_delay,
    wait_random_exponential,
)

from agent.caller import CALLER
from agent.events import RequestRetried, emit_if_heard
from serving.models.endpoint.breaker import Breaker
from tools.caller import Caller
from tools.errors import BadInput, Momentary, Overloaded, Unavailable
from tools.fair_queue import FairQueue

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class CallPolicy:
    """How long and how often a server is asked; times are in seconds.

    `first_token_s` bounds a stream up to its first token and `silence_s` a reply that comes in one
    piece, both with all their tries and pauses; `silence_s` also bounds the time between two
    pieces of a stream. The pause before a try is random, up to `pause_s`, then up to twice that and
    so on, and never shorter than the server asks.
    """

    first_token_s: float = 30.0
    silence_s: float = 60.0
    tries: int = 3
    pause_s: float = 0.25
    longest_pause_s: float = 8.0
    failures: int = 5
    rest_s: float = 15.0
    at_once: int = 64


class Endpoint:
    """One server as its clients share it; `name` is how messages call it."""

    def __init__(self, name: str, policy: CallPolicy | None = None) -> None:
        self.name = name
        self._policy = policy or CallPolicy()
        self._breaker = Breaker(limit=self._policy.failures, rest_s=self._policy.rest_s)
        self._queue = FairQueue(self._policy.at_once)

    async def ask(self, attempt: Callable[[], Awaitable[T]]) -> T:
        """The reply of one attempt, of at most `tries`.

        Raises:
            Unavailable: The server rests after its failures, or gave no reply in time; or what the
                last attempt raised.
        """
        async with self._queue.place(_asking()):
            return await self._try(attempt, limit_s=self._policy.silence_s)

    def ask_from_a_thread(self, attempt: Callable[[], T]) -> T:
        """`ask` for code without an event loop; the attempt's own time limits bound each try.

        It waits no longer for its place than for a reply.
        """
        with self._place_from_a_thread():
            self._admit()
            with self._judged():
                return Retrying(**self._rules(self._policy.silence_s))(attempt)

    async def stream(
        self, start: Callable[[], AsyncGenerator[T]], *, shows: Callable[[T], bool]
    ) -> AsyncGenerator[T]:
        """The chunks of one attempt; there is no retry after a chunk `shows` something.

        Raises:
            Unavailable: As `ask`; also what an attempt raises after it has shown something.
        """

        async def begin() -> tuple[list[T], AsyncGenerator[T]]:
            rest = start()
            return [piece async for piece in _up_to(rest, shows)], rest

        async with self._queue.place(_asking()):
            first, rest = await self._try(begin, limit_s=self._policy.first_token_s)
            with self._judged():
                async with aclosing(rest):
                    for piece in first:
                        yield piece
                    async for piece in rest:
                        yield piece

    async def _try(self, attempt: Callable[[], Awaitable[T]], *, limit_s: float) -> T:
        self._admit()
        with self._judged():
            try:
                async with asyncio.timeout(limit_s):
                    return await self._tried(attempt, limit_s)
            except TimeoutError as error:
                raise server_too_slow(self.name) from error

    async def _tried(self, attempt: Callable[[], Awaitable[T]], limit_s: float) -> T:
        """Leave the counting and the pauses to tenacity once a first attempt has failed.

        Setting it up for each call takes it a millisecond of a turn.
        """
        try:
            return await attempt()
        except Momentary as error:
            failures = [error]

        async def again() -> T:
            if failures:
                raise failures.pop()
            return await attempt()

        return await AsyncRetrying(**self._rules(limit_s))(again)

    def _rules(self, limit_s: float) -> dict[str, Any]:
        policy = self._policy
        jitter = wait_random_exponential(multiplier=policy.pause_s, max=policy.longest_pause_s)

        def pause(state: RetryCallState) -> float:
            failed = state.outcome.exception() if state.outcome else None
            asked = failed.after_s if isinstance(failed, Momentary) else None
            return max(jitter(state), asked or 0.0)

        return {
            "retry": retry_if_exception_type(Momentary),
            "stop": stop_after_attempt(policy.tries) | stop_before_delay(limit_s),
            "wait": pause,
            "before_sleep": self._tell,
            "reraise": True,
        }

    def _tell(self, state: RetryCallState) -> None:
        """Tell the turn that it waits for another try; one that follows at once needs no word."""
        failed = state.outcome.exception() if state.outcome else None
        if isinstance(failed, Momentary) and failed.after_s != 0.0:
            emit_if_heard(
                RequestRetried(
                    message=str(failed),
                    attempt=state.attempt_number + 1,
                    tries=self._policy.tries,
                    after_s=round(state.upcoming_sleep, 3),
                    is_overloaded=isinstance(failed, Overloaded),
                )
            )

    def _admit(self) -> None:
        if rest := self._breaker.rest():
            raise Unavailable(
                f"{self.name} has failed {self._breaker.failures} times in a row and will be tried "
                f"again in {rest:.0f} s: look at its log."
            )

    @contextmanager
    def _judged(self) -> Generator[None]:
        """Tell the breaker what became of a call; a caller who leaves has no say."""
        try:
            yield
        except Unavailable:
            self._breaker.failed()
            raise
        except BadInput:
            self._breaker.succeeded()
            raise
        self._breaker.succeeded()

    @contextmanager
    def _place_from_a_thread(self) -> Generator[None]:
        with ExitStack() as place:
            limit_s = self._policy.silence_s
            try:
                place.enter_context(self._queue.place_from_a_thread(_asking(), limit_s=limit_s))
            except TimeoutError as error:
                raise server_too_slow(self.name) from error
            yield


def server_too_slow(name: str) -> Unavailable:
    """The error for a server that is silent for longer than it may be."""
    return Unavailable(f"{name} did not answer in time: look at its load, or raise its time limit.")


async def _up_to(pieces: AsyncGenerator[T], shows: Callable[[T], bool]) -> AsyncGenerator[T]:
    async for piece in pieces:
        yield piece
        if shows(piece):
            return


def _asking() -> str:
    """Whose turn it is that asks: the graph's nodes run with their caller in the context."""
    caller = ensure_config().get("configurable", {}).get(CALLER)
    return caller.id if isinstance(caller, Caller) else ""
