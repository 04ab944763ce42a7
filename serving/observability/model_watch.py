"""Every call of a chat model as a span and a count, whichever node makes it.

The names: https://opentelemetry.io/docs/specs/semconv/gen-ai/gen-ai-spans/
"""

import json
from asyncio import CancelledError
from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial
from time import perf_counter
from typing import Any
from uuid import UUID

from langchain_core.callbacks import BaseCallbackHandler
from langchain_core.messages import BaseMessage
from langchain_core.outputs import ChatGeneration, LLMResult
from opentelemetry import trace
from opentelemetry.trace import Span, SpanKind, Status, StatusCode

from serving.observability.metrics import Metrics
from serving.observability.spending import Bill, bill_here
from serving.observability.token_counts import TokenCount, call_tokens
from tools.errors import Overloaded, Unreached

EMBEDDED = "embedded"
"""The kind of the chat model that is no language model, whose replies cost no tokens."""


@dataclass(frozen=True, slots=True)
class _Call:
    """A call under way; `bill` is that of the turn it began in, wherever it ends."""

    span: Span
    began: float
    bill: Bill | None
    prompt: Sequence[BaseMessage]
    tools: Sequence[object]
    is_free: bool

    def tokens(self, reply: BaseMessage | None) -> TokenCount:
        """What it took, if it ended with this reply, or with as much of it."""
        return TokenCount() if self.is_free else call_tokens(self.prompt, self.tools, reply)


class ModelWatch(BaseCallbackHandler):
    """Watches chat model calls; content is recorded only if `has_content` is set."""

    run_inline = True  # in the caller's context: the span belongs under the node's

    def __init__(self, metrics: Metrics, model: str, *, has_content: bool) -> None:
        self._metrics, self._model, self._has_content = metrics, model, has_content
        self._tracer = trace.get_tracer("docsql")
        self._open: dict[UUID, _Call] = {}

    @property
    def ignore_chain(self) -> bool:
        """The graph's nodes, whose runs LangChain need not report."""
        return True

    def on_chat_model_start(
        self,
        serialized: dict[str, Any],
        messages: list[list[BaseMessage]],
        *,
        run_id: UUID,
        metadata: dict[str, Any] | None = None,
        invocation_params: dict[str, Any] | None = None,
        **kwargs: Any,
    ) -> None:
        """A call begins."""
        del serialized, kwargs
        said, asked = metadata or {}, invocation_params or {}
        attributes = {
            "gen_ai.operation.name": "chat",
            "gen_ai.provider.name": said.get("ls_provider", "docsql"),
            "gen_ai.request.model": said.get("ls_model_name") or self._model,
            "gen_ai.request.temperature": said.get("ls_temperature"),
            "gen_ai.request.max_tokens": said.get("ls_max_tokens") or asked.get("max_tokens"),
        }
        if self._has_content:
            attributes["gen_ai.input.messages"] = _as_json(messages[0])
        span = self._tracer.start_span(f"chat {self._model}", kind=SpanKind.CLIENT)
        span.set_attributes(
            {name: value for name, value in attributes.items() if value is not None}
        )
        self._open[run_id] = _Call(
            span=span,
            began=perf_counter(),
            bill=bill_here(),
            prompt=messages[0],
            tools=asked.get("tools") or (),
            is_free=asked.get("_type") == EMBEDDED,
        )
        if bill := self._open[run_id].bill:
            bill.begin(run_id, partial(self._leave, run_id))

    def on_llm_end(self, response: LLMResult, *, run_id: UUID, **kwargs: Any) -> None:
        """A call has ended well."""
        del kwargs
        if (call := self._open.pop(run_id, None)) is None:
            return
        reply = _reply_in(response)
        count = call.tokens(reply)
        call.span.set_attributes(
            {"gen_ai.usage.input_tokens": count.read, "gen_ai.usage.output_tokens": count.written}
        )
        if self._has_content and reply is not None:
            call.span.set_attribute("gen_ai.output.messages", _as_json([reply]))
        self._count(run_id, call, "ok", count)

    def on_llm_error(
        self,
        error: BaseException,
        *,
        run_id: UUID,
        response: LLMResult | None = None,
        **kwargs: Any,
    ) -> None:
        """A call has failed, or was left: what had been read and written by then counts."""
        del kwargs
        if (call := self._open.pop(run_id, None)) is None:
            return
        reply = _reply_in(response)
        is_unread = reply is None and isinstance(error, Overloaded | Unreached)
        call.span.set_attribute("error.type", type(error).__qualname__)
        call.span.set_status(Status(StatusCode.ERROR))
        outcome = "failed" if isinstance(error, Exception) else "left"
        count = TokenCount() if is_unread else call.tokens(reply)
        self._count(run_id, call, outcome, count)

    def _leave(self, run_id: UUID) -> None:
        """LangChain does not tell of the end of a call that is cancelled while it is not streamed."""
        self.on_llm_error(CancelledError(), run_id=run_id)

    def _count(self, run_id: UUID, call: _Call, outcome: str, count: TokenCount) -> None:
        """End a call's span and count it, for the caller too whose turn it was."""
        call.span.end()
        seconds = perf_counter() - call.began
        self._metrics.model_call(self._model, outcome, seconds, count)
        if call.bill is not None:
            call.bill.end(run_id, self._model, count, seconds=seconds)


def _reply_in(response: LLMResult | None) -> BaseMessage | None:
    """The reply, or as much of it as came."""
    first = response.generations[0] if response and response.generations else []
    return first[0].message if first and isinstance(first[0], ChatGeneration) else None


def _as_json(messages: Sequence[BaseMessage]) -> str:
    parts = [
        {"role": message.type, "parts": [{"type": "text", "content": message.text}]}
        for message in messages
    ]
    return json.dumps(parts, ensure_ascii=False)
