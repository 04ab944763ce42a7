"""Pieces of a response that are ready together, sent as one."""

import asyncio

from starlette.types import ASGIApp, Message, Receive, Scope, Send

_BODY = "http.response.body"
_MOST = 65_536
"""Bytes from which what is held is sent without waiting for more."""


class JoinPieces:
    """Joins the pieces that an application sends without a pause: each send is a system call.

    Nothing is held for longer than the round of the event loop in which it was said.
    """

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        pieces = _Pieces(send)
        try:
            await self._app(scope, receive, pieces.take)
        finally:
            pieces.leave()


class _Pieces:
    def __init__(self, send: Send) -> None:
        self._send = send
        self._held: list[bytes] = []
        self._size = 0
        self._sending: asyncio.Task[None] | None = None
        self._is_under_way = False

    async def take(self, message: Message) -> None:
        """Hold a piece if more will follow; send the last piece and any other message at once."""
        if self._sending is not None and self._is_under_way:
            await asyncio.wait([self._sending])  # a slow reader holds the application up
        if self._sending is not None and self._sending.done():
            ended, self._sending = self._sending, None
            ended.result()  # whoever sends next is told what went wrong
        if message["type"] != _BODY:
            await self._out()
            await self._send(message)
        elif not message.get("more_body"):
            await self._send({**message, "body": self._taken() + message.get("body", b"")})
        else:
            await self._hold(message.get("body", b""))

    def leave(self) -> None:
        """Send no more."""
        if self._sending is None or self._sending.cancel() or self._sending.cancelled():
            return
        self._sending.exception()  # nobody is left to be told

    async def _hold(self, piece: bytes) -> None:
        self._held.append(piece)
        self._size += len(piece)
        if self._size > _MOST:
            await self._out()
        elif self._sending is None:
            self._sending = asyncio.create_task(self._soon())

    async def _soon(self) -> None:
        self._is_under_way = True
        try:
            await self._out()
        finally:
            self._is_under_way = False

    async def _out(self) -> None:
        if self._held:
            await self._send({"type": _BODY, "body": self._taken(), "more_body": True})

    def _taken(self) -> bytes:
        held, self._held, self._size = b"".join(self._held), [], 0
        return held
