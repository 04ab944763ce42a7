"""The steps of a turn on the page: one line that folds, with the steps in it."""

import asyncio
from contextlib import suppress
from datetime import UTC, datetime

import chainlit as cl

from chainlit_app import render
from chainlit_app.compat import session
from chainlit_app.course import FOLD_ICON, ICONS, Course
from chainlit_app.pace import Pace
from chainlit_app.progress import StepEvent, StepProgress
from chainlit_app.sources import CitedSource, attach, source
from chainlit_app.texts.table import words_for
from chainlit_app.thoughts import Thoughts
from serving.schema import Citation, PassagesFound, Reasoning, Retrying

PATIENCE_S = 0.7
"""Time after which a turn shows what it is at, before it has looked anything up."""
SLOW_S = 8.0
"""Time without anything new before an answer's first word, after which the line says so."""


class Fold:
    """Draws a turn's steps; nothing, where the turn looks nothing up and is quick."""

    def __init__(self) -> None:
        self.course = Course()
        self.thoughts = Thoughts(self._new_thought, self._put)
        self._retrying = ""
        self._news = 0
        self._line = _new_step(FOLD_ICON, parent=session.run_id())
        self._is_on_page = False
        self._is_awaited = False
        self._steps: dict[str, cl.Step] = {}
        self._changed: dict[str, cl.Step] = {}
        self._sent: set[str] = set()
        # Sent last: the page draws all of a conversation anew for each source that it is sent.
        self._found: dict[str, list[Citation]] = {}
        self._pace = Pace(self._draw)
        self._waiting = asyncio.create_task(self._wait())

    async def show(self, event: StepEvent) -> None:
        """Take in an event; what it changes is drawn soon."""
        self._hear()
        await self.thoughts.end()
        key = self.course.take(event)
        if key is None:
            return
        progress = self.course.steps[key]
        step = self._steps.setdefault(key, self._new_step(ICONS[progress.kind]))
        draw(step, progress)
        if isinstance(event, PassagesFound):
            self._found[step.id] = event.passages
        self._changed[step.id] = step
        self._pace.soon()

    async def think(self, event: Reasoning) -> None:
        """Draw the next piece of a thought, below the steps before it."""
        self._hear()
        if not self.thoughts.is_open:
            self._is_awaited = True
            await self._pace.now()
        await self.thoughts.show(event)
        self._pace.soon()

    def wait_for_model(self, event: Retrying) -> None:
        """Say that a model server is asked again, until something happens."""
        self._hear()
        said = f"step.retrying.{event.reason}"
        self._retrying = words_for(said, attempt=event.attempt, tries=event.tries)
        self._is_awaited = True
        self._pace.soon()

    async def write(self) -> None:
        """The answer is being written: whoever reads it needs no word that it takes its time."""
        if self.course.is_written:
            return
        self.course.is_written = True
        self._hear()
        await self.thoughts.end()
        await self.begin()
        self._pace.soon()

    async def begin(self) -> None:
        """Send the line alone, if the turn has one.

        The page lists what it gets in that order; the steps are inside the line and may follow.
        """
        if self._is_on_page or not (self._is_awaited or self._is_worth_a_line):
            return
        self._is_on_page = True
        self._line.name = self._now
        await self._line.send()

    async def close(self, seconds: float | None, *, is_stopped: bool = False) -> None:
        """Fold the steps into their line: nothing keeps spinning, whatever ended the turn."""
        self._waiting.cancel()
        with suppress(asyncio.CancelledError):
            await self._waiting
        await self.thoughts.end()
        self._stop_steps()
        await self._pace.end()
        if not self._is_on_page:
            return
        if not self._is_worth_a_line:
            await session.forget_step(self._line.id)
            return
        elapsed = self.course.seconds if seconds is None else seconds
        self._line.name = (
            words_for("step.stopped", title=self.course.now)
            if is_stopped
            else self.course.line(elapsed)
        )
        self._line.end = _now()
        await self._line.update()
        for step, passages in self._found.items():
            await attach(cited_sources(passages), step=step)

    @property
    def _is_worth_a_line(self) -> bool:
        return self.course.is_worth_a_line or self.thoughts.has_begun

    def _stop_steps(self) -> None:
        for key, progress in self.course.steps.items():
            if progress.is_running and not progress.waits:
                step = self._steps[key]
                step.name, step.end = words_for("step.stopped", title=progress.title), _now()
                self._changed[step.id] = step

    async def _wait(self) -> None:
        await asyncio.sleep(PATIENCE_S)
        if not self.course.is_written:  # else it would stand below the answer
            self._is_awaited = True
            self._pace.soon()
        while not self.course.is_written:
            before = self._news
            await asyncio.sleep(SLOW_S)
            if self._news == before and not self.course.is_written:
                await self._name(words_for("step.slow", title=self._now))

    async def _draw(self) -> None:
        """Bring the page up to date: the line, then the steps in the order of their changes."""
        await self.begin()
        if not self._is_on_page:
            return
        while self._changed:
            await self._put(self._changed.pop(next(iter(self._changed))))
        await self._name(self._now)

    async def _name(self, said: str) -> None:
        if self._line.name != said:
            self._line.name = said
            await self._line.update()

    def _hear(self) -> None:
        """Something happened: nobody waits for another try any more."""
        self._retrying = ""
        self._news += 1

    @property
    def _now(self) -> str:
        return self._retrying or self.thoughts.title or self.course.now

    async def _put(self, step: cl.Step) -> None:
        if step.id in self._sent:
            await step.update()
            return
        self._sent.add(step.id)
        await step.send()

    def _new_step(self, icon: str) -> cl.Step:
        return _new_step(icon, parent=self._line.id)

    def _new_thought(self) -> cl.Step:
        return self._new_step(ICONS["thought"])


def draw(step: cl.Step, progress: StepProgress) -> None:
    """Give a step its words."""
    step.name = progress.title
    step.output = progress.body
    step.is_error = progress.is_failed
    step.end = None if progress.is_running else _now()


def cited_sources(passages: list[Citation]) -> list[CitedSource]:
    """The elements that the list of what a search found opens."""
    return [
        source(render.rank_name(rank), render.opened_passage(passage), passage)
        for rank, passage in enumerate(passages, start=1)
    ]


def _new_step(icon: str, *, parent: str | None) -> cl.Step:
    # Without a parent it would appear below the answer.
    step = cl.Step(type="tool", icon=icon, show_input=False, parent_id=parent)
    step.start = _now()
    return step


def _now() -> str:
    return datetime.now(UTC).replace(tzinfo=None).isoformat() + "Z"
