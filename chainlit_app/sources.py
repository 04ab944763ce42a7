"""What a click on a citation opens: sent with the answer, shown beside it when it is asked for."""

from collections.abc import Sequence
from typing import Literal, cast

import chainlit as cl
from chainlit.element import ElementDict
from pydantic import BaseModel, ValidationError

_KEPT = "sources"


class OpenSource(BaseModel):
    """What `public/docsql.js` tells after a click: the name that was clicked, and in which step."""

    docsql: Literal["open"]
    step: str
    name: str


def source(name: str, markdown: str) -> cl.Text:
    """A passage or a query's rows, linked wherever `name` stands in its step or message.

    It is a page rather than a side element for the reason that stands in `public/docsql.js`.
    """
    return cl.Text(name=name, content=markdown, display="page")


async def attach(sources: Sequence[cl.Text], *, step: str) -> None:
    """Send the sources of a step or message to the page, and keep them for clicks."""
    for element in sources:
        await element.send(for_id=step)
        _kept().setdefault(step, {})[element.name] = element.to_dict()


async def open_source(told: object) -> None:
    """Show a source beside the conversation; what is not a click on a citation is left alone."""
    try:
        wanted = OpenSource.model_validate(told)
    except ValidationError:  # a browser's extensions talk on the same channel
        return
    element = _kept().get(wanted.step, {}).get(wanted.name)
    if element is None:
        return
    # Not `cl.ElementSidebar`: it sends the element once more, and an arriving element that is not
    # a side element closes the side view again.
    emit = cl.context.emitter.emit
    await emit("set_sidebar_title", wanted.name)
    await emit("set_sidebar_elements", {"elements": [element], "key": element.get("id")})


def _kept() -> dict[str, dict[str, ElementDict]]:
    """By step and name; JSON, because Chainlit writes a session down when its browser leaves."""
    kept = cast("dict[str, dict[str, ElementDict]] | None", cl.user_session.get(_KEPT))
    if kept is None:
        kept = {}
        cl.user_session.set(_KEPT, kept)
    return kept
