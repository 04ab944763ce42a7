"""A service that does not answer: one notice, which goes when it does."""

import asyncio
from collections.abc import Awaitable, Callable
from contextlib import suppress
from typing import cast

import chainlit as cl

from chainlit_app import render
from chainlit_app.compat import session
from chainlit_app.service import Service
from chainlit_app.texts.table import words_for
from serving.client import ServiceError
from serving.schema import Readiness

RETRY_S = 2.0
TRIES = 1800
"""An hour of them: nobody may be there any more to see that it is back."""
_SHOWN, _WAIT = "away", "away_waiting"
_BACK = {"docsql": "back"}
"""Tells `public/docsql.js` to reload the page."""
_waiting = set[asyncio.Task[None]]()  # an event loop alone does not keep them


async def ready_now(service: Service) -> Readiness | None:
    """The state of the service, None where it does not answer."""
    with suppress(ServiceError):
        return await service.ready()
    return None


async def ready_again(service: Service) -> Readiness | None:
    """Wait until the service answers; None where it does not for an hour.

    There is one notice on the page, however many wait: below what was asked last.
    """
    _count(1)
    await _put_notice(service)
    ready = None
    try:
        ready = await _wait(service)
        return ready
    finally:
        if _count(-1) == 0 or ready:
            await _take_notice()


async def _put_notice(service: Service) -> None:
    await _take_notice()
    said = words_for("service.away", url=render.escaped(service.url))
    if service.advice.is_operators:
        said += words_for("service.start")
    notice = cl.ErrorMessage(content=said)
    cl.user_session.set(_SHOWN, notice.id)
    await notice.send()


async def _take_notice() -> None:
    shown = cast("str | None", cl.user_session.get(_SHOWN))
    cl.user_session.set(_SHOWN, None)
    if shown:
        await session.forget_step(shown)


def waits() -> bool:
    """Whether anything on the page waits for the service."""
    return _count(0) > 0


def _count(more: int) -> int:
    """How many wait, once there are more or fewer."""
    waiting = cast("int", cl.user_session.get(_WAIT) or 0) + more
    cl.user_session.set(_WAIT, waiting)
    return waiting


def begin_once_there(
    service: Service,
    otherwise: Callable[[Readiness], Awaitable[None]],
    *,
    is_asked: Callable[[], bool],
    after: asyncio.Task[object] | None = None,
) -> None:
    """Reload a page that was opened while the service was away as soon as it is back.

    If a question was asked in the meantime (`is_asked`), the page stays and `otherwise` runs.
    """
    beginning = asyncio.create_task(_begin(service, otherwise, is_asked, after))
    _waiting.add(beginning)
    beginning.add_done_callback(_waiting.discard)


async def _begin(
    service: Service,
    otherwise: Callable[[Readiness], Awaitable[None]],
    is_asked: Callable[[], bool],
    after: asyncio.Task[object] | None,
) -> None:
    if after:
        await asyncio.wait([after])
    ready = await ready_again(service)
    if ready and is_asked():
        await otherwise(ready)
    elif ready:
        await cl.send_window_message(_BACK)


async def _wait(service: Service) -> Readiness | None:
    for _ in range(TRIES):
        await asyncio.sleep(RETRY_S)
        with suppress(ServiceError):
            return await service.ready()
    return None
