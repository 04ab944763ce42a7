"""A conversation that is opened again, with its answers and a question that has none yet.

Also one that has changed elsewhere, such as in another tab, and is shown as it is now.
"""

import asyncio

import chainlit as cl

from chainlit_app import asked
from chainlit_app.approvals import as_a_turn, forget_cards
from chainlit_app.compat import session
from chainlit_app.restored import files_of_thread, steps_of_thread
from chainlit_app.service import Service
from chainlit_app.texts.table import words_for
from chainlit_app.turn import fail, refused, say, show_all_again
from chainlit_app.underway import UnderWay, turn_on
from serving.client import ServiceError
from serving.schema import Question, ThreadContent


async def show_the_rest(
    content: ThreadContent, service: Service, *, after: "asyncio.Task[object] | None"
) -> None:
    """Add to restored messages what Chainlit leaves out, once these are on the page."""
    if after:
        await asyncio.wait([after])
    await show_all_again(content.turns)
    turn = turn_on(content.thread.id)
    if turn:
        await _await_answer(turn, content, service)
    elif content.awaits_approval:
        await _show_question(content.unanswered or content.thread.title)
        await say(words_for("answer.awaits_approval"))
    elif content.unanswered:
        await _show_question(content.unanswered)
        await fail(words_for("answer.none_yet"))


async def show_if_decided(resume: Question, service: Service) -> bool:
    """Show the conversation as it is now if its statement no longer waits; whether that was so."""
    try:
        content = await service.thread(resume.thread_id or "")
    except ServiceError:
        return False
    waiting = {each.id for turn in content.turns[-1:] for each in turn.answer.approvals}
    if waiting >= set(resume.resume or ()):
        return False
    await show_anew(content)
    await session.toast(words_for("approval.decided_elsewhere"), "success")
    return True


async def show_anew(content: ThreadContent) -> None:
    """Show a conversation as the service has it, in the place of all that the page shows."""
    forget_cards()
    asked.remember_all(content.turns)
    steps, files = steps_of_thread(content), files_of_thread(content)
    await session.show_conversation(content.thread.id, steps, files)
    await show_all_again(content.turns)


async def _await_answer(turn: UnderWay, content: ThreadContent, service: Service) -> None:
    """Show the question, with a Stop button, until it is answered."""
    below = await _show_question(turn.question) if turn.question else None
    if not await as_a_turn(_wait(turn), below=below):
        return
    try:
        now = await service.thread(content.thread.id)
    except ServiceError as error:
        await refused(error)
        return
    if now.turns == content.turns:  # it failed, or was stopped in another tab
        await fail(words_for("answer.none_yet"))
    else:
        await show_anew(now)


async def _wait(turn: UnderWay) -> bool:
    async with cl.Step(name=words_for("step.still"), type="tool", show_input=False):
        await turn.wait()
    return True


async def _show_question(question: str) -> str:
    message = await cl.Message(content=question, type="user_message").send()
    asked.remember(message.id, question)
    return message.id
