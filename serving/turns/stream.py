"""The events of one turn on their way to its reader."""

import asyncio
from collections.abc import AsyncGenerator, Callable
from typing import assert_never

from agent import events
from serving.wire.events import (
    Event,
    PassagesFound,
    Reasoning,
    Retrying,
    RowsRead,
    SqlWritten,
    StepFinished,
    StepStarted,
    Token,
)
from serving.wire.evidence import citation, query

HELD_S = 0.01
"""Seconds that an event which can wait is held back: by then the next model has been asked."""
TOKENS_S = 0.025
"""Seconds between two pieces of an answer: what a model writes meanwhile goes as one piece."""


class EventStream:
    """The events of a turn, in order, for one reader.

    Progress events are held back briefly, because sending them would delay the step itself. The
    first token is sent at once; later ones are combined, since sending one costs as much as a
    model's ten. The buffer for a slow reader is bounded by the limits on answer and rows.

    `shown` translates the graph's events.
    """

    def __init__(self, shown: Callable[[events.ShownEvent], Event]) -> None:
        self._shown = shown
        self._told = asyncio.Queue[Event | None]()
        self._held: list[events.ShownEvent] = []
        self._loop = asyncio.get_running_loop()
        self._timer: asyncio.Handle | None = None
        # uvloop gives a handle without `when()` for a time that is there by its clock.
        self._wakes_at = 0.0
        self._next_token = 0.0

    def forward(self, event: events.ShownEvent) -> None:
        """Pass on what the graph tells: at once, or in a moment."""
        if isinstance(event, events.RequestRetried):  # which a thread may tell
            self._loop.call_soon_threadsafe(self.send_now, self._shown(event))
            return
        at = self._loop.time() + HELD_S
        if isinstance(event, events.AnswerToken | events.ThoughtToken):
            at = self._next_token
            if self._held and (joined := _joined(self._held[-1], event)):
                event = joined
                self._held.pop()
        self._held.append(event)
        if at <= self._loop.time():
            self._release()
        elif self._timer is None or at < self._wakes_at:
            self._wake(at)

    def send_now(self, event: Event) -> None:
        """Pass an event on at once, behind what is held."""
        self._release()
        self._told.put_nowait(event)

    def end(self) -> None:
        """Let the reader come to an end."""
        self._release()
        self._told.put_nowait(None)

    async def read(self) -> AsyncGenerator[Event]:
        """The events, up to the end."""
        while (event := await self._told.get()) is not None:
            yield event

    def _wake(self, at: float) -> None:
        self._rest()
        self._timer, self._wakes_at = self._loop.call_at(at, self._release), at

    def _rest(self) -> None:
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None

    def _release(self) -> None:
        self._rest()
        held, self._held = self._held, []
        if any(isinstance(event, events.AnswerToken | events.ThoughtToken) for event in held):
            self._next_token = self._loop.time() + TOKENS_S
        for event in held:
            self._told.put_nowait(self._shown(event))


def _joined(before: events.ShownEvent, event: events.ShownEvent) -> events.ShownEvent | None:
    """Two pieces of one text as one."""
    match before, event:
        case events.AnswerToken(first), events.AnswerToken(second):
            return events.AnswerToken(first + second)
        case events.ThoughtToken(step, first, call), events.ThoughtToken(s, second, c) if (
            step,
            call,
        ) == (s, c):
            return events.ThoughtToken(step, first + second, call)
        case _:
            return None


def event_on_the_wire(event: events.ShownEvent) -> Event:
    """One event of the graph for a reader; numbers are 0 until the answer gives them."""
    match event:
        case events.AnswerToken(text):
            return Token(text=text)
        case events.ThoughtToken(step, text, call):
            return Reasoning(step=step, call=call, text=text)
        case events.RequestRetried():
            return _retrying(event)
        case _:
            return _progress(event)


def _retrying(event: events.RequestRetried) -> Retrying:
    return Retrying(
        reason="overloaded" if event.is_overloaded else "failed",
        message=event.message,
        attempt=event.attempt,
        tries=event.tries,
        after_s=event.after_s,
    )


def _progress(event: events.ProgressEvent) -> Event:
    match event:
        case events.NodeStarted(step, call, detail):
            return StepStarted(step=step, call=call, detail=detail)
        case events.NodeFinished(step, seconds, call, detail):
            return StepFinished(step=step, call=call, detail=detail, seconds=seconds)
        case events.SqlDrafted(call, database, sql, attempt):
            return SqlWritten(call=call, database=database, sql=sql, attempt=attempt)
        case events.RowsFetched(call, _, result):
            return RowsRead(call=call, query=query(0, result))
        case events.PassagesRetrieved(call, wanted, _, passages):
            shown = [citation(0, passage) for passage in passages]
            return PassagesFound(call=call, query=wanted, passages=shown)
        case _:
            assert_never(event)
