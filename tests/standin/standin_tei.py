"""A stand-in for text-embeddings-inference 1.9: vectors of hashed words, scores of shared words."""

import asyncio
import hashlib
import json
import math
import re
from typing import Any, Protocol

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

MODEL = "stand-in/tei"
DIMENSION = 64
PAYLOAD_LIMIT = 2_000_000


class TeiStandIn:
    """The ASGI application and the bodies it was sent; `is_overloaded` makes it answer 429.

    `fails` are statuses that it answers first, one a request.
    """

    def __init__(
        self,
        *,
        api_key: str | None = None,
        batch_size: int = 32,
        input_tokens: int = 512,
        too_long_status: int = 413,
        is_overloaded: bool = False,
    ) -> None:
        self.api_key = api_key
        self.batch_size = batch_size
        self.input_tokens = input_tokens
        self.too_long_status = too_long_status
        self.is_overloaded = is_overloaded
        self.url = ""
        self.model_id = MODEL
        self.requests: list[dict[str, Any]] = []
        self.fails: list[int] = []
        self.model_type: dict[str, object] = {"embedding": {"pooling": "cls"}}
        self.guards_info = False
        self.delay_s = 0.0
        self.at_once = 0
        self.most_at_once = 0
        self.app = Starlette(
            routes=[
                Route("/embed", self._embed, methods=["POST"]),
                Route("/v1/embeddings", self._openai, methods=["POST"]),
                Route("/rerank", self._rerank, methods=["POST"]),
                Route("/tokenize", self._tokenize, methods=["POST"]),
                Route("/info", self._info),
                Route("/health", self._health),
            ]
        )

    async def _info(self, request: Request) -> Response:
        given = request.headers.get("authorization")
        if self.guards_info and given != f"Bearer {self.api_key}":
            return Response(status_code=401)
        return JSONResponse(
            {
                "model_id": self.model_id,
                "model_sha": None,
                "model_dtype": "float16",
                "model_type": self.model_type,
                "max_concurrent_requests": 512,
                "max_input_length": self.input_tokens,
                "max_batch_tokens": 16384,
                "max_batch_requests": None,
                "max_client_batch_size": self.batch_size,
                "auto_truncate": True,
                "tokenization_workers": 2,
                "version": "1.9.3",
                "sha": None,
                "docker_label": None,
            }
        )

    async def _health(self, _request: Request) -> Response:
        return Response()

    async def _read(self, request: Request, field: str) -> dict[str, Any] | Response:
        if self.api_key and request.headers.get("authorization") != f"Bearer {self.api_key}":
            return Response(status_code=401)
        raw = await request.body()
        if len(raw) > PAYLOAD_LIMIT:
            return Response("length limit exceeded", 413, media_type="text/plain")
        body: dict[str, Any] = json.loads(raw)
        self.requests.append(body)
        self.at_once += 1
        self.most_at_once = max(self.at_once, self.most_at_once)
        await asyncio.sleep(self.delay_s)
        self.at_once -= 1
        if self.fails:
            return failure("Model is overloaded", "overloaded", self.fails.pop(0))
        given = body[field]
        texts: list[str] = [given] if isinstance(given, str) else given
        query: str | None = body.get("query")
        return self._refusal(texts, query, body.get("truncate")) or {**body, field: texts}

    def _refusal(self, texts: list[str], query: str | None, truncate: object) -> Response | None:
        if self.is_overloaded:
            return failure("Model is overloaded", "overloaded", 429)
        if not texts or not all(texts):
            return failure("`inputs` cannot be empty", "empty", 400)
        if len(texts) > self.batch_size:
            message = f"batch size {len(texts)} > maximum allowed batch size {self.batch_size}"
            return failure(message, "validation", 422)
        # A reranker reads the query and a text as one input: [CLS] query [SEP] text [SEP].
        beside = 0 if query is None else len(tokens_of(query)) - 1
        longest = max(len(tokens_of(text)) for text in texts) + beside
        # Left out, `truncate` is the server's auto_truncate, on since 1.9.
        if longest > self.input_tokens and truncate is False:
            message = f"`inputs` must have less than {self.input_tokens} tokens. Given: {longest}"
            return failure(f"Input validation error: {message}", "validation", self.too_long_status)
        return None

    async def _embed(self, request: Request) -> Response:
        body = await self._read(request, "inputs")
        if isinstance(body, Response):
            return body
        return JSONResponse([vector_of(text, self.input_tokens) for text in body["inputs"]])

    async def _openai(self, request: Request) -> Response:
        body = await self._read(request, "input")
        if isinstance(body, Response):
            return body
        vectors = [vector_of(text, self.input_tokens) for text in body["input"]]
        data = [
            {"object": "embedding", "embedding": vector, "index": index}
            for index, vector in enumerate(vectors)
        ]
        return JSONResponse({"object": "list", "data": data[::-1], "model": self.model_id})

    async def _tokenize(self, request: Request) -> Response:
        body = await self._read(request, "inputs")
        if isinstance(body, Response):
            return body
        is_special = body.get("add_special_tokens", True)
        return JSONResponse([tokens_of(text, special=is_special) for text in body["inputs"]])

    async def _rerank(self, request: Request) -> Response:
        body = await self._read(request, "texts")
        if isinstance(body, Response):
            return body
        scores = [overlap(body["query"], text) for text in body["texts"]]
        ranks = [{"index": index, "score": score} for index, score in enumerate(scores)]
        return JSONResponse(sorted(ranks, key=lambda rank: -rank["score"]))


class StartTei(Protocol):
    """`tei_server()` starts a TEI; the arguments set its limits."""

    def __call__(
        self,
        *,
        api_key: str | None = None,
        batch_size: int = 32,
        input_tokens: int = 512,
        too_long_status: int = 413,
        is_overloaded: bool = False,
    ) -> TeiStandIn: ...


def failure(message: str, error_type: str, status: int) -> Response:
    """An error as TEI words it."""
    return JSONResponse({"error": message, "error_type": error_type}, status)


def words_of(text: str) -> list[str]:
    return re.findall(r"\w+", text.lower())


def tokens_of(text: str, *, special: bool = True) -> list[dict[str, Any]]:
    """A token a word, between the two that a model of BERT's kind adds itself."""
    found = [
        {"id": 1_000, "text": m.group(), "special": False, "start": m.start(), "stop": m.end()}
        for m in re.finditer(r"\w+", text)
    ]
    if not special:
        return found
    first, last = (
        {"id": id_, "text": text, "special": True, "start": None, "stop": None}
        for id_, text in ((101, "[CLS]"), (102, "[SEP]"))
    )
    return [first, *found, last]


def vector_of(text: str, input_tokens: int) -> list[float]:
    """Counts of words in 64 hashed places, normalised: the same in every run."""
    counts = [0.0] * DIMENSION
    for word in words_of(text)[:input_tokens]:
        digest = hashlib.blake2b(word.encode(), digest_size=4).digest()
        counts[int.from_bytes(digest) % DIMENSION] += 1.0
    norm = math.sqrt(sum(count * count for count in counts)) or 1.0
    return [count / norm for count in counts]


def overlap(query: str, text: str) -> float:
    """The share of the query's words that the text has."""
    asked = set(words_of(query))
    return len(asked & set(words_of(text))) / (len(asked) or 1)
