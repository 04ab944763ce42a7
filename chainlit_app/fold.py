"""The steps of a turn on the page: one line that folds, with the steps in it."""

import asyncio
from contextlib import suppress
from datetime import UTC, datetime

import chainlit as cl

from chainlit_app import render
from chainlit_app.compat import session
from chainlit_app.course import FOLD_ICON, ICONS, Course
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
        self._steps: dict[str, cl.Step] = {}
        self._held: list[cl.Step] | None = []  # until the line is on the page
        # Sent last: the page draws all of a conversation anew for each source that it is sent.
        self._found: dict[str, list[Citation]] = {}
        self._waiting = asyncio.create_task(self._wait())

    async def show(self, event: StepEvent) -> None:
        """Draw what an event changes."""
        self._hear()
        await self.thoughts.end()
        key = self.course.take(event)
        if key is None:
            return
        is_new = key not in self._steps
        progress = self.course.steps[key]
        step = self._steps.setdefault(key, self._new_step(ICONS[progress.kind]))
        draw(step, progress)
        if isinstance(event, PassagesFound):
            self._found[step.id] = event.passages
        await (self._put(step) if is_new else self._update(step))
        await self._tell()

    async def think(self, event: Reasoning) -> None:
        """Draw the next piece of a thought."""
        self._hear()
        await self._open()
        await self.thoughts.show(event)
        await self._tell()

    async def wait_for_model(self, event: Retrying) -> None:
        """Say that a model server is asked again, until something happens."""
        self._hear()
        said = f"step.retrying.{event.reason}"
        self._retrying = words_for(said, attempt=event.attempt, tries=event.tries)
        await self._open()
        await self._tell()

    async def write(self) -> None:
        """The answer is being written: whoever reads it needs no word that it takes its time."""
        if self.course.is_written:
            return
        self.course.is_written = True
        self._hear()
        await self.thoughts.end()
        await self._tell()

    async def close(self, seconds: float | None, *, is_stopped: bool = False) -> None:
        """Fold the steps into their line: nothing keeps spinning, whatever ended the turn."""
        self._waiting.cancel()
        with suppress(asyncio.CancelledError):
            await self._waiting
        await self.thoughts.end()
        for key, progress in self.course.steps.items():
            if progress.is_running and not progress.waits:
                self._steps[key].name = words_for("step.stopped", title=progress.title)
                self._steps[key].end = _now()
                await self._update(self._steps[key])
        if self._held is not None:
            return
        if not self._is_worth_a_line and not is_stopped:
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

    async def _wait(self) -> None:
        await asyncio.sleep(PATIENCE_S)
        await self._open()
        while not self.course.is_written:
            before = self._news
            await asyncio.sleep(SLOW_S)
            if self._news == before and not self.course.is_written:
                await self._name(words_for("step.slow", title=self._now))

    async def _open(self) -> None:
        held, self._held = self._held, None
        if held is None:
            return
        self._line.name = self._now
        for step in (self._line, *held):
            await step.send()

    async def _tell(self) -> None:
        """Say in the line what is going on."""
        if self._held is not None and self._is_worth_a_line:
            await self._open()
        elif self._held is None:
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
        if self._held is None:
            await step.send()
        else:
            self._held.append(step)

    async def _update(self, step: cl.Step) -> None:
        if self._held is None:
            await step.update()

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
