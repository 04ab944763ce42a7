"""The settings panel's state, kept with its conversation: by the service, once that knows it.

Until the first question the browser's tab keeps it; `public/docsql.js` has the other half.
"""

from collections.abc import Awaitable, Callable, Mapping
from typing import Literal, cast

import chainlit as cl
from pydantic import BaseModel, ValidationError

from chainlit_app.controls import widgets
from chainlit_app.options import Defaults, chosen_in, looks_in, settings_of
from chainlit_app.service import Service
from serving.client import ServiceError
from serving.schema import Readiness, ThreadChange, ThreadSettings

_OFFERED = "settings_offered"
_MISSING = {"docsql": "missing"}
"""Told by a browser that has no settings panel: an event is lost while a socket connects anew."""


class _Kept(BaseModel):
    """What a tab gives back after a reload."""

    docsql: Literal["settings"]
    chosen: dict[str, object]


def chosen() -> dict[str, object]:
    """The panel's state."""
    return cast("dict[str, object]", cl.user_session.get("chat_settings") or {})


async def offer(
    defaults: Defaults, ready: Readiness | None, settings: Mapping[str, object] | None = None
) -> None:
    """Send the settings panel, in this state."""
    cl.user_session.set(_OFFERED, True)  # noqa: FBT003  # Chainlit's
    await cl.ChatSettings(widgets(defaults, ready, settings or {})).send()
    await _tell_where_it_looks()


async def offer_again(
    defaults: Defaults, ready: Readiness | None, settings: ThreadSettings
) -> None:
    """Send the panel of an earlier conversation."""
    await offer(defaults, ready, chosen_in(settings))


async def keep(service: Service, defaults: Defaults) -> None:
    """Keep what was just chosen."""
    await _tell_where_it_looks()
    thread_id = cast("str | None", cl.user_session.get("thread_id"))
    try:
        settings = settings_of(chosen(), defaults)
        if thread_id is not None:
            await service.change_thread(thread_id, ThreadChange(settings=settings))
            return
    except (ServiceError, ValidationError):
        pass  # nothing was asked yet, so that the service knows no such thread
    await cl.send_window_message({"docsql": "keep", "chosen": chosen()})


async def _tell_where_it_looks() -> None:
    await cl.send_window_message({"docsql": "looks", "said": looks_in(chosen())})


async def let_go() -> None:
    """The service keeps them from now on."""
    await cl.send_window_message({"docsql": "keep", "chosen": None})


async def restored(
    told: object, defaults: Defaults, ready: Callable[[], Awaitable[Readiness | None]]
) -> bool:
    """Send the panel as the tab remembers it, or again where it got lost; whether that was asked for."""
    if told == _MISSING:
        if cl.user_session.get(_OFFERED):
            await offer(defaults, await ready(), chosen())
        return True
    try:
        kept = _Kept.model_validate(told)
        settings_of(kept.chosen, defaults)
    except ValidationError:
        return False
    await offer(defaults, await ready(), kept.chosen)
    return True
