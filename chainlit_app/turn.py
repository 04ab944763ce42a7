from collections.abc import AsyncGenerator, Sequence
from contextlib import aclosing
from datetime import UTC, datetime
from typing import assert_never

import chainlit as cl

from chainlit_app import asked, render
from chainlit_app.approvals import ask_for_approval
from chainlit_app.fold import Fold, cited_sources
from chainlit_app.quoted import statements_citing
from chainlit_app.restored import found_in
from chainlit_app.results import show_results
from chainlit_app.saved import offer_saving
from chainlit_app.service import SignedOut
from chainlit_app.sources import CitedSource, attach, source
from chainlit_app.suggestions import offer_questions
from chainlit_app.texts.table import words_for
from serving.client import ServiceError
from serving.schema import (
    Answer,
    Answered,
    ApprovalRequest,
    Event,
    Failed,
    PassagesFound,
    Rating,
    Reasoning,
    Retrying,
    RowsRead,
    SqlWritten,
    StepFinished,
    StepStarted,
    ThreadTurn,
    Token,
)

_WHOLE = {"docsql": "whole"}
"""Tells `public/docsql.js` that a conversation which came back has everything again."""
SIGN_IN = "/login"
"""Where people sign in; `public/scripts/conversations.js` signs them out first."""


class Turn:
    """Plays one turn's events onto the page: steps as they run, the answer as it is written."""

    def __init__(self) -> None:
        self._fold = Fold()
        self._message: cl.Message | None = None
        self._tokens = render.Tokens()
        self._seconds: float | None = None
        self._is_answered = False

    @property
    def edited(self) -> str:
        """What a person's own statement reads, in words; empty where they edited none."""
        edits = (each.edit for each in self._fold.course.shown() if each.edit)
        return next(edits, "")

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
            await fail(words_for("answer.ended_early"))
        return answer

    async def _show(self, event: Event) -> Answer | None:
        match event:
            case Reasoning():
                await self._fold.think(event)
            case Retrying():
                self._fold.wait_for_model(event)
            case (
                StepStarted()
                | StepFinished()
                | SqlWritten()
                | RowsRead()
                | PassagesFound()
                | ApprovalRequest()
            ):
                await self._fold.show(event)
            case Token():
                await self._fold.write()
                await self._written().stream_token(self._tokens.passed(event.text))
            case Answered():
                self._seconds = event.answer.timings.get("total")
                await self._show_answer(event.answer)
                return event.answer
            case Failed():
                await self._show_failure(event)
            case _:
                assert_never(event)
        return None

    async def _show_answer(self, answer: Answer) -> None:
        self._is_answered = True
        await self._fold.begin()
        if answer.status == "needs_approval":
            asked.answered(answer.answer_id)
            await ask_for_approval(answer)
            return
        message = self._written()
        # Before the text, so that it can link them at once.
        await show_evidence(answer, message=message.id)
        message.content = render.answer_text(answer)
        await (message.update() if message.streaming else message.send())
        await offer_questions(answer, message=message.id)
        asked.answered(answer.answer_id)
        await asked.offer_retry(asked.last(), below=message.id)
        await offer_saving(asked.last(), message=message.id)

    def _written(self) -> cl.Message:
        """The answer's message, begun when its first word comes: the page sorts by time."""
        if self._message is None:
            self._message = cl.Message(content="", created_at=_now())
        return self._message

    async def _show_failure(self, failed: Failed) -> None:
        self._is_answered = True
        await self._fold.begin()
        advice = words_for("answer.operator_can_fix") if failed.act == "operator" else ""
        advice = "" if advice.strip() in failed.message else advice
        await fail(f"{render.escaped(failed.message)}{advice}")

    async def _settle(self) -> None:
        await self._fold.close(self._seconds, is_stopped=not self._is_answered)
        if self._message and self._message.streaming:
            await self._message.update()


async def show_all_again(turns: Sequence[ThreadTurn]) -> None:
    """The rest of a conversation whose texts are already on the page; its end is what is seen."""
    for turn in turns:
        await _show_again(turn)
    await cl.send_window_message(_WHOLE)


async def _show_again(turn: ThreadTurn) -> None:
    """Evidence, or waiting approvals."""
    answer = turn.answer
    for step, passages in found_in(turn):
        await attach(cited_sources(passages), step=step)
    if answer.status == "needs_approval":
        await ask_for_approval(answer, below=asked.turn_run_id(answer.answer_id))
        return
    id_ = answer.answer_id
    await show_evidence(answer, message=id_, said=turn.feedback)
    await asked.offer_retry(asked.of_answer(id_), below=id_)
    await offer_saving(asked.of_answer(id_), message=id_)


async def show_evidence(answer: Answer, *, message: str, said: Rating | None = None) -> None:
    """The evidence panels and charts of an answer, and what its reader said of it."""
    await attach(_cited(answer), step=message)
    await show_results(answer, message=message, said=said)


async def say(said: str) -> str:
    """A message of the page itself, not of a model; quoted text is untrusted. Its id."""
    message = cl.ErrorMessage(content=render.defused(said))
    await message.send()
    return message.id


async def fail(text: str) -> None:
    """Why the last question has no answer, with a way to ask it again."""
    await _offer_again(await say(text))


async def refused(error: ServiceError) -> None:
    """Say why the service refused, with a link to sign in again if that would help."""
    link = f" [{words_for('login.sign_in')}]({SIGN_IN})" if isinstance(error, SignedOut) else ""
    await fail(f"{error}{link}")


async def stopped() -> None:
    """A person stopped what was running, which is no error."""
    message = cl.Message(content=words_for("answer.stopped"))
    await message.send()
    await _offer_again(message.id)


async def _offer_again(id_: str) -> None:
    asked.stands_below(id_)
    await asked.offer_retry(asked.last(), below=id_, label=words_for("button.again"))


def _cited(answer: Answer) -> list[CitedSource]:
    """The elements that the citations in the text, and the list below it, open."""
    names = render.link_names(answer)
    passages = [item for item in answer.citations if item.number in names]
    queries = [item for item in answer.queries if item.number in names]
    said = {item.number: statements_citing(item.number, answer.answer) for item in passages}
    return [
        *(
            source(names[item.number], render.opened_passage(item), item, said[item.number])
            for item in passages
        ),
        *(source(names[item.number], render.opened_query(item)) for item in queries),
    ]


def _now() -> str:
    return datetime.now(UTC).replace(tzinfo=None).isoformat() + "Z"
