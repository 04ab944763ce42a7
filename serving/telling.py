"""The events of one turn on their way to its reader."""

import asyncio
from collections.abc import AsyncGenerator, Callable

from agent import events
from serving import schema

HELD_S = 0.01
"""Seconds that an event which can wait is held back: by then the next model has been asked."""


class Telling:
    """Takes a turn's events, in their order, and gives them to whoever reads them.

    What shows only how far the turn has come is held for a moment: putting it on the wire would hold
    up the step that it tells of. No more is kept for a slow reader than one turn tells, whose answer
    and rows have their limits.

    `shown` translates what the graph tells.
    """

    def __init__(self, shown: Callable[[events.Shown], schema.Event]) -> None:
        self._shown = shown
        self._told = asyncio.Queue[schema.Event | None]()
        self._held: list[events.Shown] = []
        self._timer: asyncio.TimerHandle | None = None

    def graph(self, event: events.Shown) -> None:
        """Pass on what the graph tells: a token at once, all else in a moment."""
        self._held.append(event)
        if isinstance(event, events.Token):
            self._release()
        elif self._timer is None:
            self._timer = asyncio.get_running_loop().call_later(HELD_S, self._release)

    def now(self, event: schema.Event) -> None:
        """Pass an event on at once, behind what is held."""
        self._release()
        self._told.put_nowait(event)

    def end(self) -> None:
        """Let the reader come to an end."""
        self._release()
        self._told.put_nowait(None)

    async def read(self) -> AsyncGenerator[schema.Event]:
        """The events, up to the end."""
        while (event := await self._told.get()) is not None:
            yield event

    def _release(self) -> None:
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
        held, self._held = self._held, []
        for event in held:
            self._told.put_nowait(self._shown(event))
