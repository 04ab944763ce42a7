"""Plain completions by a TGI server that holds a SQL model: a prompt in, its continuation out."""

from collections.abc import AsyncGenerator, Generator, Mapping, Sequence
from contextlib import aclosing, asynccontextmanager, contextmanager
from types import MappingProxyType
from typing import cast

import aiohttp
from aiohttp.http_exceptions import BadHttpMessage
from text_generation import AsyncClient
from text_generation.errors import (
    BadRequestError,
    GenerationError,
    IncompleteGenerationError,
    NotFoundError,
    OverloadedError,
    RateLimitExceededError,
    ShardNotReadyError,
    ShardTimeoutError,
    UnknownError,
    ValidationError,
)
from text_generation.types import FinishReason, StreamResponse

from serving.models.endpoint.address import CONNECT_TIMEOUT_S, server_root, without_credentials
from serving.models.endpoint.endpoint import CallPolicy, Endpoint, server_too_slow
from serving.models.endpoint.failures import (
    cut_off,
    explain_status,
    overloaded,
    redirected,
    server_failed,
    unreachable,
)
from tools.errors import BadInput, Momentary, Unavailable
from tools.storable import storable

STOP_LIMIT = 4
_OK = 200
_LOOK_S = 10.0

# text_generation's errors share no parent of their own.
_REFUSALS = (BadRequestError, ValidationError)
_OVERLOADS = (OverloadedError, RateLimitExceededError)
_FAILURES = (
    GenerationError,
    IncompleteGenerationError,
    NotFoundError,
    ShardNotReadyError,
    ShardTimeoutError,
)


class TgiCompletion:
    """Greedy completions of TGI's native route (POST `/`), for models without a chat template.

    By text-generation's client, which speaks that route and nothing else well. The reply is
    streamed although it is handed on whole: so a silent server, a cut-off reply and a caller who
    leaves are all noticed while it is written.
    """

    def __init__(
        self, url: str, *, api_key: str | None = None, policy: CallPolicy | None = None
    ) -> None:
        policy = policy or CallPolicy()
        headers = {"Authorization": f"Bearer {api_key}"} if api_key else {}
        self._client = AsyncClient(server_root(url), headers=headers)
        self._client.timeout = aiohttp.ClientTimeout(
            total=None, sock_connect=CONNECT_TIMEOUT_S, sock_read=policy.silence_s
        )
        self._name = f"The SQL model at {without_credentials(server_root(url))!r}"
        self._endpoint = Endpoint(self._name, policy)

    async def complete(self, prompt: str, *, stop: Sequence[str], max_new_tokens: int) -> str:
        """The completion of `prompt`, up to and excluding the first of `stop`.

        At most `max_new_tokens` tokens are written.

        Raises:
            Unavailable: The server does not answer, is overloaded or failed.
            BadInput: The prompt is too long, or there are more than 4 stop sequences.
        """
        if len(stop) > STOP_LIMIT:
            raise BadInput(
                f"TGI takes at most {STOP_LIMIT} stop sequences, and {len(stop)} were given."
            )

        def attempt() -> AsyncGenerator[StreamResponse]:
            return self._pieces(prompt, stop, max_new_tokens)

        async with aclosing(self._endpoint.stream(attempt, shows=_shows)) as pieces:
            return storable(_before(_text_of([piece async for piece in pieces]), stop))

    async def try_out(self) -> None:
        """Have one token written, by the route that is not streamed.

        Raises:
            Unavailable, BadInput: As `complete`.
        """

        async def attempt() -> None:
            async with self._explained():
                await self._client.generate("SELECT", max_new_tokens=1)

        await self._endpoint.ask(attempt)

    async def _pieces(
        self, prompt: str, stop: Sequence[str], max_new_tokens: int
    ) -> AsyncGenerator[StreamResponse]:
        last: StreamResponse | None = None
        async with self._explained():
            replies = self._client.generate_stream(
                prompt, max_new_tokens=max_new_tokens, stop_sequences=list(stop)
            )
            async with aclosing(cast("AsyncGenerator[StreamResponse]", replies)) as pieces:
                async for last in pieces:
                    yield last
                    if last.generated_text is not None:
                        break  # a proxy may add a [DONE], which the client takes for a reply
        if last is None:
            raise _explain_status(self._name, _OK)
        if last.generated_text is None:
            raise cut_off(self._name, "the stream ended before its last token")
        if last.details is not None and last.details.finish_reason == FinishReason.Length:
            # Half a statement may be valid and mean something else.
            raise BadInput(
                f"{self._name} was cut off after {max_new_tokens} tokens of its statement: ask for "
                f"less at once."
            )

    @asynccontextmanager
    async def _explained(self) -> AsyncGenerator[None]:
        """Our errors; of a JSON reply the client has lost the status, which is asked for again."""
        with _translated(self._name):
            try:
                yield
            except (UnknownError, KeyError) as error:
                raise await self._second_look(error) from error

    async def _second_look(self, error: Exception) -> Unavailable:
        session = aiohttp.ClientSession(
            headers=self._client.headers, timeout=aiohttp.ClientTimeout(total=_LOOK_S)
        )
        least = {"inputs": "SELECT", "parameters": {"max_new_tokens": 1}}
        passing = Momentary(str(server_failed(self._name, str(error))))
        try:
            async with session, session.post(self._client.base_url, json=least) as reply:
                said = (await reply.text(errors="replace")).strip()
        except (aiohttp.ClientError, TimeoutError):
            return passing
        if reply.status == _OK and isinstance(error, UnknownError):
            return passing
        return _explain_status(self._name, reply.status, said, reply.headers)


def _shows(piece: StreamResponse) -> bool:
    return bool(piece.token.text) and not piece.token.special


def _text_of(pieces: Sequence[StreamResponse]) -> str:
    """The text that the last piece has as a whole, without special tokens.

    The client passes over a first piece that begins with a byte-order mark.
    """
    text = (pieces[-1].generated_text or "") if pieces else ""
    for piece in pieces:
        if piece.token.special:
            text = text.replace(piece.token.text, "")
    return text


def _before(text: str, stop: Sequence[str]) -> str:
    # TGI leaves the stop sequence that it met at the end of the text.
    ends = [text.find(one) for one in stop if one in text]
    return text[: min(ends)] if ends else text


@contextmanager
def _translated(name: str) -> Generator[None]:
    try:
        yield
    except _REFUSALS as error:
        raise BadInput(f"{name} refused the prompt: {error}") from error
    except _OVERLOADS as error:
        raise overloaded(name) from error
    except _FAILURES as error:
        raise server_failed(name, str(error)) from error
    except TimeoutError as error:
        raise server_too_slow(name) from error
    except aiohttp.ClientResponseError as error:
        raise _explain_response(name, error) from error
    except (aiohttp.ClientConnectorError, aiohttp.InvalidURL) as error:
        raise unreachable(name, str(error)) from error
    except aiohttp.ClientError as error:
        raise cut_off(name, str(error) or type(error).__name__) from error
    except (BadHttpMessage, TypeError, ValueError) as error:
        raise _explain_status(name, _OK) from error


def _explain_response(name: str, error: aiohttp.ClientResponseError) -> Unavailable:
    if isinstance(error, aiohttp.TooManyRedirects) and error.history:
        return redirected(name, error.history[-1].headers)
    return _explain_status(name, error.status)


def _explain_status(
    name: str,
    status: int,
    said: str = "no explanation",
    headers: Mapping[str, str] = MappingProxyType({}),
) -> Unavailable:
    return explain_status(name, status, said, headers) or Unavailable(
        f"{name} answered (HTTP {status}) unlike TGI: check the SQL model's URL."
    )
