"""Who uses the page: what it asks of the service is asked in that person's name only."""

import json
from collections.abc import Iterable
from http import HTTPStatus

from starlette.requests import HTTPConnection
from starlette.responses import JSONResponse
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from chainlit_app.compat.cookie import COOKIE, cookie_naming, named_in_cookie
from chainlit_app.login import READER, Login
from chainlit_app.texts.table import words_for
from chainlit_app.visitor import acting_for
from serving.auth.proxied import AUTHORIZATION, DuplicateHeader, require_once

REFUSING = frozenset({"/user", "/login", "/auth/header", "/project/file", "/project/threads"})
"""Where Chainlit's page asks who somebody is, whether they may come in, adds a file, and lists."""


class IdentifyVisitor:
    """Identifies the sender of each request and socket, for everything that follows from it.

    Chainlit trusts its cookie for two weeks, even if the proxy names somebody else by then. A cookie
    of another person is removed, and so is `Authorization`, which Chainlit would trust as well.
    """

    def __init__(self, app: ASGIApp, login: Login) -> None:
        self._app = app
        self._login = login

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] not in {"http", "websocket"}:
            await self._app(scope, receive, send)
            return
        connection = HTTPConnection(scope)
        known_as = named_in_cookie(connection.cookies)
        try:
            require_once(connection, [AUTHORIZATION])
            here = self._login.visitor(connection, known_as)
        except DuplicateHeader as error:
            await JSONResponse({"detail": str(error)}, 401)(scope, receive, send)
            return
        is_theirs = here is not None and known_as is not None and known_as.name == here.id
        scope = {**scope, "headers": _without_names(scope["headers"], keep_cookie=is_theirs)}
        with acting_for(here):
            await self._app(scope, receive, send)


class NameReader:
    """Gives everybody the same name along with the page, if nobody logs in.

    Chainlit's own way begins with a request that is refused, which browsers report as an error.
    """

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http" or _is_named(HTTPConnection(scope)):
            await self._app(scope, receive, send)
            return

        async def send_named(message: Message) -> None:
            if message["type"] == "http.response.start" and _is_page(message["headers"]):
                cookie = cookie_naming(READER, shown_as=words_for("login.you"))
                message = {**message, "headers": [*message["headers"], (b"set-cookie", cookie)]}
            await send(message)

        await self._app(scope, receive, send_named)


class SayRefusals:
    """Tells our own page in the body of an answer that something was refused.

    Browsers report a refused request as an error. Chainlit's page begins with one, a wrong key or an
    empty file brings another, and none is an error of the page.
    """

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http" or scope["path"] not in REFUSING or not _is_our_page(scope):
            await self._app(scope, receive, send)
            return
        status, said = 0, b""

        async def send_accepted(message: Message) -> None:
            nonlocal status, said
            if message["type"] == "http.response.start":
                status = message["status"]
            if status < HTTPStatus.BAD_REQUEST:
                await send(message)
            elif message["type"] == "http.response.body":
                said += message.get("body", b"")

        await self._app(scope, receive, send_accepted)
        if status >= HTTPStatus.BAD_REQUEST:
            refusal = {"refused": status, "detail": _detail(said)}
            await JSONResponse(refusal)(scope, receive, send)


def _is_our_page(scope: Scope) -> bool:
    return "x-docsql-page" in HTTPConnection(scope).headers


def _detail(said: bytes) -> str:
    """What the login form has words for; empty where the refusal is none of its own."""
    try:
        return str(json.loads(said)["detail"])
    except (ValueError, TypeError, KeyError):
        return ""


def _is_named(connection: HTTPConnection) -> bool:
    known_as = named_in_cookie(connection.cookies)
    return known_as is not None and known_as.name == READER


def _is_page(headers: Iterable[tuple[bytes, bytes]]) -> bool:
    return any(name == b"content-type" and b"text/html" in value for name, value in headers)


def _without_names(
    headers: list[tuple[bytes, bytes]], *, keep_cookie: bool
) -> list[tuple[bytes, bytes]]:
    kept = [(name, value) for name, value in headers if name != b"authorization"]
    if keep_cookie:
        return kept
    return [(n, _without_ours(value) if n == b"cookie" else value) for n, value in kept]


def _without_ours(cookies: bytes) -> bytes:
    return b";".join(one for one in cookies.split(b";") if not one.strip().startswith(COOKIE))
