"""Questions that are being answered, by conversation, so that a reloaded page finds them.

Only this process knows of them: the service keeps a turn when it has ended.
"""

import asyncio
from collections.abc import Generator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

from chainlit_app.visitor import visitor
from serving.schema import Question


@dataclass(frozen=True, slots=True)
class UnderWay:
    """A question, the task that plays its turn, and an event for its end.

    `question` is empty where a decision on a statement is being carried out.
    """

    question: str
    task: "asyncio.Task[Any] | None"
    ended: asyncio.Event = field(default_factory=asyncio.Event)

    async def wait(self) -> None:
        """Wait for its end; whoever cancels this stops the turn."""
        try:
            await self.ended.wait()
        except asyncio.CancelledError:
            if self.task:
                self.task.cancel()
            raise


_under_way = dict[tuple[str, str], UnderWay]()


@contextmanager
def under_way(question: Question) -> Generator[None]:
    """Register the question under its conversation while the block runs."""
    key = _key(question.thread_id or "")
    turn = UnderWay(question.question, asyncio.current_task())
    _under_way[key] = turn
    try:
        yield
    finally:
        turn.ended.set()
        if _under_way.get(key) is turn:
            del _under_way[key]


def turn_on(thread_id: str) -> UnderWay | None:
    """The question that is being answered in a conversation of the visitor's."""
    return _under_way.get(_key(thread_id))


def _key(thread_id: str) -> tuple[str, str]:
    here = visitor()
    return here.id if here else "", thread_id
