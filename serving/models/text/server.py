"""A server of texts over HTTP, as the clients of embeddings and rerankers ask it."""

from collections.abc import Generator, Iterator, Mapping, Sequence
from contextlib import contextmanager

import httpx

from serving.models.endpoint.address import CONNECT_TIMEOUT_S, without_credentials
from serving.models.endpoint.endpoint import CallPolicy, Endpoint
from serving.models.endpoint.failures import explain_status, explain_transport
from serving.models.endpoint.tls import trusted
from tools.errors import BadInput, DocsqlError, Unavailable


class TextServer:
    """Asked from threads and from event loops, with its errors in our words."""

    def __init__(
        self,
        url: str,
        *,
        api_key: str | None = None,
        policy: CallPolicy | None = None,
        what: str = "embedding server",
    ) -> None:
        base = url.strip().rstrip("/")
        headers = {"Authorization": f"Bearer {api_key}"} if api_key else {}
        policy = policy or CallPolicy()
        timeout = httpx.Timeout(policy.silence_s, connect=CONNECT_TIMEOUT_S)
        # A kept connection belongs to one event loop, and behind a service to one replica.
        limits = httpx.Limits(max_connections=None, max_keepalive_connections=0)
        verify = trusted()
        self._client = httpx.Client(
            base_url=base, headers=headers, timeout=timeout, limits=limits, verify=verify
        )
        self._async_client = httpx.AsyncClient(
            base_url=base, headers=headers, timeout=timeout, limits=limits, verify=verify
        )
        self.address = without_credentials(base)
        self._name = f"The {what} at {self.address!r}"
        self._endpoint = Endpoint(self._name, policy)

    def get(self, path: str) -> bytes:
        """The response of the server at `path`; raises `Unavailable`."""

        def attempt() -> bytes:
            with self._translated(()):
                return self._client.get(path).raise_for_status().content

        return self._endpoint.ask_from_a_thread(attempt)

    async def get_async(self, path: str) -> bytes:
        """`get` without blocking the event loop."""

        async def attempt() -> bytes:
            with self._translated(()):
                return (await self._async_client.get(path)).raise_for_status().content

        return await self._endpoint.ask(attempt)

    def post(self, path: str, body: Mapping[str, object], texts: Sequence[str]) -> bytes:
        """The reply to `body`, which holds `texts`.

        Raises:
            Unavailable: The server does not answer.
            BadInput: It refuses the texts; the message tells how long they are.
        """

        def attempt() -> bytes:
            with self._translated(texts):
                return self._client.post(path, json=body).raise_for_status().content

        return self._endpoint.ask_from_a_thread(attempt)

    async def post_async(
        self, path: str, body: Mapping[str, object], texts: Sequence[str]
    ) -> bytes:
        """`post` without blocking the event loop."""

        async def attempt() -> bytes:
            with self._translated(texts):
                answer = await self._async_client.post(path, json=body)
                return answer.raise_for_status().content

        return await self._endpoint.ask(attempt)

    def not_understood(self, protocol: str) -> Unavailable:
        """The error for a server that answers, but not with this protocol."""
        return Unavailable(
            f"What answers at {self.address!r} does not speak {protocol}: check the URL and that "
            f"the model behind it is of the right kind."
        )

    @contextmanager
    def _translated(self, texts: Sequence[str]) -> Generator[None]:
        try:
            yield
        except httpx.HTTPStatusError as error:
            raise _explain_refusal(self._name, error.response, texts) from error
        except (httpx.TransportError, httpx.InvalidURL) as error:
            raise explain_transport(self._name, error) from error


def _explain_refusal(name: str, answer: httpx.Response, texts: Sequence[str]) -> DocsqlError:
    said = answer.text.strip() or "no explanation"
    if theirs := explain_status(name, answer.status_code, said, answer.headers):
        return theirs
    match answer.status_code:
        case 413 | 422:
            longest = max(map(len, texts), default=0)
            of, do = "", "make it shorter"
            if len(texts) > 1:
                of, do = f", the longest of {len(texts)}", "cut it into smaller passages"
            return BadInput(
                f"{name} refused a text of {longest:,} characters{of}: {do}. It said: {said}"
            )
        case 404:
            return Unavailable(f"{name} knows no such path ({said}): check its URL.")
        case _:
            return BadInput(f"{name} refused the texts, of which one may be empty: {said}")


def batches(texts: Sequence[str], size: int) -> Iterator[Sequence[str]]:
    """The texts in their order, at most `size` at a time."""
    for start in range(0, len(texts), size):
        yield texts[start : start + size]
