"""Embeddings by any server with OpenAI's `/v1/embeddings`: vLLM, TEI, Ollama, llama.cpp.

A client of its own and not `OpenAIEmbeddings`, which sends token ids of OpenAI's tokenizer (TEI
takes them for ids of the model's vocabulary) and reads keys from the environment.
https://platform.openai.com/docs/api-reference/embeddings
"""

import math
from collections.abc import Sequence
from functools import cached_property

from langchain_core.embeddings import Embeddings
from pydantic import BaseModel, ValidationError

from serving.models.endpoint.address import api_base
from serving.models.endpoint.endpoint import CallPolicy
from serving.models.text.server import TextServer, batches

BATCH = 32
"""Texts of one request: what TEI takes by default; the others take more."""


class _Vector(BaseModel):
    index: int
    embedding: list[float]


class _Reply(BaseModel):
    data: list[_Vector]


class OpenAICompatibleEmbeddings(Embeddings):
    """Dense vectors of length 1; a text that is too long is the server's to refuse.

    Servers that cut instead are vLLM's only when asked to and TEI's since 1.9: for TEI use its own
    protocol. Calls raise `tools.errors.Unavailable` and `BadInput`.
    """

    def __init__(
        self,
        url: str,
        *,
        model: str,
        api_key: str | None = None,
        policy: CallPolicy | None = None,
    ) -> None:
        self.model_id = model
        self._server = TextServer(api_base(url), api_key=api_key, policy=policy)

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
        for batch in batches(texts, BATCH):
            answer = self._server.post("/embeddings", self._body(batch), batch)
            vectors += self._vectors(answer, len(batch))
        return vectors

    async def aembed_documents(self, texts: list[str]) -> list[list[float]]:
        """As `embed_documents`, without blocking the event loop."""
        vectors: list[list[float]] = []
        for batch in batches(texts, BATCH):
            answer = await self._server.post_async("/embeddings", self._body(batch), batch)
            vectors += self._vectors(answer, len(batch))
        return vectors

    def embed_query(self, text: str) -> list[float]:
        """The vector of a question, of the same model and length as the texts' vectors."""
        return self.embed_documents([text])[0]

    async def aembed_query(self, text: str) -> list[float]:
        """As `embed_query`, without blocking the event loop."""
        return (await self.aembed_documents([text]))[0]

    def _body(self, texts: Sequence[str]) -> dict[str, object]:
        return {"model": self.model_id, "input": list(texts), "encoding_format": "float"}

    def _vectors(self, answer: bytes, count: int) -> list[list[float]]:
        try:
            found = {one.index: one.embedding for one in _Reply.model_validate_json(answer).data}
        except ValidationError as error:
            raise self._server.not_understood("/v1/embeddings") from error
        if found.keys() != set(range(count)):
            raise self._server.not_understood("/v1/embeddings")
        return [_normalised(found[index]) for index in range(count)]


def _normalised(vector: list[float]) -> list[float]:
    """The vector at length 1: not every server normalises, and the store takes inner products."""
    length = math.hypot(*vector) or 1.0
    return [value / length for value in vector]
