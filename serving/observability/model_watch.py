"""Every call of a chat model as a span and a count, whichever node makes it.

The names: https://opentelemetry.io/docs/specs/semconv/gen-ai/gen-ai-spans/
"""

import json
from collections.abc import Sequence
from time import perf_counter
from typing import Any
from uuid import UUID

from langchain_core.callbacks import BaseCallbackHandler
from langchain_core.messages import AIMessage, BaseMessage
from langchain_core.outputs import ChatGeneration, LLMResult
from opentelemetry import trace
from opentelemetry.trace import Span, SpanKind, Status, StatusCode

from serving.observability.metrics import Metrics
from serving.observability.spending import Spending, spender


class ModelWatch(BaseCallbackHandler):
    """Watches chat model calls; content is recorded only if `has_content` is set."""

    run_inline = True  # in the caller's context: the span belongs under the node's

    def __init__(
        self,
        metrics: Metrics,
        model: str,
        *,
        has_content: bool,
        spending: Spending | None = None,
    ) -> None:
        self._spending = spending
        self._metrics, self._model, self._has_content = metrics, model, has_content
        self._tracer = trace.get_tracer("docsql")
        self._open: dict[UUID, tuple[Span, float]] = {}

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
        self._open[run_id] = (span, perf_counter())

    def on_llm_end(self, response: LLMResult, *, run_id: UUID, **kwargs: Any) -> None:
        """A call has ended well."""
        del kwargs
        span, began = self._open.pop(run_id)
        generation = response.generations[0][0] if response.generations else None
        message = generation.message if isinstance(generation, ChatGeneration) else None
        counted = message.usage_metadata if isinstance(message, AIMessage) else None
        tokens_in, tokens_out = (
            (counted["input_tokens"], counted["output_tokens"]) if counted else (0, 0)
        )
        span.set_attributes(
            {"gen_ai.usage.input_tokens": tokens_in, "gen_ai.usage.output_tokens": tokens_out}
        )
        if self._has_content and message is not None:
            span.set_attribute("gen_ai.output.messages", _as_json([message]))
        span.end()
        self._count("ok", perf_counter() - began, tokens_in, tokens_out)

    def on_llm_error(self, error: BaseException, *, run_id: UUID, **kwargs: Any) -> None:
        """A call has failed, or was left."""
        del kwargs
        span, began = self._open.pop(run_id)
        span.set_attribute("error.type", type(error).__qualname__)
        span.set_status(Status(StatusCode.ERROR))
        span.end()
        outcome = "failed" if isinstance(error, Exception) else "left"
        self._count(outcome, perf_counter() - began)

    def _count(self, outcome: str, seconds: float, tokens_in: int = 0, tokens_out: int = 0) -> None:
        """Count a call, for the caller too whose turn it was."""
        spent = {"tokens_in": tokens_in, "tokens_out": tokens_out}
        self._metrics.model_call(self._model, outcome, seconds, **spent)
        if caller := spender():
            self._metrics.spent(caller, self._model, seconds, **spent)
            if self._spending is not None:
                self._spending.note(caller, self._model, seconds=seconds, **spent)


def _as_json(messages: Sequence[BaseMessage]) -> str:
    parts = [
        {"role": message.type, "parts": [{"type": "text", "content": message.text}]}
        for message in messages
    ]
    return json.dumps(parts, ensure_ascii=False)
