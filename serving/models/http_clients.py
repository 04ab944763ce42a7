"""HTTP clients for chat models: an event stream that ends before its `[DONE]` is an error."""

import re
from collections.abc import AsyncIterator, Iterator
from typing import cast

import httpx
from opentelemetry.propagate import inject
from typing_extensions import TypedDict

from serving.models.failures import cut_off

_DONE = re.compile(rb"(?:^|[\r\n])data: ?\[DONE\](?:\s|:[^\r\n]*[\r\n])*$")
_TAIL_BYTES = 64


class HttpClients(TypedDict):
    """The pair of clients that LangChain's OpenAI models take, under the names they take them by."""

    http_client: httpx.Client
    http_async_client: httpx.AsyncClient


def http_clients(
    name: str, timeout: httpx.Timeout, *, auth: httpx.Auth | None = None
) -> HttpClients:
    """Clients that raise `Unavailable` when an event stream ends before its `[DONE]`.

    They keep no connection alive: a kept one belongs to a single event loop and, behind a
    Kubernetes service, to a single replica; a new one costs nothing beside a generation.
    `auth` has the last word on what a request says of who sends it.
    """

    def watch(response: httpx.Response) -> None:
        if _is_event_stream(response):
            response.stream = _WholeStream(cast("httpx.SyncByteStream", response.stream), name)

    async def watch_async(response: httpx.Response) -> None:
        if _is_event_stream(response):
            body = cast("httpx.AsyncByteStream", response.stream)
            response.stream = _WholeAsyncStream(body, name)

    limits = httpx.Limits(max_connections=None, max_keepalive_connections=0)
    verify = httpx.create_ssl_context()
    return {
        "http_client": httpx.Client(
            timeout=timeout,
            limits=limits,
            verify=verify,
            auth=auth,
            event_hooks={"request": [_trace], "response": [watch]},
        ),
        "http_async_client": httpx.AsyncClient(
            timeout=timeout,
            limits=limits,
            verify=verify,
            auth=auth,
            event_hooks={"request": [_trace_async], "response": [watch_async]},
        ),
    }


def _trace(request: httpx.Request) -> None:
    """Let a server that traces as well put its spans under ours."""
    inject(request.headers)


async def _trace_async(request: httpx.Request) -> None:
    _trace(request)


def _is_event_stream(response: httpx.Response) -> bool:
    return response.headers.get("content-type", "").startswith("text/event-stream")


def _require_done(tail: bytes, name: str) -> None:
    if not _DONE.search(tail):
        raise cut_off(name, "the stream ended before its [DONE]")


class _WholeStream(httpx.SyncByteStream):
    def __init__(self, body: httpx.SyncByteStream, name: str) -> None:
        self._body = body
        self._name = name
        self._tail = b""

    def __iter__(self) -> Iterator[bytes]:
        for piece in self._body:
            self._tail = (self._tail + piece)[-_TAIL_BYTES:]
            yield piece
        _require_done(self._tail, self._name)

    def close(self) -> None:
        self._body.close()


class _WholeAsyncStream(httpx.AsyncByteStream):
    def __init__(self, body: httpx.AsyncByteStream, name: str) -> None:
        self._body = body
        self._name = name
        self._tail = b""  # kept here: the SDK, once it has read [DONE], iterates a second time

    async def __aiter__(self) -> AsyncIterator[bytes]:
        async for piece in self._body:
            self._tail = (self._tail + piece)[-_TAIL_BYTES:]
            yield piece
        _require_done(self._tail, self._name)

    async def aclose(self) -> None:
        await self._body.aclose()
