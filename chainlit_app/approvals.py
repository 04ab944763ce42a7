"""Statements that wait for a person: a card for each, and what a click on it says."""

import asyncio
from collections.abc import Coroutine
from contextlib import suppress
from typing import Any, Literal

import chainlit as cl
from pydantic import BaseModel, ValidationError

from chainlit_app.compat import session
from serving.schema import Answer, Approval, Decision, Question

DECIDE = "decide"
"""The action that `public/elements/Approval.jsx` calls."""
_WAITS = "**Waiting for you.** Nothing has run yet; this statement needs your approval."


class _Decided(BaseModel):
    """The card's text after a click."""

    id: str
    thread_id: str
    action: Literal["approve", "edit", "reject"]
    sql: str | None = None


async def ask_for_approval(answer: Answer) -> None:
    """A message with a card for each statement that waits."""
    for approval in answer.approvals:
        card = cl.CustomElement(
            name="Approval", props=_props(approval, answer.thread_id), display="inline"
        )
        await cl.Message(content=_WAITS, elements=[card]).send()


def resume_of(told: object) -> Question | None:
    """The decision of a click on a card; None for anything else."""
    try:
        said = _Decided.model_validate(told)
        decision = Decision(action=said.action, sql=said.sql)
    except ValidationError:
        return None
    return Question(thread_id=said.thread_id, resume={said.id: decision})


async def as_a_turn(work: Coroutine[Any, Any, bool]) -> bool:
    """Let a click's work look like a question's: with a Stop button, and its steps above its answer.

    Chainlit runs an action outside of all that.
    """

    async def run() -> bool:
        async with cl.Step(name="on_message", type="run"):
            return await work

    task = asyncio.create_task(run())
    session.set_running(task)
    await session.show_running()
    try:
        with suppress(asyncio.CancelledError):
            return await task
        return False
    finally:
        await session.show_done()


def _props(approval: Approval, thread_id: str) -> dict[str, str]:
    return {
        "id": approval.id,
        "thread_id": thread_id,
        "explanation": approval.explanation,
        "sql": approval.sql,
        "reach": approval.reach,
        "problem": approval.problem,
    }
