"""Cancels a request when its client disconnects."""

import asyncio
from collections.abc import Sequence
from contextlib import suppress

from starlette.exceptions import HTTPException
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from serving.turns.admission import Admission

AHEAD = 4
"""Pieces of a body that are read before the application asks for them."""


class CancelOnDisconnect:
    """Cancels a POST when its client has left, on the paths that begin with `prefixes`.

    An ASGI application hears of a disconnect only while it waits for one, and neither LangServe's
    invoke nor its batch does: the model would write to its end for nobody.
    """

    def __init__(self, app: ASGIApp, prefixes: Sequence[str], admission: Admission) -> None:
        self._app = app
        self._prefixes = tuple(prefixes)
        self._admission = admission

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if self._is_turn(scope):
            with self._admission.response():
                await self._while_somebody_listens(scope, receive, send)
        else:
            await self._app(scope, receive, send)

    def _is_turn(self, scope: Scope) -> bool:
        return (
            scope["type"] == "http"
            and scope["method"] == "POST"
            and scope["path"].startswith(self._prefixes)
        )

    async def _while_somebody_listens(self, scope: Scope, receive: Receive, send: Send) -> None:
        came = asyncio.Queue[Message | Exception](AHEAD)

        async def handed_on() -> Message:
            message = await came.get()
            if isinstance(message, Exception):
                raise message
            return message

        work = asyncio.ensure_future(self._app(scope, handed_on, send))
        watch = asyncio.create_task(_watch(receive, came))
        try:
            await asyncio.wait([work, watch], return_when=asyncio.FIRST_COMPLETED)
            if not work.done() and watch.result():
                work.cancel()
                with suppress(asyncio.CancelledError):
                    await work
                return
            await work
        finally:
            watch.cancel()
            work.cancel()


async def _watch(receive: Receive, came: asyncio.Queue[Message | Exception]) -> bool:
    """Hand on what comes, errors too; True when the client has left."""
    try:
        while (message := await receive())["type"] != "http.disconnect":
            await came.put(message)
    except HTTPException as error:  # the body is too large
        await came.put(error)
        return False
    await came.put(message)
    return True
