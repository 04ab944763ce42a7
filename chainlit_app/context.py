"""A cited passage in context: its neighbours, and its PDF page."""

from contextlib import suppress
from typing import cast
from uuid import uuid4

import chainlit as cl
from chainlit.element import ElementDict
from pydantic import BaseModel

from chainlit_app import render
from chainlit_app.compat import session
from chainlit_app.service import Service
from chainlit_app.texts.table import words_for
from serving.client import ServiceError
from serving.schema import PassageInContext

_SHOWN_PDFS = "pdfs"
_PDF_PAGE = "#page="


class Place(BaseModel):
    """The place of a passage; `about` describes it as Markdown."""

    document_id: str
    passage_id: str
    about: str


async def in_context(service: Service, place: Place) -> list[ElementDict]:
    """The context of a passage to show instead of its text; nothing where it cannot be read."""
    try:
        found = await service.passage(place.document_id, place.passage_id)
        shown = [_text(found, place.about)]
        path, _, page = found.file.partition(_PDF_PAGE)
    except ServiceError:
        return []
    with suppress(ServiceError):  # the words are there, whatever became of the file
        if page:
            shown.append(await _pdf(service, path, page=int(page)))
    return shown


def without_context() -> ElementDict:
    """The word that a passage stands in no document any more, to show above its text."""
    props: dict[str, object] = {"about": words_for("passage.gone"), "passages": [], "file": ""}
    return cl.CustomElement(name="Passage", props=props, display="side").to_dict()


def _text(found: PassageInContext, about: str) -> ElementDict:
    passages = [
        {"id": each.id, "is_quoted": each.is_quoted, "markdown": render.passage_text(text)}
        for each, text in zip(found.passages, render.without_repeats(found.passages), strict=True)
        if text
    ]
    props = {"about": about, "passages": passages, "file": found.file}
    return cl.CustomElement(name="Passage", props=props, display="side").to_dict()


async def _pdf(service: Service, path: str, *, page: int) -> ElementDict:
    """The file as an element; the browser gets it from Chainlit, which may not reach the service."""
    kept = cast("dict[str, str]", cl.user_session.get(_SHOWN_PDFS) or {})
    if path not in kept:
        content = await service.file(path)
        name = path.rpartition("/")[2]
        kept[path] = await session.keep_file(name, mime="application/pdf", content=content)
        cl.user_session.set(_SHOWN_PDFS, kept)
    return ElementDict(
        id=uuid4().hex,
        type="pdf",
        name=f"{words_for('passage.page')} {page}",
        display="side",
        page=page,
        chainlitKey=kept[path],
    )
