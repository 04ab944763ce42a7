"""Embeddings and reranking by Hugging Face text-embeddings-inference (TEI).

A client of `/embed` and `/rerank`, not `OpenAIEmbeddings`: that one sends token ids of its own
tokenizer, which TEI takes for ids of the model's vocabulary and turns into wrong vectors.
https://huggingface.github.io/text-embeddings-inference/
"""

from collections.abc import Generator, Iterator, Mapping, Sequence
from contextlib import contextmanager
from functools import cached_property

import httpx
from langchain_core.embeddings import Embeddings
from pydantic import BaseModel, TypeAdapter, ValidationError

from serving.models.completions import CONNECT_TIMEOUT_S, shown
from tools.errors import BadInput, DocsqlError, Unavailable


class _Info(BaseModel):
    model_id: str
    max_client_batch_size: int


class _Rank(BaseModel):
    index: int
    score: float


_VECTORS = TypeAdapter(list[list[float]])
_RANKS = TypeAdapter(list[_Rank])


class _Server:
    """One TEI server, asked synchronously and asynchronously, with its errors translated."""

    def __init__(self, url: str, api_key: str | None, timeout_s: float) -> None:
        base = url.strip().rstrip("/")
        headers = {"Authorization": f"Bearer {api_key}"} if api_key else {}
        timeout = httpx.Timeout(timeout_s, connect=CONNECT_TIMEOUT_S)
        # A kept connection belongs to one event loop, and behind a service to one replica.
        limits = httpx.Limits(max_keepalive_connections=0)
        verify = httpx.create_ssl_context()
        self._client = httpx.Client(
            base_url=base, headers=headers, timeout=timeout, limits=limits, verify=verify
        )
        self._async_client = httpx.AsyncClient(
            base_url=base, headers=headers, timeout=timeout, limits=limits, verify=verify
        )
        self.address = shown(base)

    @cached_property
    def info(self) -> _Info:
        with self._translated(()):
            return self._read_info(self._client.get("/info"))

    async def load_info(self) -> _Info:
        """`info` without blocking the event loop; it is asked for once."""
        if "info" not in self.__dict__:
            with self._translated(()):
                self.__dict__["info"] = self._read_info(await self._async_client.get("/info"))
        return self.info

    def post(self, path: str, body: Mapping[str, object], texts: Sequence[str]) -> bytes:
        with self._translated(texts):
            return self._client.post(path, json=body).raise_for_status().content

    async def post_async(
        self, path: str, body: Mapping[str, object], texts: Sequence[str]
    ) -> bytes:
        with self._translated(texts):
            answer = await self._async_client.post(path, json=body)
            return answer.raise_for_status().content

    def not_understood(self) -> Unavailable:
        return Unavailable(
            f"What answers at {self.address!r} does not speak TEI's protocol: check the URL and "
            f"that the model behind it is of the right kind."
        )

    def _read_info(self, answer: httpx.Response) -> _Info:
        try:
            return _Info.model_validate_json(answer.raise_for_status().content)
        except ValidationError as error:
            raise self.not_understood() from error

    @contextmanager
    def _translated(self, texts: Sequence[str]) -> Generator[None]:
        server = f"The embedding server at {self.address!r}"
        try:
            yield
        except httpx.HTTPStatusError as error:
            raise _explain_status(server, error.response, texts) from error
        except httpx.TimeoutException as error:
            raise Unavailable(
                f"{server} did not answer in time: look at its load, or raise its time limit."
            ) from error
        except (httpx.TransportError, httpx.InvalidURL) as error:
            raise Unavailable(
                f"{server} cannot be reached ({error}): check that it runs and that its URL is "
                f"right."
            ) from error


def _explain_status(server: str, answer: httpx.Response, texts: Sequence[str]) -> DocsqlError:
    said = answer.text.strip() or "no explanation"
    match answer.status_code:
        case 401 | 403:
            return Unavailable(f"{server} refused the API key: set the key it was started with.")
        case 429:
            return Unavailable(f"{server} is overloaded: try again with fewer texts at a time.")
        case 413 | 422:
            longest = max(map(len, texts), default=0)
            return BadInput(
                f"{server} refused a text of {longest:,} characters, the longest of "
                f"{len(texts)}: cut it into smaller passages. It said: {said}"
            )
        case 400:
            return BadInput(f"{server} refused the texts, of which one may be empty: {said}")
        case status:
            return Unavailable(f"{server} failed (HTTP {status}: {said}): look at its log.")


def _batches(texts: Sequence[str], size: int) -> Iterator[Sequence[str]]:
    for start in range(0, len(texts), size):
        yield texts[start : start + size]


class TeiEmbeddings(Embeddings):
    """Dense vectors of an embedding model; texts that are too long are refused, never cut.

    TEI cuts over-long text without a word unless asked not to, so every request says
    `truncate: false`. Calls raise `tools.errors.Unavailable` (the server) and `BadInput` (a text is
    too long or empty; the message gives its length).
    """

    def __init__(self, url: str, *, api_key: str | None = None, timeout_s: float = 30.0) -> None:
        self._server = _Server(url, api_key, timeout_s)

    @property
    def model_id(self) -> str:
        """The name of the model behind the server; the first use asks it."""
        return self._server.info.model_id

    @property
    def dimension(self) -> int:
        """How many numbers a vector has, found by embedding a word at the first use."""
        return self._dimension

    @cached_property
    def _dimension(self) -> int:
        return len(self.embed_query("dimension"))

    def embed_documents(self, texts: list[str]) -> list[list[float]]:
        """One normalised vector per text, in the order given."""
        vectors: list[list[float]] = []
        size = self._server.info.max_client_batch_size if texts else 1
        for batch in _batches(texts, size):
            answer = self._server.post("/embed", _embed_body(batch), batch)
            vectors += self._vectors(answer, len(batch))
        return vectors

    async def aembed_documents(self, texts: list[str]) -> list[list[float]]:
        """As `embed_documents`, without blocking the event loop."""
        vectors: list[list[float]] = []
        size = (await self._server.load_info()).max_client_batch_size if texts else 1
        for batch in _batches(texts, size):
            answer = await self._server.post_async("/embed", _embed_body(batch), batch)
            vectors += self._vectors(answer, len(batch))
        return vectors

    def embed_query(self, text: str) -> list[float]:
        """The vector of a question, of the same model and length as the texts' vectors."""
        return self._vectors(self._server.post("/embed", _embed_body([text]), [text]), 1)[0]

    async def aembed_query(self, text: str) -> list[float]:
        """As `embed_query`, without blocking the event loop."""
        answer = await self._server.post_async("/embed", _embed_body([text]), [text])
        return self._vectors(answer, 1)[0]

    def _vectors(self, answer: bytes, count: int) -> list[list[float]]:
        try:
            vectors = _VECTORS.validate_json(answer)
        except ValidationError as error:
            raise self._server.not_understood() from error
        if len(vectors) != count:
            raise self._server.not_understood()
        return vectors


def _embed_body(texts: Sequence[str]) -> dict[str, object]:
    return {"inputs": list(texts), "normalize": True, "truncate": False}


class TeiReranker:
    """A cross-encoder's judgement of how well each text answers a question."""

    def __init__(self, url: str, *, api_key: str | None = None, timeout_s: float = 30.0) -> None:
        self._server = _Server(url, api_key, timeout_s)

    @property
    def model_id(self) -> str:
        """The name of the model behind the server; the first use asks it."""
        return self._server.info.model_id

    async def rerank(self, query: str, texts: Sequence[str]) -> list[float]:
        """A score from 0 to 1 per text, in the order given; scores of different batches compare.

        Raises:
            Unavailable: The server does not answer, or not as a reranker.
            BadInput: Query and text together are too long for the model.
        """
        scores: list[float] = []
        size = (await self._server.load_info()).max_client_batch_size if texts else 1
        for batch in _batches(texts, size):
            body = {
                "query": query,
                "texts": list(batch),
                "raw_scores": False,
                "return_text": False,
                "truncate": False,
            }
            scores += self._scores(
                await self._server.post_async("/rerank", body, batch), len(batch)
            )
        return scores

    def _scores(self, answer: bytes, count: int) -> list[float]:
        try:
            ranks = {rank.index: rank.score for rank in _RANKS.validate_json(answer)}
        except ValidationError as error:
            raise self._server.not_understood() from error
        if ranks.keys() != set(range(count)):
            raise self._server.not_understood()
        return [ranks[index] for index in range(count)]
