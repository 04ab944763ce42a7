"""Evidence panels: sent with the answer, shown beside it on a click."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Literal, cast

import chainlit as cl
from pydantic import BaseModel, ValidationError

from chainlit_app import render
from chainlit_app.compat import session
from chainlit_app.context import Place, in_context, without_context
from chainlit_app.service import Service
from serving.schema import Citation

_KEPT = "sources"


class OpenSource(BaseModel):
    """The click event of `public/docsql.js`: the clicked name, and its step."""

    docsql: Literal["open"]
    step: str
    name: str


@dataclass(frozen=True, slots=True)
class CitedSource:
    """An element that a citation links to, with the place of its passage, if it is one."""

    element: cl.Text
    place: Place | None


class _Remembered(BaseModel):
    element: dict[str, Any]
    place: Place | None


def source(
    name: str, markdown: str, passage: Citation | None = None, said: Sequence[str] = ()
) -> CitedSource:
    """A passage or a query's rows, linked wherever `name` occurs in its step or message.

    `said` is what an answer says on the grounds of the passage.

    It is a page rather than a side element; `public/docsql.js` says why.
    """
    place = passage and Place(
        document_id=passage.document_id,
        passage_id=passage.passage_id,
        about=render.about_passage(passage),
        text=passage.text,
        said=[*said],
    )
    return CitedSource(cl.Text(name=name, content=markdown, display="page"), place)


async def attach(sources: Sequence[CitedSource], *, step: str) -> None:
    """Send the sources of a step or message to the page, and keep them for clicks."""
    for each in sources:
        await each.element.send(for_id=step)
        kept = _Remembered(element=dict(each.element.to_dict()), place=each.place)
        _kept().setdefault(step, {})[each.element.name] = kept.model_dump()


async def open_cited_source(told: object, service: Service) -> None:
    """Show a source beside the conversation; ignore other clicks."""
    try:
        wanted = OpenSource.model_validate(told)
        kept = _Remembered.model_validate(_kept().get(wanted.step, {}).get(wanted.name))
    except ValidationError:  # a browser's extensions talk on the same channel
        return
    shown = [kept.element]
    if kept.place is not None:
        found = await in_context(service, kept.place)
        shown = [dict(each) for each in found] or [dict(without_context()), *shown]
    await session.show_beside(wanted.name.strip("[]"), shown, key=kept.element.get("id"))


def _kept() -> dict[str, dict[str, dict[str, Any]]]:
    """By step and name; JSON, because Chainlit writes a session down when its browser leaves."""
    kept = cast("dict[str, dict[str, dict[str, Any]]] | None", cl.user_session.get(_KEPT))
    if kept is None:
        kept = {}
        cl.user_session.set(_KEPT, kept)
    return kept
