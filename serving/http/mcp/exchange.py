"""One request and its reply, with what is told meanwhile: JSON, or a stream once there is any."""

import asyncio
import json
from collections.abc import Coroutine
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Any

import anyio
from starlette.datastructures import Headers
from starlette.responses import JSONResponse, Response
from starlette.types import Receive, Scope, Send

from serving.http.mcp.messages import Json

PING_S = 15.0
"""Seconds of silence after which a stream says that it lives."""
_HEAD: Json = {
    "type": "http.response.start",
    "status": 200,
    "headers": [
        (b"content-type", b"text/event-stream"),
        (b"cache-control", b"no-cache, no-transform"),
        (b"x-accel-buffering", b"no"),
    ],
}


@dataclass(frozen=True, slots=True)
class McpReply:
    """The message that ends a request, with the status that it has where nothing was streamed."""

    message: Json
    status: int = 200
    headers: dict[str, str] = field(default_factory=dict[str, str])


class McpExchange:
    """Sends messages to the sender of one request."""

    def __init__(self, scope: Scope, receive: Receive, send: Send) -> None:
        self._scope, self._receive, self._send = scope, receive, send
        self._told = asyncio.Queue[Json | None]()
        self._has_begun = False
        self.streams = "text/event-stream" in Headers(scope=scope).get("accept", "").lower()

    def tell(self, message: Json) -> None:
        """Send a message before the reply, to whoever takes a stream."""
        if self.streams:
            self._told.put_nowait(message)

    async def run(self, work: Coroutine[Any, Any, McpReply]) -> None:
        """Do the work and send its reply; who leaves stops it."""
        task = asyncio.ensure_future(work)
        task.add_done_callback(lambda _: self._told.put_nowait(None))
        try:
            await self._pass_on()
            await self._end(task.result())
        finally:
            task.cancel()
            with anyio.CancelScope(shield=True), suppress(asyncio.CancelledError):
                await asyncio.wait([task])

    async def _pass_on(self) -> None:
        while True:
            try:
                async with asyncio.timeout(PING_S if self._has_begun else None):
                    message = await self._told.get()
            except TimeoutError:
                await self._write(b": ping\r\n\r\n")
                continue
            if message is None:
                return
            await self._stream(message)

    async def _stream(self, message: Json) -> None:
        if not self._has_begun:
            self._has_begun = True
            await self._send(_HEAD)
        await self._write(_event(message))

    async def _end(self, reply: McpReply) -> None:
        if self._has_begun:
            await self._write(_event(reply.message), more=False)
            return
        response = JSONResponse(reply.message, reply.status, reply.headers)
        await response(self._scope, self._receive, self._send)

    async def _write(self, body: bytes, *, more: bool = True) -> None:
        await self._send({"type": "http.response.body", "body": body, "more_body": more})

    async def accept(self) -> None:
        """Take note of a message that has no reply."""
        await Response(status_code=202)(self._scope, self._receive, self._send)


def _event(message: Json) -> bytes:
    return f"event: message\r\ndata: {json.dumps(message)}\r\n\r\n".encode()
