"""A cited passage in context: its neighbours, and its PDF page."""

import re
from collections.abc import Sequence
from contextlib import suppress
from typing import cast
from uuid import uuid4

import chainlit as cl
from chainlit.element import ElementDict
from pydantic import BaseModel

from chainlit_app import render
from chainlit_app.compat import session
from chainlit_app.quoted import MARKS, marked
from chainlit_app.service import Service
from chainlit_app.texts.table import words_for
from serving.client import ServiceError
from serving.schema import ContextPassage, PassageInContext

_SHOWN_PDFS = "pdfs"
_PDF_PAGE = "#page="
_MOST_AROUND, _SHORTEST, _ENDING = 50, 300, 60
"""The most passages that the service returns; the fewest characters of a passage, and those of its
end that are compared."""


class Place(BaseModel):
    """The place of a passage; `about` describes it as Markdown.

    `text` is what was read, which may go on into the passages after it; `said` is what cites it.
    """

    document_id: str
    passage_id: str
    about: str
    text: str
    said: list[str] = []


async def in_context(service: Service, place: Place) -> list[ElementDict]:
    """The context of a passage to show instead of its text; nothing where it cannot be read."""
    try:
        found = await service.passage(place.document_id, place.passage_id, around=_around(place))
        shown = [_text(found, place)]
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


def _text(found: PassageInContext, place: Place) -> ElementDict:
    shown = _quoted_whole(found.passages, place)
    texts = zip(shown, render.without_repeats(shown), strict=True)
    passages = [
        {
            "id": each.id,
            "is_quoted": each.is_quoted,
            "markdown": _markdown(text, place.said if each.is_quoted else []),
        }
        for each, text in texts
        if text
    ]
    props = {"about": place.about, "passages": passages, "file": found.file}
    return cl.CustomElement(name="Passage", props=props, display="side").to_dict()


def _around(place: Place) -> int:
    """How many passages are asked for, so that what was read and one more are among them."""
    return min(_MOST_AROUND, 2 + len(place.text) // _SHORTEST)


def _quoted_whole(passages: Sequence[ContextPassage], place: Place) -> list[ContextPassage]:
    """The passage as it was read, with one before and one after it."""
    at = next(at for at, each in enumerate(passages) if each.is_quoted)
    after = at + 1
    while after < len(passages) and passages[after].text[-_ENDING:] in place.text:
        after += 1
    quoted = passages[at].model_copy(update={"text": place.text})
    return [*passages[max(0, at - 1) : at], quoted, *passages[after : after + 1]]


def _markdown(text: str, said: list[str]) -> str:
    """A passage as Markdown, in which only the cited sentences are bold."""
    return re.sub(f"[{MARKS}]", "**", render.passage_text(marked(text, said)))


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
