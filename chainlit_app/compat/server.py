"""Chainlit's server and the callbacks that it calls; only the page itself loads this."""

import asyncio
import signal
from collections.abc import Awaitable, Callable, Coroutine, Mapping
from types import FrameType
from typing import Any, cast

import chainlit as cl
from chainlit.config import config
from chainlit.context import init_ws_context
from chainlit.server import (
    app as web_app,
    get_html_template,  # pyright: ignore[reportUnknownVariableType]  # Chainlit's
    sio,
)
from chainlit.session import WebsocketSession
from chainlit.socket import (
    connection_successful,  # pyright: ignore[reportUnknownVariableType]  # Chainlit's
)
from engineio.async_socket import AsyncSocket
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

__all__ = [
    "answer_at",
    "call_on_chat_start",
    "call_on_click",
    "call_on_header",
    "call_on_password",
    "call_on_stop",
    "check_origins",
    "end_polls_at_stop",
    "host",
    "page_html",
    "page_name",
    "refuse_empty_files",
    "resume_when_connected_twice",
    "web_app",
]

_opening = set[str]()
"""The sessions whose conversations are being opened."""
_ending = set[asyncio.Future[None]]()  # an event loop alone does not keep them


def check_origins(is_allowed: Callable[[str | None, Mapping[str, str]], bool]) -> None:
    """Have the page's socket ask whether a browser's `Origin` is allowed; Chainlit allows any."""
    sio.eio.cors_allowed_origins = is_allowed


def host() -> str:
    """The name or address at which the page listens."""
    return config.run.host


def answer_at(path: str, endpoint: Callable[[Request], Awaitable[Response]]) -> None:
    """Answer `GET` at a path of our own, before Chainlit answers every path with its page."""
    web_app.router.routes.insert(0, Route(path, endpoint, methods=["GET"]))


def refuse_empty_files(said: Callable[[], str]) -> None:
    """Say why an empty file cannot be added; Chainlit fails on it."""

    async def refuse(request: Request, error: Exception) -> Response:
        if not request.url.path.endswith("/project/file"):
            raise error
        return JSONResponse({"detail": said()}, 422)

    web_app.add_exception_handler(ValueError, refuse)


def end_polls_at_stop() -> None:
    """End the requests that wait for something to tell, where the process is told to stop.

    uvicorn waits for every request, and a browser without a socket always has one that waits for up
    to 45 s. Called while the server starts, which is when it has put its own handlers in place.
    """
    loop, handler = asyncio.get_running_loop(), signal.getsignal(signal.SIGTERM)

    def stop(number: int, frame: FrameType | None) -> None:
        loop.call_soon_threadsafe(_end_polls)
        if callable(handler):
            handler(number, frame)

    if callable(handler):
        signal.signal(signal.SIGTERM, stop)


def _end_polls() -> None:
    for client in cast("list[AsyncSocket]", [*sio.eio.sockets.values()]):
        ending = asyncio.ensure_future(cast("Awaitable[None]", client.close(wait=False)))
        _ending.add(ending)
        ending.add_done_callback(_ending.discard)


def page_html() -> str:
    """The HTML of the page, as every browser gets it."""
    return get_html_template(config.run.root_path)


def page_name() -> str:
    """What the page is called, which is also the author of its messages."""
    return config.ui.name


# Not by Chainlit's decorators. That of `on_chat_start` makes a task of the callback: nobody could
# ask before it ends, and who asked as it began would lose the Stop button when it does. Those of the
# others swallow what a callback raises, and with it why.


def call_on_chat_start(callback: Callable[[], Awaitable[None]]) -> None:
    """Call this, and wait for it, when a conversation begins.

    Where a question has overtaken the beginning, the Stop button stays with the question.
    """

    def begin() -> Coroutine[Any, Any, None]:
        running = cast("asyncio.Task[object] | None", cl.context.session.current_task)
        return _begin(callback, running)

    config.code.on_chat_start = begin


async def _begin(
    callback: Callable[[], Awaitable[None]], asked: asyncio.Task[object] | None
) -> None:
    if asked and not asked.done():  # Chainlit has put the task of the beginning in its place
        cl.context.session.current_task = asked
        await cl.context.emitter.task_start()
    await callback()


def resume_when_connected_twice() -> None:
    """Have a conversation opened also where its page connects once more before it was told anything.

    A browser does so as it loads, the more often the slower the machine. Chainlit then takes the
    conversation for a new one, and the page shows its start. Where the first connection is still at
    it, what it finds goes to the second.
    """
    sio.on("connection_successful", _resume_once)


async def _resume_once(sid: str) -> None:
    waiting = WebsocketSession.require(sid)
    if waiting.id in _opening:
        return
    if waiting.restored and waiting.thread_id_to_resume and not waiting.has_first_interaction:
        waiting.restored = False
    _opening.add(waiting.id)
    try:
        await connection_successful(sid)
    finally:
        _opening.discard(waiting.id)


class _Callbacks(dict[str, Any]):
    """Chainlit's callbacks for clicks, some of which do not start a conversation.

    Chainlit asks for the callback of a click first. Where nothing has been asked yet, it then gives the
    conversation an address, and the click's name as a title: there is no such conversation.
    """

    beginning_nothing: frozenset[str] = frozenset()

    def get(self, name: str, default: Any = None) -> Any:
        callback = super().get(name, default)
        if name not in self.beginning_nothing:
            return callback
        session = cl.context.session
        has_begun, session.has_first_interaction = session.has_first_interaction, True

        def called(action: cl.Action) -> Any:
            session.has_first_interaction = has_begun
            return callback(action)

        return called


def call_on_click(name: str, callback: Callable[[object], Awaitable[object]]) -> None:
    """Call this with the payload of a click on a list, without starting a conversation."""

    async def called(action: cl.Action) -> object:
        return await callback(cast("object", action.payload))

    before = config.code.action_callbacks
    callbacks = _Callbacks(before)
    callbacks.beginning_nothing = getattr(before, "beginning_nothing", frozenset[str]()) | {name}
    callbacks[name] = called
    config.code.action_callbacks = callbacks


def call_on_password(callback: Callable[[str, str], Awaitable[cl.User | None]]) -> None:
    """Let this decide who logs in by a name and a password."""
    config.code.password_auth_callback = callback


def call_on_header(callback: Callable[..., Awaitable[cl.User | None]]) -> None:
    """Let this decide who is there by a request's headers."""
    config.code.header_auth_callback = callback


def call_on_stop(callback: Callable[[], Awaitable[None]]) -> None:
    """Call this when a person stops what is running; Chainlit's own says it in words of its own."""

    async def stop(sid: str) -> None:
        if session := WebsocketSession.get(sid):
            init_ws_context(session)
            if session.current_task:
                session.current_task.cancel()
            await callback()

    sio.on("stop", stop)
