"""Draws what changes at a pace that a browser keeps up with."""

import asyncio
from collections.abc import Awaitable, Callable
from contextlib import suppress

DRAW_EVERY_S = 0.1
"""Time in which changes are collected before they are drawn together."""


class Pace:
    """Calls `draw` once for all changes of a moment; never twice at a time.

    `draw` draws everything that has changed, and nothing where nothing has. Every message that the
    browser gets costs it a frame of the conversation, and the answer's words wait behind them.
    """

    def __init__(
        self, draw: Callable[[], Awaitable[None]], *, seconds: float = DRAW_EVERY_S
    ) -> None:
        self._draw = draw
        self._seconds = seconds
        self._pen = asyncio.Lock()
        self._is_due = False
        self._task: asyncio.Task[None] | None = None

    def soon(self) -> None:
        """Something has changed; draw it with whatever else changes meanwhile."""
        self._is_due = True
        if self._task is None or self._task.done():
            self._task = asyncio.create_task(self._keep())

    async def now(self) -> None:
        """Draw without waiting for more."""
        async with self._pen:
            self._is_due = False
            await self._draw()

    async def end(self) -> None:
        """Draw what is left, and nothing afterwards.

        Raises:
            Exception: what an earlier `draw` raised.
        """
        async with self._pen:  # not within a drawing, which would lose what it was about to draw
            if self._task is not None:
                self._task.cancel()
                with suppress(asyncio.CancelledError):
                    await self._task
            await self._draw()

    async def _keep(self) -> None:
        while self._is_due:
            await asyncio.sleep(self._seconds)
            await self.now()
