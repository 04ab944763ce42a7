"""OpenAI's chat completions as far as a question and its answer need them.

The shapes: https://platform.openai.com/docs/api-reference/chat
"""

from collections.abc import Iterator, Sequence
from time import time
from typing import Annotated, Any, Literal
from uuid import uuid4

from pydantic import BaseModel, Field

from serving.http.openai.annotations import url_citations
from serving.wire.answer import Answer
from serving.wire.question import Mode
from tools.language.telling import Telling

MODELS: dict[str, Mode] = {
    "docsql": "auto",
    "docsql-documents": "documents",
    "docsql-sql": "sql",
    "docsql-chat": "chat",
}
"""The models that a client may name, with their modes."""


class TextPart(BaseModel):
    """A piece of a message; pictures and sounds are not understood."""

    type: Literal["text"]
    text: str


class Message(BaseModel):
    """One message; only what people and the assistant said counts."""

    role: Literal["system", "developer", "user", "assistant", "tool", "function"]
    content: str | list[TextPart] | None = None

    @property
    def text(self) -> str:
        """The words of the message."""
        if isinstance(self.content, list):
            return "\n".join(part.text for part in self.content)
        return self.content or ""


class StreamOptions(BaseModel):
    """`include_usage` asks for one more chunk, with the tokens."""

    include_usage: bool = False


class TextFormat(BaseModel):
    """Answers are text; a client that needs JSON has to be told."""

    type: Literal["text"]


class ChatRequest(BaseModel):
    """The supported part of a request; unsupported fields that would change its meaning are refused.

    `metadata.thread_id` names a thread of the caller's, which remembers by itself: only the last
    message counts then. Without one the earlier messages are the history, and nothing is kept
    unless `store` says so.
    """

    model: str
    messages: Annotated[list[Message], Field(min_length=1)]
    stream: bool = False
    stream_options: StreamOptions | None = None
    temperature: Annotated[float, Field(ge=0, le=2)] | None = None
    max_tokens: Annotated[int, Field(ge=1, le=8192)] | None = None
    max_completion_tokens: Annotated[int, Field(ge=1, le=8192)] | None = None
    n: Literal[1] | None = None
    tools: Annotated[list[Any], Field(max_length=0)] | None = None
    response_format: TextFormat | None = None
    metadata: dict[str, str] | None = None
    store: bool | None = None

    @property
    def thread_id(self) -> str | None:
        """The thread that the client names."""
        return (self.metadata or {}).get("thread_id")


class Model(BaseModel):
    """A model as `/v1/models` lists it."""

    id: str
    object: Literal["model"] = "model"
    created: int = 0
    owned_by: str = "docsql"


class ModelList(BaseModel):
    """All of them."""

    object: Literal["list"] = "list"
    data: list[Model]


class Completion:
    """One reply in OpenAI's shapes: whole, or as the chunks of a stream."""

    def __init__(self, model: str, base: str) -> None:
        self._base = base  # of the service, for the addresses of what is cited
        self._head = {"id": f"chatcmpl-{uuid4().hex}", "created": int(time()), "model": model}

    def whole(self, answer: Answer) -> dict[str, Any]:
        """The reply to a request that does not stream; `docsql` is the answer with its evidence."""
        message = {
            "role": "assistant",
            "content": answer.answer + sources_text(answer),
            "annotations": url_citations(answer, self._base),
        }
        choice = {"index": 0, "message": message, "finish_reason": "stop", "logprobs": None}
        return {
            **self._head,
            "object": "chat.completion",
            "choices": [choice],
            "usage": _usage(answer),
            "docsql": answer.model_dump(mode="json"),
        }

    def opening(self) -> dict[str, Any]:
        """The chunk that says who speaks."""
        return self._chunk({"role": "assistant", "content": ""})

    def piece(self, text: str) -> dict[str, Any]:
        """A chunk of the answer's text."""
        return self._chunk({"content": text})

    def thought(self, text: str) -> dict[str, Any]:
        """A chunk of what a model thinks, where vLLM and llama.cpp have it: beside the content."""
        return self._chunk({"reasoning_content": text})

    def closing(self, answer: Answer, *, with_usage: bool) -> Iterator[dict[str, Any]]:
        """The sources, the end, and the tokens for a client that asked for them."""
        if listed := sources_text(answer):
            yield self.piece(listed)
        if cited := url_citations(answer, self._base):
            yield self._chunk({"annotations": cited})
        yield {**self._chunk({}, "stop"), "docsql": answer.model_dump(mode="json")}
        if with_usage:
            yield {**self._chunk({}), "choices": [], "usage": _usage(answer)}

    def _chunk(self, delta: dict[str, Any], reason: str | None = None) -> dict[str, Any]:
        choice = {"index": 0, "delta": delta, "finish_reason": reason, "logprobs": None}
        return {**self._head, "object": "chat.completion.chunk", "choices": [choice]}


def sources_text(answer: Answer) -> str:
    """The sources, remarks and further questions, for clients that know none of these."""
    lines = [_place(c.number, c.title, c.source, c.page) for c in answer.citations]
    lines += [f"[{q.number}] {q.database}: `{q.sql}`" for q in answer.queries]
    notes = [f"*{warning}*" for warning in answer.warnings]
    parts = ["\n".join(lines), *notes, _offered(answer.suggestions, answer.answer)]
    return "".join(f"\n\n{part}" for part in parts if part)


def _offered(questions: Sequence[str], answer: str) -> str:
    listed = "\n".join(f"- {question}" for question in questions)
    head = Telling.of(answer).say("You can ask, for example:")
    return f"{head}\n\n{listed}" if listed else ""


def _place(number: int, title: str, source: str, page: int | None) -> str:
    return f"[{number}] {title} ({source}{f', page {page}' if page else ''})"


def _usage(answer: Answer) -> dict[str, int]:
    used = answer.usage
    return {
        "prompt_tokens": used.input_tokens,
        "completion_tokens": used.output_tokens,
        "total_tokens": used.input_tokens + used.output_tokens,
    }
