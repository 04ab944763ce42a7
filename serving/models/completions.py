"""What every client of `/v1/chat/completions` needs: replies that are whole, errors with an address.

The OpenAI SDK takes a stream that merely stops for a finished one. Here a stream is finished when
`data: [DONE]` came, no error event did, and the model gave its reason or a call that parses.
"""

import json
import re
from collections.abc import AsyncIterator, Generator, Iterator
from contextlib import contextmanager
from typing import cast

import httpx
import openai
from langchain_core.messages import AIMessageChunk
from langchain_core.outputs import ChatGenerationChunk
from typing_extensions import TypedDict

from tools.errors import BadInput, DocsqlError, Unavailable

CONNECT_TIMEOUT_S = 5.0
_DONE = re.compile(rb"(?:^|\n)data: ?\[DONE\]\s*$")
_TAIL_BYTES = 64


class HttpClients(TypedDict):
    """The pair of clients that LangChain's OpenAI models take, under the names they take them by."""

    http_client: httpx.Client
    http_async_client: httpx.AsyncClient


def endpoint_of(url: str) -> str:
    """The base URL that ends in `/v1`, whether or not `url` does."""
    bare = url.strip().rstrip("/")
    return bare if bare.endswith("/v1") else f"{bare}/v1"


def shown(url: str) -> str:
    """The URL as a message may show it: without a user's name and password."""
    return str(httpx.URL(url).copy_with(username=None, password=None))


def http_clients(endpoint: str, timeout: httpx.Timeout) -> HttpClients:
    """Clients that raise `Unavailable` when an event stream ends before its `[DONE]`.

    They keep no connection alive: a kept one belongs to a single event loop and, behind a
    Kubernetes service, to a single replica; a new one costs nothing beside a generation.
    """

    def watch(response: httpx.Response) -> None:
        if _is_event_stream(response):
            response.stream = _WholeStream(cast("httpx.SyncByteStream", response.stream), endpoint)

    async def watch_async(response: httpx.Response) -> None:
        if _is_event_stream(response):
            body = cast("httpx.AsyncByteStream", response.stream)
            response.stream = _WholeAsyncStream(body, endpoint)

    limits = httpx.Limits(max_connections=None, max_keepalive_connections=0)
    verify = httpx.create_ssl_context()
    return {
        "http_client": httpx.Client(
            timeout=timeout, limits=limits, verify=verify, event_hooks={"response": [watch]}
        ),
        "http_async_client": httpx.AsyncClient(
            timeout=timeout, limits=limits, verify=verify, event_hooks={"response": [watch_async]}
        ),
    }


def _is_event_stream(response: httpx.Response) -> bool:
    return response.headers.get("content-type", "").startswith("text/event-stream")


def _require_done(tail: bytes, endpoint: str) -> None:
    if not _DONE.search(tail):
        raise cut_off(endpoint, "the stream ended before its [DONE]")


class _WholeStream(httpx.SyncByteStream):
    def __init__(self, body: httpx.SyncByteStream, endpoint: str) -> None:
        self._body = body
        self._endpoint = endpoint
        self._tail = b""

    def __iter__(self) -> Iterator[bytes]:
        for piece in self._body:
            self._tail = (self._tail + piece)[-_TAIL_BYTES:]
            yield piece
        _require_done(self._tail, self._endpoint)

    def close(self) -> None:
        self._body.close()


class _WholeAsyncStream(httpx.AsyncByteStream):
    def __init__(self, body: httpx.AsyncByteStream, endpoint: str) -> None:
        self._body = body
        self._endpoint = endpoint
        self._tail = b""  # kept here: the SDK, once it has read [DONE], iterates a second time

    async def __aiter__(self) -> AsyncIterator[bytes]:
        async for piece in self._body:
            self._tail = (self._tail + piece)[-_TAIL_BYTES:]
            yield piece
        _require_done(self._tail, self._endpoint)

    async def aclose(self) -> None:
        await self._body.aclose()


class StreamWatch:
    """What one stream has brought so far; one is made for each stream."""

    def __init__(self, endpoint: str) -> None:
        self._endpoint = endpoint
        self._finish_reason: str | None = None
        self._arguments: dict[int, str] = {}

    def see(self, chunk: ChatGenerationChunk) -> ChatGenerationChunk:
        """Take note of a chunk and hand on what the reader is to get of it."""
        info = chunk.generation_info or {}
        self._finish_reason = info.get("finish_reason") or self._finish_reason
        if isinstance(chunk.message, AIMessageChunk):
            for piece in chunk.message.tool_call_chunks:
                index = piece["index"] or 0
                self._arguments[index] = self._arguments.get(index, "") + (piece["args"] or "")
        return chunk

    def require_whole(self) -> None:
        """Check, after the last chunk, that it was the last one.

        Raises:
            Unavailable: The model stopped without a reason and without a complete call.
            BadInput: `max_tokens` cut a call's arguments, which LangChain would round to a call.
        """
        half = [text for text in self._arguments.values() if not self.is_complete(text)]
        if half and self._finish_reason == "length":
            raise BadInput(
                f"max_tokens cut the reply of the chat model at {self._endpoint!r} in the middle "
                f"of a tool call: ask with a larger max_tokens."
            )
        if self._finish_reason is None and (half or not self._arguments):
            raise cut_off(self._endpoint, "no finish_reason came, nor a complete tool call")

    def is_complete(self, arguments: str) -> bool:
        """Whether a call's arguments are one JSON object."""
        try:
            return isinstance(json.loads(arguments), dict)
        except ValueError:
            return False


def cut_off(endpoint: str, what: str) -> Unavailable:
    """The error for a reply that stopped on its way."""
    return Unavailable(
        f"The chat model at {endpoint!r} broke off its reply ({what}): ask again, and look at the "
        f"server's log and at the time limits of any proxy before it."
    )


@contextmanager
def translated(endpoint: str) -> Generator[None]:
    """Turn what the SDK raises into an error that names the endpoint and says what to do."""
    try:
        yield
    except openai.APIError as error:
        raise _explain(endpoint, error) from error
    except TimeoutError as error:
        raise _too_slow(endpoint) from error
    except json.JSONDecodeError as error:
        raise not_a_completion(endpoint) from error


def not_a_completion(endpoint: str) -> Unavailable:
    """The error for a server that answers, but not with this protocol."""
    return Unavailable(
        f"What answers at {endpoint!r} does not speak /v1/chat/completions: check the chat "
        f"model's URL."
    )


def _too_slow(endpoint: str) -> Unavailable:
    return Unavailable(
        f"The chat model at {endpoint!r} did not answer in time: look at its load, or raise the "
        f"chat model's time limit."
    )


def _explain(endpoint: str, error: openai.APIError) -> DocsqlError:
    model = f"The chat model at {endpoint!r}"
    match error:
        case openai.APITimeoutError():
            return _too_slow(endpoint)
        case openai.APIConnectionError():
            return _explain_connection(endpoint, _root_of(error))
        case openai.APIStatusError():
            return _explain_status(model, error)
        case _ if "validation" in error.message.lower():
            return BadInput(f"{model} refused the request: {error.message}")
        case _:
            return Unavailable(
                f"{model} broke off its reply with an error ({error.message}): ask again, and "
                f"look at the server's log."
            )


def _explain_connection(endpoint: str, root: BaseException) -> Unavailable:
    told = str(root) or type(root).__name__
    if isinstance(root, httpx.RemoteProtocolError | httpx.ReadError):
        return cut_off(endpoint, told)
    return Unavailable(
        f"The chat model at {endpoint!r} cannot be reached ({told}): check that the server runs "
        f"and that its URL is right."
    )


def _explain_status(model: str, error: openai.APIStatusError) -> DocsqlError:
    said = error.response.text.strip() or "no explanation"
    match error.status_code:
        case 401 | 403:
            return Unavailable(f"{model} refused the API key: set the key it was started with.")
        case 404:
            return Unavailable(
                f"{model} knows no such path or model ({said}): check the URL and the model's name."
            )
        case 429:
            return Unavailable(
                f"{model} is overloaded: ask again in a moment, or give it more replicas."
            )
        # TGI says 424 when a generation failed, and 422 when the model brings no chat template.
        case status if status >= 500 or status == 424 or "template_error" in said:
            return Unavailable(f"{model} failed (HTTP {status}: {said}): look at its log.")
        case status:
            return BadInput(f"{model} refused the request (HTTP {status}): {said}")


def _root_of(error: BaseException) -> BaseException:
    """The HTTP client's own error, below which there are only its transport's."""
    while error.__cause__ is not None and not isinstance(error, httpx.TransportError):
        error = error.__cause__
    return error
