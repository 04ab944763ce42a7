"""Documents on the page: added from a message, listed, opened and deleted, as the service allows."""

import os
from collections.abc import Mapping, Sequence
from datetime import datetime
from pathlib import Path
from typing import Any, Literal, cast
from uuid import uuid4

import chainlit as cl
from chainlit.element import Element
from pydantic import BaseModel, ValidationError

from chainlit_app.away import ready_again
from chainlit_app.compat import session
from chainlit_app.service import Service, Unreachable
from chainlit_app.texts.table import counted, words_for
from chainlit_app.uploads import UPLOAD_ICON, told_lines, told_upload
from serving.client import ServiceError
from serving.schema import DocumentInfo, UploadReport

DELETE_DOCUMENT = "delete_document"
"""The action that `public/elements/Documents.jsx` calls."""
_REFUSED, _QUOTED = "refused_files", "%22"
_NOTHING = Path(os.devnull)
FILES = "/documents/{document_id}/file"
"""Where a browser opens a document; it may not reach the service itself."""


class OpenDocuments(BaseModel):
    """The click event of `public/docsql.js` on the header's link."""

    docsql: str


class RefusedFile(BaseModel):
    """The event of `public/docsql.js` for an empty file."""

    docsql: Literal["refused"]
    name: str


class _Deletion(BaseModel):
    ids: list[str]


async def offer_rights(service: Service) -> None:
    """Have the page offer what this person may do with documents, and nothing else."""
    try:
        scopes = (await service.caller()).scopes
    except ServiceError:
        return  # it refuses what they may not do, and says why
    await cl.send_window_message({"docsql": "rights", "scopes": scopes})


async def take_in(
    attached: Sequence[Element], service: Service, *, collection: str, has_question: bool
) -> None:
    """Add the files of a message, and tell what became of each; the conversation keeps that."""
    thread_id = cast("str | None", cl.user_session.get("thread_id"))
    kept_in = {"thread_id": thread_id, "has_question": has_question} if thread_id else {}
    files = [(each.name, Path(each.path)) for each in attached if each.path]
    names = {name for name, _ in files}
    files += [(name, _NOTHING) for name in refused_before() if name not in names]
    count = counted(len(files), "document")
    async with cl.Step(
        name=words_for("documents.reading", count=count), type="tool", show_input=False
    ) as step:
        step.icon = UPLOAD_ICON
        try:
            report = await _uploaded(files, service, collection=collection, kept_in=kept_in)
        except ServiceError as error:
            step.name, step.is_error = words_for("documents.read_none", count=count), True
            await cl.ErrorMessage(content=told_lines(str(error).splitlines())).send()
            return
        told = told_upload(report)
        step.name = told.line
    await cl.Message(content=told.text).send()


async def name_as_chosen(attached: Sequence[Element], message: str) -> None:
    """Give files back the quotation marks in their names, which a browser sends as `%22`."""
    for each in attached:
        if _QUOTED in each.name:
            each.name = each.name.replace(_QUOTED, '"')
            await cl.context.emitter.send_element({**each.to_dict(), "forId": message})


async def remember_refused(told: object, service: Service) -> bool:
    """Keep the name of an empty file, which Chainlit cannot take; whether that was told."""
    del service
    try:
        name = RefusedFile.model_validate(told).name
    except ValidationError:
        return False
    cl.user_session.set(_REFUSED, [*refused_before(), name])
    return True


def refused_before() -> list[str]:
    """Take the names of the empty files that were chosen for the next message, without repeats."""
    names = cast("list[str]", cl.user_session.get(_REFUSED) or [])
    cl.user_session.set(_REFUSED, [])
    return list(dict.fromkeys(names))


async def _uploaded(
    files: Sequence[tuple[str, Path]],
    service: Service,
    *,
    collection: str,
    kept_in: Mapping[str, str | bool],
) -> UploadReport:
    """As soon as the service is there; it takes in nothing twice."""
    try:
        return await service.upload(files, collection=collection, kept_in=kept_in)
    except Unreachable:
        if await ready_again(service):
            return await service.upload(files, collection=collection, kept_in=kept_in)
        raise


async def show_documents(told: object, service: Service) -> bool:
    """The list of documents beside the conversation; whether that was asked for."""
    try:
        if OpenDocuments.model_validate(told).docsql != "documents":
            return False
    except ValidationError:
        return False
    props: dict[str, Any] = {"documents": [], "problem": ""}
    try:
        found = sorted(await service.documents(), key=_own_ones_first)
        props["documents"] = [_listed(each) for each in found]
    except ServiceError as error:
        props["problem"] = str(error)
    element = cl.CustomElement(name="Documents", props=props, display="side")
    await session.show_beside(
        words_for("documents.title"), [dict(element.to_dict())], key=uuid4().hex
    )
    return True


async def delete(told: object, service: Service) -> dict[str, str | list[str]]:
    """Delete documents; which are gone and, if one cannot be deleted, why."""
    gone = list[str]()
    try:
        for each in _Deletion.model_validate(told).ids:
            await service.delete_document(each)
            gone.append(each)
    except ValidationError:
        return {"problem": words_for("documents.unknown"), "gone": gone}
    except ServiceError as error:
        return {"problem": str(error), "gone": gone}
    return {"problem": "", "gone": gone}


def _own_ones_first(document: DocumentInfo) -> tuple[bool, str]:
    return not document.is_own, (document.title or document.source).casefold()


def _listed(document: DocumentInfo) -> dict[str, str | list[str]]:
    about = [
        document.source,
        document.collection,
        _day(document.ingested_at),
        counted(document.passages, "passage"),
    ]
    return {
        "id": document.id,
        "title": document.title or document.source,
        "about": about,
        "badge": words_for("documents.own") if document.is_own else "",
    }


def _day(moment: datetime) -> str:
    return moment.date().isoformat()
