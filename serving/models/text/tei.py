"""Embeddings and reranking by Hugging Face text-embeddings-inference (TEI).

A client of `/embed` and `/rerank`, not `OpenAIEmbeddings`, which sends token ids of its own
tokenizer, which TEI takes for ids of the model's vocabulary and turns into wrong vectors.
https://huggingface.github.io/text-embeddings-inference/
"""

import asyncio
from collections.abc import Sequence
from functools import cached_property

from langchain_core.embeddings import Embeddings
from pydantic import BaseModel, TypeAdapter, ValidationError

from serving.models.endpoint.address import server_root
from serving.models.endpoint.endpoint import CallPolicy
from serving.models.text.parts import best_of, in_parts, room_beside
from serving.models.text.server import TextServer, batches
from tools.errors import BadInput, Unavailable

PROTOCOL = "TEI's protocol"


class _Info(BaseModel):
    model_id: str
    max_client_batch_size: int
    max_input_length: int


class _Rank(BaseModel):
    index: int
    score: float


class _Token(BaseModel):
    id: int


_VECTORS = TypeAdapter(list[list[float]])
_TOKENS = TypeAdapter(list[list[_Token]])
_RANKS = TypeAdapter(list[_Rank])


class _Server(TextServer):
    """One TEI server, which says itself how many texts it takes at once."""

    @cached_property
    def info(self) -> _Info:
        return self._read_info(self.get("/info"))

    async def load_info(self) -> _Info:
        """`info` without blocking the event loop; it is asked for once."""
        if "info" not in self.__dict__:
            self.__dict__["info"] = self._read_info(await self.get_async("/info"))
        return self.info

    def not_tei(self) -> Unavailable:
        return self.not_understood(PROTOCOL)

    def count_tokens(self, texts: Sequence[str]) -> list[int]:
        """How many tokens each text has for the model, those that it adds itself included."""
        counts: list[int] = []
        size = self.info.max_client_batch_size if texts else 1
        for batch in batches(texts, size):
            body = {"inputs": list(batch), "add_special_tokens": True}
            counts += self._lengths(self.post("/tokenize", body, batch), len(batch))
        return counts

    def _lengths(self, answer: bytes, count: int) -> list[int]:
        try:
            tokens = _TOKENS.validate_json(answer)
        except ValidationError as error:
            raise self.not_tei() from error
        if len(tokens) != count:
            raise self.not_tei()
        return [len(each) for each in tokens]

    def _read_info(self, answer: bytes) -> _Info:
        try:
            return _Info.model_validate_json(answer)
        except ValidationError as error:
            raise self.not_tei() from error


class TeiEmbeddings(Embeddings):
    """Dense vectors of an embedding model; texts that are too long are refused, never cut.

    TEI cuts over-long text without a word unless asked not to, so every request says
    `truncate: false`. Calls raise `tools.errors.Unavailable` (the server) and `BadInput` (a text is
    too long or empty; the message gives its length).
    """

    def __init__(
        self, url: str, *, api_key: str | None = None, policy: CallPolicy | None = None
    ) -> None:
        self._server = _Server(server_root(url), api_key=api_key, policy=policy)

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
        for batch in batches(texts, size):
            answer = self._server.post("/embed", _embed_body(batch), batch)
            vectors += self._vectors(answer, len(batch))
        return vectors

    async def aembed_documents(self, texts: list[str]) -> list[list[float]]:
        """As `embed_documents`, without blocking the event loop."""
        vectors: list[list[float]] = []
        size = (await self._server.load_info()).max_client_batch_size if texts else 1
        for batch in batches(texts, size):
            answer = await self._server.post_async("/embed", _embed_body(batch), batch)
            vectors += self._vectors(answer, len(batch))
        return vectors

    def longest_text(self) -> int:
        """The most tokens that a text may have; the first use asks the server."""
        return self._server.info.max_input_length

    def count_tokens(self, texts: list[str]) -> list[int]:
        """How many tokens each text has for the model, those that it adds itself included."""
        return self._server.count_tokens(texts)

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
            raise self._server.not_tei() from error
        if len(vectors) != count:
            raise self._server.not_tei()
        return vectors


def _embed_body(texts: Sequence[str]) -> dict[str, object]:
    return {"inputs": list(texts), "normalize": True, "truncate": False}


class TeiReranker:
    """A cross-encoder's judgement of how well each text answers a question.

    Of a text that is too long for it beside the question, the best part is what counts.
    """

    def __init__(
        self, url: str, *, api_key: str | None = None, policy: CallPolicy | None = None
    ) -> None:
        self._server = _Server(server_root(url), api_key=api_key, policy=policy, what="reranker")

    @property
    def model_id(self) -> str:
        """The name of the model behind the server; the first use asks it."""
        return self._server.info.model_id

    async def rerank(self, query: str, texts: Sequence[str]) -> list[float]:
        """A score from 0 to 1 per text, in the order given; scores of different batches compare.

        Raises:
            Unavailable: The server does not answer, or not as a reranker.
            BadInput: The query is too long for the model.
        """
        try:
            return await self._judge(query, texts)
        except BadInput as refusal:
            parts = await asyncio.to_thread(self._parts, query, texts, refusal)
        judged = await self._judge(query, [part for of in parts for part in of])
        return best_of(parts, judged)

    def _parts(self, query: str, texts: Sequence[str], refusal: BadInput) -> list[list[str]]:
        """The texts in parts that fit; `refusal` again where that is not what was wrong."""
        count = self._server.count_tokens
        try:
            # Apart, both are counted with what the model adds: no pair is longer than their sum.
            tokens = count([query])[0] if query else 0
            room = room_beside(tokens, limit=self._server.info.max_input_length)
            parts = in_parts(texts, room=room, count=count)
        except Unavailable:
            raise refusal from None
        if all(len(of) == 1 for of in parts):
            raise refusal
        return parts

    async def _judge(self, query: str, texts: Sequence[str]) -> list[float]:
        scores: list[float] = []
        size = (await self._server.load_info()).max_client_batch_size if texts else 1
        for batch in batches(texts, size):
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
            raise self._server.not_tei() from error
        if ranks.keys() != set(range(count)):
            raise self._server.not_tei()
        return [ranks[index] for index in range(count)]
