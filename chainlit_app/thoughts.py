"""What a model thinks, on the page: a folded step beside the others, never a part of an answer."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field

import chainlit as cl

from chainlit_app import render
from chainlit_app.texts.table import words_for
from serving.schema import Reasoning


@dataclass(slots=True)
class _Thought:
    """One step's thought as far as it has come."""

    step: cl.Step
    text: str = ""
    tokens: render.Tokens = field(default_factory=render.Tokens)


class Thoughts:
    """Shows pieces of thoughts as they come, those of one step of the turn together.

    `put` brings a new step onto the page.
    """

    def __init__(
        self, new_step: Callable[[], cl.Step], put: Callable[[cl.Step], Awaitable[None]]
    ) -> None:
        self._new_step = new_step
        self._put = put
        self._current: tuple[str, str] | None = None
        self._thought: _Thought | None = None
        self.has_begun = False

    @property
    def is_open(self) -> bool:
        """Whether a thought is under way."""
        return self._thought is not None

    @property
    def title(self) -> str:
        """What the model is at; empty while it does not think."""
        return words_for("step.thought.doing") if self._thought else ""

    async def show(self, event: Reasoning) -> None:
        """Put the next piece onto the page."""
        self.has_begun = True
        if self._thought is None or self._current != (event.step, event.call):
            await self.end()
            step = self._new_step()
            step.name = words_for("step.thought.doing")
            await self._put(step)
            self._current, self._thought = (event.step, event.call), _Thought(step)
        self._thought.text += event.text
        await self._thought.step.stream_token(self._thought.tokens.passed(event.text))

    async def end(self) -> None:
        """Fold the thought that is open: something else has begun."""
        if self._thought is None:
            return
        step = self._thought.step
        step.name, step.output = (
            words_for("step.thought.did"),
            render.defused(self._thought.text.strip()),
        )
        self._thought = None
        await step.update()
