"""Deleting all of a person's conversations; `public/scripts/forget.js` asks them first."""

from typing import Literal

import chainlit as cl
from pydantic import BaseModel, ValidationError

from chainlit_app.compat import session
from chainlit_app.service import Service
from serving.client import ServiceError

_PAGE = 200
"""Conversations in one piece of the list."""


class _Wish(BaseModel):
    docsql: Literal["forget"]


async def forget_conversations(told: object, service: Service) -> bool:
    """Delete every conversation of the visitor's; whether that was asked for."""
    try:
        _Wish.model_validate(told)
    except ValidationError:
        return False
    session.stop_running()  # a conversation is deleted once its turn has ended
    is_done = True
    try:
        for each in await _all_of_them(service):
            await service.delete_thread(each)
    except ServiceError as error:
        is_done = False
        await session.toast(str(error), "error")
    await cl.send_window_message({"docsql": "forgotten", "done": is_done})
    return True


async def _all_of_them(service: Service) -> list[str]:
    found = await service.threads(limit=_PAGE, before=None)
    ids = [each.id for each in found.threads]
    while found.next:
        found = await service.threads(limit=_PAGE, before=found.next)
        ids += [each.id for each in found.threads]
    return ids
