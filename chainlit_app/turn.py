from collections.abc import AsyncGenerator
from contextlib import aclosing
from datetime import UTC, datetime
from typing import assert_never

import chainlit as cl

from chainlit_app import render
from chainlit_app.approvals import ask_for_approval
from chainlit_app.compat import session
from chainlit_app.feedback import offer_thumbs
from chainlit_app.progress import Kind, StepEvent, StepProgress, kind_of
from chainlit_app.results import show_results
from chainlit_app.sources import CitedSource, attach, source
from chainlit_app.suggestions import offer_questions
from chainlit_app.texts.table import words_for
from chainlit_app.thoughts import Thoughts
from serving.schema import (
    Answer,
    Answered,
    ApprovalRequest,
    Event,
    Failed,
    PassagesFound,
    Reasoning,
    RowsRead,
    SqlWritten,
    StepFinished,
    StepStarted,
    Token,
)

_ICONS: dict[Kind, str] = {
    "database": "database",
    "documents": "file-search",
    "rewrite": "message-square-text",
    "decide": "split",
}


class Turn:
    """Plays one turn's events onto the page: steps as they run, the answer as it is written."""

    def __init__(self) -> None:
        self._steps: dict[str, tuple[StepProgress, cl.Step]] = {}
        self._message: cl.Message | None = None
        self._tokens = render.Tokens()
        self._thoughts = Thoughts(lambda: _new_step("lightbulb"))
        self._nodes = 0
        self._is_answered = False

    async def play(self, events: AsyncGenerator[Event, None]) -> Answer | None:
        """Show every event; None when the turn ended without an answer.

        Closes `events` however it ends, so that a person's Stop reaches the service.
        """
        answer: Answer | None = None
        try:
            async with aclosing(events):
                async for event in events:
                    answer = await self._show(event) or answer
        finally:
            await self._settle()
        if not self._is_answered:
            await say(words_for("answer.ended_early"))
        return answer

    async def _show(self, event: Event) -> Answer | None:
        if isinstance(event, Reasoning):
            await self._thoughts.show(event)
            return None
        await self._thoughts.end()
        match event:
            case (
                StepStarted()
                | StepFinished()
                | SqlWritten()
                | RowsRead()
                | PassagesFound()
                | ApprovalRequest()
            ):
                await self._show_step(event)
            case Token():
                await self._written().stream_token(self._tokens.passed(event.text))
            case Answered():
                await self._show_answer(event.answer)
                return event.answer
            case Failed():
                await self._show_failure(event)
            case _:
                assert_never(event)
        return None

    async def _show_step(self, event: StepEvent) -> None:
        kind = kind_of(event)
        if kind is None:
            return
        call = event.approval.call if isinstance(event, ApprovalRequest) else event.call
        key = call or self._key_of_node(kind, event)
        known = self._steps.get(key)
        progress = (known[0] if known else StepProgress(kind)).after(event)
        step = known[1] if known else _new_step(_ICONS[progress.kind])
        _draw(step, progress)
        if isinstance(event, PassagesFound):
            await attach(_found(event), step=step.id)
        self._steps[key] = progress, step
        await (step.update() if known else step.send())

    def _key_of_node(self, kind: Kind, event: StepEvent) -> str:
        """A node outside of calls may run once a round, and then is a step of its own."""
        if isinstance(event, StepStarted):
            self._nodes += 1
        return f"{kind} {self._nodes}"

    async def _show_answer(self, answer: Answer) -> None:
        self._is_answered = True
        if answer.status == "needs_approval":
            await ask_for_approval(answer)
            return
        message = self._written()
        # Before the text, so that it can link them at once.
        await show_evidence(answer, message=message.id)
        message.content = render.answer_text(answer)
        await (message.update() if message.streaming else message.send())
        await offer_questions(answer, message=message.id)
        if answer.answer_id:
            await offer_thumbs(answer.answer_id, message=message.id)

    def _written(self) -> cl.Message:
        """The answer's message, begun when its first word comes: the page sorts by time."""
        if self._message is None:
            self._message = cl.Message(content="", created_at=_now())
        return self._message

    async def _show_failure(self, failed: Failed) -> None:
        self._is_answered = True
        advice = words_for("answer.operator_can_fix") if failed.act == "operator" else ""
        await say(f"{render.escaped(failed.message)}{advice}")

    async def _settle(self) -> None:
        """Nothing keeps spinning once the turn is over, whatever ended it."""
        await self._thoughts.end()
        for progress, step in self._steps.values():
            if progress.is_running:
                step.name = words_for("step.stopped", title=progress.title)
                step.end = _now()
                await step.update()
        if self._message and self._message.streaming:
            await self._message.update()


async def show_again(answer: Answer) -> None:
    """The rest of an answer whose text is already on the page: evidence, or waiting approvals."""
    if answer.status == "needs_approval":
        await ask_for_approval(answer)
        return
    await show_evidence(answer, message=answer.answer_id)
    await offer_thumbs(answer.answer_id, message=answer.answer_id)


async def show_evidence(answer: Answer, *, message: str) -> None:
    """The evidence panels and charts of an answer."""
    await attach(_cited(answer), step=message)
    await show_results(answer, message=message)


async def say(said: str) -> None:
    """A message of the page itself, not of a model; quoted text is untrusted."""
    await cl.ErrorMessage(content=render.defused(said)).send()


def _new_step(icon: str) -> cl.Step:
    parent = session.run_id()  # otherwise it would appear below the answer
    step = cl.Step(type="tool", icon=icon, show_input=False, parent_id=parent)
    step.start = _now()
    return step


def _draw(step: cl.Step, progress: StepProgress) -> None:
    step.name = progress.title
    step.output = progress.body
    step.is_error = progress.is_failed
    step.end = None if progress.is_running else _now()


def _found(event: PassagesFound) -> list[CitedSource]:
    return [
        source(render.rank_name(rank), render.opened_passage(passage), passage)
        for rank, passage in enumerate(event.passages, start=1)
    ]


def _cited(answer: Answer) -> list[CitedSource]:
    """The elements that the citations in the text, and the list below it, open."""
    names = render.link_names(answer)
    passages = [item for item in answer.citations if item.number in names]
    queries = [item for item in answer.queries if item.number in names]
    return [
        *(source(names[item.number], render.opened_passage(item), item) for item in passages),
        *(source(names[item.number], render.opened_query(item)) for item in queries),
    ]


def _now() -> str:
    return datetime.now(UTC).replace(tzinfo=None).isoformat() + "Z"
