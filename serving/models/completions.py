"""`/v1/chat/completions` over HTTP: a reply whole, or in pieces up to its `[DONE]`.

In place of the OpenAI SDK, under LangChain's model. The SDK walks every request along its type
hints and builds every piece of a reply as an object that LangChain takes apart again, which was a
quarter of the processor time of a turn (`make bench ARGS="--only service"`); it takes a stream
that merely stops for a finished one; and it loses the words of an error inside a stream.
"""

import asyncio
import json
from collections.abc import AsyncGenerator, AsyncIterator, Generator, Iterator, Mapping
from contextlib import aclosing, contextmanager
from typing import Any, cast

import httpx
from httpx_sse import EventSource, ServerSentEvent
from opentelemetry.propagate import inject

from serving.models.chat_failures import explain_event, explain_refusal, not_a_completion
from serving.models.endpoint import too_slow
from serving.models.failures import cut_off, explain_transport

Json = dict[str, Any]
DONE = "[DONE]"


class Completions:
    """The chat completions of one server, which messages call `name`.

    `base_url` ends in `/v1`. `silence_s` bounds a whole reply and the time between two pieces of a
    stream, comments of a server that keeps the connection alive aside. `auth` has the last word on
    what a request says of who sends it.

    No connection is kept alive: a kept one belongs to a single event loop and, behind a Kubernetes
    service, to a single replica; a new one costs nothing beside a generation.
    """

    def __init__(
        self,
        name: str,
        base_url: str,
        *,
        api_key: str | None,
        timeout: httpx.Timeout,
        silence_s: float,
        auth: httpx.Auth | None = None,
    ) -> None:
        self._name = name
        self._url = f"{base_url}/chat/completions"
        self._silence_s = silence_s
        headers = {"Authorization": f"Bearer {api_key}"} if api_key else {}
        limits = httpx.Limits(max_connections=None, max_keepalive_connections=0)
        verify = httpx.create_ssl_context()
        self._client = httpx.Client(
            timeout=timeout, limits=limits, verify=verify, auth=auth, headers=headers
        )
        self._async_client = httpx.AsyncClient(
            timeout=timeout, limits=limits, verify=verify, auth=auth, headers=headers
        )

    def whole(self, payload: Mapping[str, Any]) -> Json:
        """The body of the reply.

        Raises:
            Unavailable: the server cannot answer, or answers something else.
            BadInput: it refuses the request.
        """
        with self._transported():
            response = self._client.send(self._request(payload))
        return self._read(response)

    async def awhole(self, payload: Mapping[str, Any]) -> Json:
        """`whole` in an event loop."""
        with self._transported():
            response = await self._async_client.send(self._request(payload))
        return self._read(response)

    def pieces(self, payload: Mapping[str, Any]) -> Iterator[Json]:
        """The pieces of a streamed reply, as they come.

        Raises:
            Unavailable: as `whole`; or the stream ended before its `[DONE]`, or fell silent.
            BadInput: it refuses the request.
        """
        with self._transported():
            response = self._client.send(self._request(payload), stream=True)
            try:
                if not _is_stream(response):
                    response.read()
                    self._refuse(response)
                response.stream = _Ended(cast("httpx.SyncByteStream", response.stream))
                for event in EventSource(response).iter_sse():
                    if event.data == DONE:
                        return
                    yield self._piece(event)
            finally:
                response.close()
        raise self._unfinished()

    async def apieces(self, payload: Mapping[str, Any]) -> AsyncGenerator[Json]:
        """`pieces` in an event loop; closing it closes the connection."""
        with self._transported():
            response = await self._async_client.send(self._request(payload), stream=True)
            try:
                if not _is_stream(response):
                    await response.aread()
                    self._refuse(response)
                body = cast("httpx.AsyncByteStream", response.stream)
                response.stream = _AsyncEnded(body)
                async with aclosing(EventSource(response).aiter_sse()) as events:
                    while (event := await self._next(events)) is not None:
                        if event.data == DONE:
                            return
                        yield self._piece(event)
            finally:
                await response.aclose()
        raise self._unfinished()

    async def _next(self, events: AsyncGenerator[ServerSentEvent]) -> ServerSentEvent | None:
        async with asyncio.timeout(self._silence_s):
            return await anext(events, None)

    def _request(self, payload: Mapping[str, Any]) -> httpx.Request:
        body = {name: value for name, value in payload.items() if name != "extra_body"}
        request = self._client.build_request(
            "POST", self._url, json=body | payload.get("extra_body", {})
        )
        inject(request.headers)  # a server that traces as well puts its spans under ours
        return request

    def _read(self, response: httpx.Response) -> Json:
        self._require_success(response)
        try:
            body = response.json()
        except ValueError as error:  # a decoding error, too
            raise not_a_completion(self._name) from error
        return self._told(body)

    def _piece(self, event: ServerSentEvent) -> Json:
        try:
            body = json.loads(event.data)
        except ValueError as error:
            raise not_a_completion(self._name) from error
        return self._told(body)

    def _told(self, body: Any) -> Json:
        if not isinstance(body, dict):
            raise not_a_completion(self._name)
        told = cast("Json", body)
        if error := told.get("error"):
            said = cast("Json", error) if isinstance(error, dict) else str(error)
            raise explain_event(self._name, said)
        return told

    def _refuse(self, response: httpx.Response) -> None:
        """Say why a reply is no stream of events; its body has been read."""
        self._read(response)
        raise not_a_completion(self._name)

    def _require_success(self, response: httpx.Response) -> None:
        try:
            response.raise_for_status()
        except httpx.HTTPStatusError as error:
            said = response.text.strip()
            why = explain_refusal(self._name, response.status_code, said, response.headers)
            raise why from error

    def _unfinished(self) -> Exception:
        return cut_off(self._name, "the stream ended before its [DONE]")

    @contextmanager
    def _transported(self) -> Generator[None]:
        try:
            yield
        except (httpx.TransportError, httpx.DecodingError) as error:
            raise explain_transport(self._name, error) from error
        except TimeoutError as error:
            raise too_slow(self._name) from error


def _is_stream(response: httpx.Response) -> bool:
    kind = response.headers.get("content-type", "")
    return response.is_success and kind.startswith("text/event-stream")


class _Ended(httpx.SyncByteStream):
    """A body with an empty line behind it: the last event counts without one, too."""

    def __init__(self, body: httpx.SyncByteStream) -> None:
        self._body = body

    def __iter__(self) -> Iterator[bytes]:
        yield from self._body
        yield b"\n\n"

    def close(self) -> None:
        self._body.close()


class _AsyncEnded(httpx.AsyncByteStream):
    """`_Ended` in an event loop."""

    def __init__(self, body: httpx.AsyncByteStream) -> None:
        self._body = body

    async def __aiter__(self) -> AsyncIterator[bytes]:
        async for piece in self._body:
            yield piece
        yield b"\n\n"

    async def aclose(self) -> None:
        await self._body.aclose()
