"""Statements that wait for a person: a card for each, and what a click on it says."""

import asyncio
from collections.abc import Coroutine, Sequence
from contextlib import suppress
from typing import Any, Literal, NamedTuple, TypeVar, cast

import chainlit as cl
from pydantic import BaseModel, ValidationError

from chainlit_app.compat import session
from chainlit_app.texts.table import in_digits, words_for
from serving.schema import Answer, Approval, Decision, Question

DECIDE = "decide"
"""The action that `public/elements/Approval.jsx` calls."""
_KEPT = "approvals"
T = TypeVar("T")


class _Card(BaseModel):
    """A card on the page that nobody has decided on."""

    element: str
    message: str
    props: dict[str, str]


class _Decided(BaseModel):
    """The card's text after a click."""

    id: str
    thread_id: str
    action: Literal["approve", "edit", "reject"]
    sql: str | None = None


async def ask_for_approval(answer: Answer, *, below: str | None = None) -> None:
    """A message with a card for each statement that waits and has none yet.

    `below` is the run that it belongs to, where that is not the one that runs.
    """
    cards = _cards()
    for approval in answer.approvals:
        if approval.id in cards:
            continue
        props = _props(approval, answer.thread_id)
        card = cl.CustomElement(name="Approval", props=props, display="inline")
        message = cl.Message(content="", elements=[card], parent_id=below)
        cards[approval.id] = _Card(element=card.id, message=message.id, props=props).model_dump()
        await message.send()


def open_cards() -> list[str]:
    """The approvals that have a card on the page, and no decision."""
    return list(_cards())


async def close_dropped(approvals: Sequence[str]) -> None:
    """Take the buttons from their cards: a later question dropped them."""
    for approval in approvals:
        kept = _cards().pop(approval, None)
        if kept is None:  # decided in the meantime
            continue
        card = _Card.model_validate(kept)
        props = {**card.props, "said": "dropped"}
        element = cl.CustomElement(id=card.element, name="Approval", props=props, display="inline")
        await element.send(for_id=card.message)


def forget_cards() -> None:
    """No card is on the page any more."""
    cl.user_session.set(_KEPT, None)


class Played(NamedTuple):
    """A turn that came to an end; `edited` says in words what a person's own statement read."""

    answer: Answer
    edited: str


def outcome_of(played: Played | None, resume: Question) -> dict[str, bool | str]:
    """The reply to a card's decision: whether it was sent, and what became of an edit."""
    if played is None:
        return {"done": False}
    for id_ in resume.resume or {}:
        _cards().pop(id_, None)
    edited = {said.sql for said in (resume.resume or {}).values() if said.action == "edit"}
    refused = (one.problem for one in played.answer.approvals if one.problem and one.sql in edited)
    return {"done": True, "refused": next(refused, ""), "explanation": played.edited}


def resume_of(told: object) -> Question | None:
    """The decision of a click on a card; None for anything else."""
    try:
        said = _Decided.model_validate(told)
        decision = Decision(action=said.action, sql=said.sql)
    except ValidationError:
        return None
    return Question(thread_id=said.thread_id, resume={said.id: decision})


async def as_a_turn(work: Coroutine[Any, Any, T], *, below: str | None = None) -> T | None:
    """Let a click's work look like a question's: with a Stop button, and its steps above its answer.

    Chainlit runs an action outside of all that. `below` is the message that it belongs to. None
    where it was stopped.
    """

    async def run() -> T:
        async with cl.Step(name="on_message", type="run", parent_id=below):
            return await work

    task = asyncio.create_task(run())
    session.set_running(task)
    await session.show_running()
    try:
        with suppress(asyncio.CancelledError):
            return await task
        return None
    finally:
        await session.show_done()


def _props(approval: Approval, thread_id: str) -> dict[str, str]:
    return {
        "id": approval.id,
        "thread_id": thread_id,
        "explanation": approval.explanation,
        "sql": approval.sql,
        "reach": _reach(approval),
        "problem": approval.problem,
    }


def _reach(approval: Approval) -> str:
    """`Approval.reach` in the visitor's language."""
    rows = approval.estimated_rows
    tables = ", ".join(approval.tables) or words_for("approval.no_tables")
    expected = words_for("approval.unknown_rows")
    if rows is not None:
        expected = words_for("approval.about_rows", rows=in_digits(rows))
    return words_for("approval.reach", database=approval.database, tables=tables, rows=expected)


def _cards() -> dict[str, dict[str, Any]]:
    """The open cards by approval; JSON, because Chainlit writes a session down."""
    kept = cast("dict[str, dict[str, Any]] | None", cl.user_session.get(_KEPT))
    if kept is None:
        kept = {}
        cl.user_session.set(_KEPT, kept)
    return kept
