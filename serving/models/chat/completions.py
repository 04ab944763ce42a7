"""`/v1/chat/completions` over HTTP: a reply whole, or in pieces up to its `[DONE]`.

In place of the OpenAI SDK, which walks every request along its type hints and builds every piece of
a reply as an object that LangChain takes apart again. That was a quarter of the processor time of a
turn (`make bench ARGS="--only service"`). It also takes a stream that merely stops for a finished
one, and loses the words of an error inside a stream.
"""

import asyncio
import json
from collections.abc import AsyncGenerator, AsyncIterator, Callable, Generator, Mapping
from contextlib import aclosing, asynccontextmanager, contextmanager
from itertools import count
from typing import Any, cast
from urllib.request import getproxies, proxy_bypass

import aiohttp
import httpx
from httpx_sse import EventSource, ServerSentEvent
from opentelemetry.propagate import inject
from yarl import URL

from serving.models.chat.failures import explain_event, explain_refusal, not_a_completion
from serving.models.endpoint.address import CONNECT_TIMEOUT_S
from serving.models.endpoint.endpoint import server_too_slow
from serving.models.endpoint.failures import cut_off, unreachable
from serving.models.endpoint.tls import trusted
from tools.errors import Unavailable
from tools.storable import storable

Json = dict[str, Any]
# By its definition UTF-8, with or without a byte-order mark, whatever the server says; aiohttp has
# undone any compression. https://html.spec.whatwg.org/multipage/server-sent-events.html
EVENT_STREAM = {"Content-Type": "text/event-stream; charset=utf-8-sig"}
DONE = "[DONE]"
IDLE_S = 4.0
"""Seconds that a connection is kept for another call: less than vLLM's web server keeps it (5)."""
LAST_CALL = 50
"""Every such call closes its connection: behind a Kubernetes service a connection belongs to one
replica, and a replica added later would get no work."""


class Completions:
    """The chat completions of one server, which messages call `name`.

    `base_url` ends in `/v1`. `silence_s` bounds the time between two pieces of a reply, comments of
    a server that keeps the connection alive aside. `token` is asked at each call for a bearer token
    in place of the key. By aiohttp, which takes half of httpx's time for a request.

    Connections are kept from call to call inside `kept` alone: they belong to one event loop.
    """

    def __init__(
        self,
        name: str,
        base_url: str,
        *,
        api_key: str | None,
        silence_s: float,
        token: Callable[[], str | None] | None = None,
    ) -> None:
        url = URL(f"{base_url}/chat/completions")
        self._name = name
        self._url = url.with_user(None)
        self._silence_s = silence_s
        self._token = token
        self._key = f"Bearer {api_key}" if api_key else None
        if url.user is not None:
            self._key = aiohttp.encode_basic_auth(url.user, url.password or "")
        self._timeout = aiohttp.ClientTimeout(
            total=None, sock_connect=CONNECT_TIMEOUT_S, sock_read=silence_s
        )
        self._tls = trusted()
        # What aiohttp's trust_env does at each request, and in a thread.
        is_direct = proxy_bypass(url.host or "")
        self._proxy = None if is_direct else getproxies().get(url.scheme)
        self._kept: tuple[asyncio.AbstractEventLoop, aiohttp.ClientSession] | None = None
        self._calls = count(1)

    @asynccontextmanager
    async def kept(self) -> AsyncGenerator[None]:
        """Let the calls that this event loop makes share connections, until the block ends."""
        async with self._new_session() as session:
            self._kept = asyncio.get_running_loop(), session
            try:
                yield
            finally:
                self._kept = None

    async def whole(self, payload: Mapping[str, Any]) -> Json:
        """The body of the reply.

        Raises:
            Unavailable: the server cannot answer, or answers something else.
            BadInput: it refuses the request.
        """
        async with self._asked(payload) as response:
            return self._told(await response.read())

    async def pieces(self, payload: Mapping[str, Any]) -> AsyncGenerator[Json]:
        """The pieces of a streamed reply, as they come; closing it closes the connection.

        Raises:
            Unavailable: as `whole`; or the stream ended before its `[DONE]`, or fell silent.
            BadInput: it refuses the request.
        """
        async with self._asked(payload) as response:
            if response.content_type != "text/event-stream":
                self._told(await response.read())  # an error, most likely
                raise not_a_completion(self._name)
            async with aclosing(_events(response)) as events:
                while (event := await self._next(events)) is not None:
                    if event.data == DONE:
                        return
                    yield self._told(event.data)
        raise cut_off(self._name, "the stream ended before its [DONE]")

    async def _next(self, events: AsyncGenerator[ServerSentEvent]) -> ServerSentEvent | None:
        async with asyncio.timeout(self._silence_s):
            return await anext(events, None)

    @asynccontextmanager
    async def _asked(self, payload: Mapping[str, Any]) -> AsyncGenerator[aiohttp.ClientResponse]:
        """The server's reply to a request, if it is one of success."""
        with self._transported():
            async with (
                self._session() as session,
                session.post(
                    self._url,
                    data=_body(payload),
                    headers=self._headers(),
                    allow_redirects=False,
                    proxy=self._proxy,
                ) as response,
            ):
                if response.status >= 300:
                    said = (await response.text(errors="replace")).strip()
                    raise explain_refusal(self._name, response.status, said, response.headers)
                yield response

    @asynccontextmanager
    async def _session(self) -> AsyncGenerator[aiohttp.ClientSession]:
        if self._kept and self._kept[0] is asyncio.get_running_loop():
            yield self._kept[1]
            return
        async with self._new_session() as session:
            yield session

    def _new_session(self) -> aiohttp.ClientSession:
        connector = aiohttp.TCPConnector(ssl=self._tls, limit=0, keepalive_timeout=IDLE_S)
        return aiohttp.ClientSession(
            connector=connector, timeout=self._timeout, cookie_jar=aiohttp.DummyCookieJar()
        )

    def _headers(self) -> dict[str, str]:
        headers = {"Content-Type": "application/json"}
        if next(self._calls) % LAST_CALL == 0:
            headers["Connection"] = "close"
        token = self._token() if self._token else None
        if key := f"Bearer {token}" if token else self._key:
            headers["Authorization"] = key
        inject(headers)  # a server that traces as well puts its spans under ours
        return headers

    def _told(self, said: str | bytes) -> Json:
        try:
            body = json.loads(said)
        except ValueError as error:  # a decoding error, too
            raise not_a_completion(self._name) from error
        if not isinstance(body, dict):
            raise not_a_completion(self._name)
        told = cast("Json", body)
        if _is_odd(said):  # a model may write anything, and a store would fail on it
            told = storable(told)
        if error := told.get("error"):
            words = cast("Json", error) if isinstance(error, dict) else str(error)
            raise explain_event(self._name, words)
        return told

    @contextmanager
    def _transported(self) -> Generator[None]:
        try:
            yield
        except (aiohttp.ClientConnectorError, aiohttp.ConnectionTimeoutError) as error:
            raise unreachable(self._name, str(error)) from error
        except TimeoutError as error:
            raise server_too_slow(self._name) from error
        except (aiohttp.InvalidURL, aiohttp.NonHttpUrlClientError) as error:
            raise Unavailable(str(unreachable(self._name, str(error)))) from error
        except aiohttp.ClientError as error:
            raise cut_off(self._name, str(error) or type(error).__name__) from error


def _is_odd(said: str | bytes) -> bool:
    """Whether JSON may have half of a character or a NUL, escaped or as it is."""
    return "\\u" in said if isinstance(said, str) else b"\\u" in said or b"\xed" in said


def _body(payload: Mapping[str, Any]) -> bytes:
    told = {name: value for name, value in payload.items() if name != "extra_body"}
    return json.dumps(told | payload.get("extra_body", {}), ensure_ascii=False).encode()


def _events(response: aiohttp.ClientResponse) -> AsyncGenerator[ServerSentEvent]:
    """The events of a body, by httpx-sse, which reads them from a response of httpx."""
    body = _Body(response.content)
    return EventSource(httpx.Response(200, headers=EVENT_STREAM, stream=body)).aiter_sse()


class _Body(httpx.AsyncByteStream):
    """A body with an empty line behind it: the last event counts without one, too."""

    def __init__(self, content: aiohttp.StreamReader) -> None:
        self._content = content

    async def __aiter__(self) -> AsyncIterator[bytes]:
        async for piece in self._content.iter_any():
            yield piece
        yield b"\n\n"
