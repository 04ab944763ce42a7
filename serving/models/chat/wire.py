"""LangChain's messages as OpenAI's chat completions have them, and the replies as LangChain's.

In place of langchain-openai, whose import brings every type of OpenAI's SDK and a tokenizer that
nothing here uses: 31 MB of an idle service. The protocol:
https://platform.openai.com/docs/api-reference/chat/create
"""

import json
from collections.abc import Mapping, Sequence
from typing import Any, cast

from langchain_core.messages import (
    AIMessage,
    AIMessageChunk,
    BaseMessage,
    InvalidToolCall,
    ToolCall,
    ToolCallChunk,
    ToolMessage,
    convert_to_openai_messages,
)
from langchain_core.messages.ai import InputTokenDetails, OutputTokenDetails, UsageMetadata
from langchain_core.outputs import ChatGeneration, ChatGenerationChunk, ChatResult

Json = dict[str, Any]
PROVIDER = "openai"
"""How LangChain calls the protocol: it reads what a message holds by it, and traces name it."""
_TOLD_AT_THE_END = {
    "model_name": "model",
    "system_fingerprint": "system_fingerprint",
    "service_tier": "service_tier",
}
"""What a stream's metadata says of the reply, with the fields that it is in."""


def as_sent(messages: Sequence[BaseMessage]) -> list[Json]:
    """The messages of a request."""
    return [_as_sent(message) for message in messages]


def _as_sent(message: BaseMessage) -> Json:
    sent = convert_to_openai_messages(message)
    if isinstance(message, ToolMessage):
        sent.pop("name", None)
    if isinstance(message, AIMessage):
        broken = [_sent_as_it_came(call) for call in message.invalid_tool_calls]
        if calls := [*sent.get("tool_calls", ()), *broken]:
            # A text, even an empty one, keeps some servers from seeing the calls.
            sent |= {"tool_calls": calls, "content": sent["content"] or None}
    return sent


def _sent_as_it_came(call: InvalidToolCall) -> Json:
    function = {"name": call["name"], "arguments": call["args"]}
    return {"type": "function", "id": call["id"], "function": function}


def tool_choice_sent(choice: object, tools: Sequence[Mapping[str, Any]]) -> object:
    """A choice among tools as the protocol has it: one's name alone is LangChain's own shape."""
    if choice is True or choice == "any":
        return "required"
    if any(choice == tool["function"]["name"] for tool in tools):
        return {"type": "function", "function": {"name": choice}}
    return choice


_MOST_TOKENS = 10**9
"""Of one call; what is more, or less than none, is no count."""


def read_reply(body: Json, *, model: str) -> ChatResult:
    """A whole reply's body; a body of another shape raises one of Python's errors.

    `model` is what was asked for: its name where the server tells none.
    """
    usage = read_usage(body)
    generations = [_generation(choice, usage) for choice in body["choices"]]
    told: Json = {
        "token_usage": body.get("usage"),
        "model_provider": PROVIDER,
        "model_name": body.get("model", model),
        "system_fingerprint": body.get("system_fingerprint", ""),
        **{name: body[name] for name in ("id", "service_tier") if body.get(name) is not None},
    }
    return ChatResult(generations=generations, llm_output=told)


def _generation(choice: Json, usage: UsageMetadata | None) -> ChatGeneration:
    message: Json = choice["message"]
    good: list[ToolCall] = []
    bad: list[InvalidToolCall] = []
    for call in message.get("tool_calls") or ():
        _read_call(call, good, bad)
    reply = AIMessage(
        content=message.get("content") or "",
        name=message.get("name"),
        tool_calls=good,
        invalid_tool_calls=bad,
        usage_metadata=usage,
    )
    info = {"finish_reason": choice.get("finish_reason")}
    if "logprobs" in choice:
        info["logprobs"] = choice["logprobs"]
    return ChatGeneration(message=reply, generation_info=info)


def _read_call(call: Json, good: list[ToolCall], bad: list[InvalidToolCall]) -> None:
    """Put a call, whose arguments are JSON text, to those that can be made or to the others."""
    name, said, id_ = call["function"]["name"] or "", call["function"]["arguments"], call.get("id")
    try:
        arguments = json.loads(said or "{}", strict=False)
        if isinstance(arguments, dict):
            args = cast("Json", arguments)
            good.append(ToolCall(name=name, args=args, id=id_, type="tool_call"))
            return
        error = "The arguments of a call are one JSON object."
    except ValueError as fault:
        error = f"The arguments are no JSON: {fault}."
    bad.append(InvalidToolCall(name=name, args=said, id=id_, error=error, type="invalid_tool_call"))


def read_piece(piece: Json) -> ChatGenerationChunk:
    """One event of a streamed reply; a piece of another shape raises one of Python's errors.

    It says nothing of the tokens used: some servers count them anew in each piece, and pieces add up.
    """
    if not (choices := piece.get("choices")):
        return ChatGenerationChunk(message=AIMessageChunk(content=""))
    choice: Json = choices[0]
    delta: Json = choice["delta"]
    info: Json = {}
    if reason := choice.get("finish_reason"):
        told = {name: piece[key] for name, key in _TOLD_AT_THE_END.items() if piece.get(key)}
        info = {"finish_reason": reason, **told}
    if logprobs := choice.get("logprobs"):
        info["logprobs"] = logprobs
    message = AIMessageChunk(
        content=delta.get("content") or "",
        tool_call_chunks=[_call_piece(call) for call in delta.get("tool_calls") or ()],
        response_metadata={"model_provider": PROVIDER},
    )
    return ChatGenerationChunk(message=message, generation_info=info or None)


def _call_piece(call: Json) -> ToolCallChunk:
    function: Json = call["function"]
    return ToolCallChunk(
        name=function.get("name"),
        args=function.get("arguments"),
        id=call.get("id"),
        index=call["index"],
        type="tool_call_chunk",
    )


def read_usage(body: Mapping[str, Any]) -> UsageMetadata | None:
    """The tokens that a reply took, if the server tells."""
    told: Json = body.get("usage") or {}
    read, written, total = (
        _number(told, name) for name in ("prompt_tokens", "completion_tokens", "total_tokens")
    )
    if read is None and written is None and total is None:
        return None
    taken = (read or 0) + (written or 0)
    usage = UsageMetadata(
        input_tokens=read or 0,
        output_tokens=written or 0,
        total_tokens=taken if total is None else total,
    )
    cached = _number(told.get("prompt_tokens_details") or {}, "cached_tokens")
    if cached is not None:
        usage["input_token_details"] = InputTokenDetails(cache_read=cached)
    thought = _number(told.get("completion_tokens_details") or {}, "reasoning_tokens")
    if thought is not None:
        usage["output_token_details"] = OutputTokenDetails(reasoning=thought)
    return usage


def _number(told: Mapping[str, Any], name: str) -> int | None:
    value = told.get(name)
    return int(value) if isinstance(value, int | float) and 0 <= value <= _MOST_TOKENS else None
