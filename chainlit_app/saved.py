"""Questions that a person keeps: saved at an answer, listed, shared by a link and deleted."""

from typing import Any, Literal
from uuid import uuid4

import chainlit as cl
from pydantic import BaseModel, ValidationError

from chainlit_app.asked import PageQuestion
from chainlit_app.compat import session
from chainlit_app.service import Service, Unreachable
from chainlit_app.texts.table import words_for
from serving.client import ServiceError
from serving.schema import QuestionToSave

SAVE, DELETE_SAVED = "save_question", "delete_saved"
"""The action below an answer, and that of `public/elements/Saved.jsx`."""
HEARD = {"docsql": "heard"}
"""What tells `public/docsql.js` that a link's question is being asked."""
_ASKED = "shared"


class _Opened(BaseModel):
    """The click of `public/docsql.js` on the header's link."""

    docsql: Literal["saved"]


class _Shared(BaseModel):
    """The link that the page was opened by."""

    docsql: Literal["shared"]
    id: str


class _Deletion(BaseModel):
    id: str


async def offer_saving(asked: PageQuestion | None, *, message: str) -> None:
    """A bookmark below the answer to a question."""
    if asked is None:
        return
    payload = QuestionToSave(question=asked.question).model_dump()
    tooltip = words_for("saved.save")
    await cl.Action(name=SAVE, payload=payload, icon="bookmark", tooltip=tooltip).send(
        for_id=message
    )


async def save_question(told: object, service: Service) -> None:
    """Save the question of a click on a bookmark, and confirm it; ignore other clicks."""
    try:
        await service.save_question(QuestionToSave.model_validate(told))
    except ValidationError:
        return
    except ServiceError as error:
        await session.toast(str(error), "error")
    else:
        await session.toast(words_for("saved.done"), "success")


async def show_saved(told: object, service: Service) -> bool:
    """The list of saved questions beside the conversation; whether that was asked for."""
    try:
        _Opened.model_validate(told)
    except ValidationError:
        return False
    props: dict[str, Any] = {"questions": [], "problem": ""}
    try:
        found = await service.saved_questions()
        props["questions"] = [each.model_dump(include={"id", "question"}) for each in found]
    except ServiceError as error:
        props["problem"] = str(error)
    element = cl.CustomElement(name="Saved", props=props, display="side")
    await session.show_beside(words_for("saved.title"), [dict(element.to_dict())], key=uuid4().hex)
    return True


async def delete_saved(told: object, service: Service) -> dict[str, str]:
    """Delete a saved question; why not, where it stays."""
    try:
        await service.delete_saved_question(_Deletion.model_validate(told).id)
    except ValidationError:
        return {"problem": words_for("saved.unknown")}
    except ServiceError as error:
        return {"problem": str(error)}
    return {"problem": ""}


def is_shared_question_asked() -> bool:
    """Whether the question of the shared link that opened the page was asked or is being fetched."""
    return cl.user_session.get(_ASKED) is not None


async def shared_question(told: object, service: Service) -> str:
    """The question of the link that the page was opened by, once; empty for anything else.

    Raises:
        ServiceError: there is none.
    """
    try:
        id_ = _Shared.model_validate(told).id
    except ValidationError:
        return ""
    if cl.user_session.get(_ASKED) == id_:  # the browser says it until it is heard
        return ""
    cl.user_session.set(_ASKED, id_)
    try:
        question = (await service.shared_question(id_)).question
    except Unreachable:  # it will be said again
        cl.user_session.set(_ASKED, None)
        return ""
    except ServiceError:
        await cl.send_window_message(HEARD)
        raise
    await cl.send_window_message(HEARD)
    return question
