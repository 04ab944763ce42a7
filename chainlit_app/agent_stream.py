"""Reads the events of `/agent/stream`; nothing else of the page imports LangServe."""

import asyncio
import json
from collections.abc import AsyncGenerator, AsyncIterator, Callable
from contextlib import aclosing, suppress
from typing import Any, cast

import httpx
from httpx_sse import aconnect_sse

try:
    from langserve import RemoteRunnable
except ImportError:  # it is kept by nobody, and one day it will not install
    RemoteRunnable = None

Json = dict[str, Any]
DRAIN_S = 0.1
"""After the last event, the time in which the service closes its side of a stream."""
AgentStream = Callable[[Json], AsyncGenerator[Json]]
"""Asks a question and gives the events, as they happen.

Raises `httpx.HTTPError`, with the response where the service refuses the question or breaks off.
"""


def agent_stream(url: str, client: httpx.AsyncClient) -> AgentStream:
    """Events from the agent at `url`, by LangServe's client where there is one."""
    if RemoteRunnable is None:
        return _OwnStream(client).ask
    remote = cast("Any", RemoteRunnable)(url)
    remote.async_client = client
    return cast("AgentStream", remote.astream)


class UnwindingTransport(httpx.AsyncHTTPTransport):
    """Ends the generators of a response where the response is closed.

    LangServe's client stops reading at the last event and leaves them behind. The garbage
    collector then ends them outside of any task, which httpcore answers with tracebacks.
    """

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        response = await super().handle_async_request(request)
        response.stream = _Unwound(cast("httpx.AsyncByteStream", response.stream))
        if response.is_error:
            await response.aread()  # LangServe closes it unread, and why is lost with it
        return response


class _Unwound(httpx.AsyncByteStream):
    """A stream of which nothing is left half read when it is closed."""

    def __init__(self, stream: httpx.AsyncByteStream) -> None:
        self._stream = stream
        self._parts: AsyncIterator[bytes] | None = None

    def __aiter__(self) -> AsyncIterator[bytes]:
        self._parts = aiter(self._stream)
        return self._parts

    async def aclose(self) -> None:
        """Read on until the end or, where that is not near, until the reading is broken off.

        Either unwinds every generator within; closing the outermost one or dropping it does not.
        """
        if self._parts is not None:
            with suppress(TimeoutError, httpx.HTTPError):
                async with asyncio.timeout(DRAIN_S):
                    async for _ in self._parts:
                        pass
        await self._stream.aclose()


class _OwnStream:
    """Reads LangServe's wire without it."""

    def __init__(self, client: httpx.AsyncClient) -> None:
        self._client = client

    async def ask(self, question: Json) -> AsyncGenerator[Json]:
        sent = {"input": question, "config": {}, "kwargs": {}}
        async with aconnect_sse(self._client, "POST", "stream", json=sent) as source:
            source.response.raise_for_status()
            async with aclosing(source.aiter_sse()) as events:
                async for event in events:
                    match event.event:
                        case "data":
                            yield json.loads(event.data)
                        case "error":
                            raise _broken_off(source.response, event.data)
                        case "end":
                            return
                        case _:
                            pass


def _broken_off(response: httpx.Response, said: str) -> httpx.HTTPStatusError:
    status = json.loads(said)["status_code"]
    told = httpx.Response(status, text=said, request=response.request)
    return httpx.HTTPStatusError(said, request=response.request, response=told)
