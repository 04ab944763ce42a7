"""A person's word on an answer: two thumbs below it, and the service that keeps it."""

from typing import Literal

import chainlit as cl
from pydantic import ValidationError

from chainlit_app.compat import session
from chainlit_app.service import Service
from chainlit_app.texts.table import words_for
from serving.client import ServiceError
from serving.schema import Feedback

RATE = "rate"
"""The action behind both thumbs."""
_THUMBS: tuple[Literal["up", "down"], ...] = ("up", "down")


async def offer_thumbs(answer_id: str, *, message: str) -> None:
    """Two thumbs below the message of an answer."""
    for rating in _THUMBS:
        payload = Feedback(answer_id=answer_id, rating=rating).model_dump(exclude={"comment"})
        tooltip = words_for(f"feedback.{rating}")
        thumb = cl.Action(name=RATE, payload=payload, icon=f"thumbs-{rating}", tooltip=tooltip)
        await thumb.send(for_id=message)


async def note(told: object, service: Service) -> None:
    """Send the feedback of a click on a thumb and confirm it; ignore other clicks."""
    try:
        feedback = Feedback.model_validate(told)
    except ValidationError:
        return
    try:
        await service.note(feedback)
    except ServiceError as error:
        await session.toast(str(error), "error")
    else:
        await session.toast(words_for("feedback.noted"), "success")
