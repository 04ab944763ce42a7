"""Plain completions by a TGI server that holds a SQL model: a prompt in, its continuation out."""

from collections.abc import Generator, Sequence
from contextlib import contextmanager

import aiohttp
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

from serving.models.completions import CONNECT_TIMEOUT_S, shown
from tools.errors import BadInput, Unavailable

STOP_LIMIT = 4

# text_generation's errors share no parent of their own.
_REFUSALS = (BadRequestError, ValidationError)
_OVERLOADS = (OverloadedError, RateLimitExceededError)
_FAILURES = (
    GenerationError,
    IncompleteGenerationError,
    NotFoundError,
    ShardNotReadyError,
    ShardTimeoutError,
    UnknownError,
)


class TgiCompletion:
    """Greedy completions of TGI's native route (POST `/`), for models without a chat template."""

    def __init__(self, url: str, *, api_key: str | None = None, timeout_s: float = 60.0) -> None:
        base = url.strip().rstrip("/").removesuffix("/v1")
        headers = {"Authorization": f"Bearer {api_key}"} if api_key else {}
        self._client = AsyncClient(base, headers=headers)
        self._client.timeout = aiohttp.ClientTimeout(
            total=timeout_s, sock_connect=CONNECT_TIMEOUT_S
        )
        self._address = shown(base)

    async def complete(self, prompt: str, *, stop: Sequence[str], max_new_tokens: int) -> str:
        """What the model writes after `prompt`, up to and without the first of `stop`.

        At most `max_new_tokens` tokens are written, within the time limit as a whole.

        Raises:
            Unavailable: The server does not answer, is overloaded or failed.
            BadInput: The prompt is too long, or there are more than 4 stop sequences.
        """
        if len(stop) > STOP_LIMIT:
            raise BadInput(
                f"TGI takes at most {STOP_LIMIT} stop sequences, and {len(stop)} were given."
            )
        with _translated(self._address):
            response = await self._client.generate(
                prompt, max_new_tokens=max_new_tokens, stop_sequences=list(stop)
            )
        return _before(response.generated_text, stop)


def _before(text: str, stop: Sequence[str]) -> str:
    # TGI leaves the stop sequence that it met at the end of the text.
    ends = [text.find(one) for one in stop if one in text]
    return text[: min(ends)] if ends else text


@contextmanager
def _translated(address: str) -> Generator[None]:
    server = f"The SQL model at {address!r}"
    try:
        yield
    except _REFUSALS as error:
        raise BadInput(f"{server} refused the prompt: {error}") from error
    except _OVERLOADS as error:
        raise Unavailable(
            f"{server} is overloaded: ask again in a moment, or give it more replicas."
        ) from error
    except _FAILURES as error:
        raise Unavailable(f"{server} failed ({error}): look at its log.") from error
    except TimeoutError as error:
        raise Unavailable(
            f"{server} did not answer in time: look at its load, or raise its time limit."
        ) from error
    except aiohttp.ClientResponseError as error:
        raise _explain_status(server, error.status) from error
    except aiohttp.ClientError as error:
        raise Unavailable(
            f"{server} cannot be reached ({error}): check that it runs and that its URL is right."
        ) from error
    except (KeyError, TypeError, ValueError) as error:
        raise _explain_status(server, 200) from error


def _explain_status(server: str, status: int) -> Unavailable:
    if status in (401, 403):
        return Unavailable(f"{server} refused the API key: set the key it was started with.")
    return Unavailable(
        f"{server} answered (HTTP {status}) as TGI does not: check the SQL model's URL."
    )
