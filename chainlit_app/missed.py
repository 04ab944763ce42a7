"""An earlier conversation that was opened while the service was away, and continued.

A page without a question reloads when the service is back (`away.py`). With one it stays: what was said
before is put above the question, and only then it is asked.
"""

from collections.abc import Sequence
from typing import cast

import chainlit as cl
from chainlit.element import Element

from chainlit_app import asked, preferences
from chainlit_app.away import ready_again
from chainlit_app.compat import session
from chainlit_app.options import Defaults
from chainlit_app.restored import files_of_thread, steps_of_question, steps_of_thread
from chainlit_app.saved import is_shared_question_asked
from chainlit_app.service import Service, Unreachable
from chainlit_app.turn import show_all_again
from serving.client import ServiceError
from serving.schema import ThreadContent

_MISSED, _IS_WANTED = "missed", "missed_is_wanted"


def remember_missed(thread_id: str) -> None:
    """The page shows nothing of this conversation yet."""
    cl.user_session.set(_MISSED, thread_id)


def is_asked() -> bool:
    """Whether a question was asked on this page, or is on its way."""
    waits = cl.user_session.get(_IS_WANTED) is True  # for what was said before it
    return asked.last() is not None or waits or is_shared_question_asked()


async def catch_up(
    question: str,
    message: str,
    attached: Sequence[Element],
    *,
    service: Service,
    defaults: Defaults,
) -> None:
    """Show what was missed above a question that is about to be asked; nothing otherwise.

    `attached` are the files of its message.
    """
    thread_id = cast("str | None", cl.user_session.get(_MISSED))
    if thread_id is None:
        return
    cl.user_session.set(_IS_WANTED, True)  # noqa: FBT003  # Chainlit's
    try:
        content = await _content_of(thread_id, service)
    except ServiceError:  # the question says so, if it cannot be asked either
        return
    cl.user_session.set(_MISSED, None)
    await preferences.offer_again(defaults, await service.ready(), content.settings)
    asked.remember_all(content.turns)
    steps = steps_of_thread(content)
    steps += steps_of_question(question, message, run=session.run_id(), thread_id=thread_id)
    await session.show_conversation(thread_id, steps, files_of_thread(content))
    for each in attached:  # the page asks for a file once it is told of it
        await cl.context.emitter.send_element({**each.to_dict(), "forId": message})
    await session.list_anew(question)
    await show_all_again(content.turns)


async def _content_of(thread_id: str, service: Service) -> ThreadContent:
    try:
        return await service.thread(thread_id)
    except Unreachable:
        if await ready_again(service):
            return await service.thread(thread_id)
        raise
