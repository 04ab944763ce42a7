"""What llama.cpp's server says, in its own shapes; `test_standin_llamacpp.py` holds them to recordings."""

import json
import re
from collections.abc import Mapping, Sequence
from typing import Any

from starlette.responses import JSONResponse, Response

Json = dict[str, Any]
MODEL = "stand-in/llamacpp"
CONTEXT = 8192
CALL_ID = "5QuwtKazMgU3DsonM73PnhVbw895emLW"
NUMBERS = "cache_n", "prompt_n", "prompt_ms", "prompt_per_token_ms", "prompt_per_second"
MORE_NUMBERS = "predicted_n", "predicted_ms", "predicted_per_token_ms", "predicted_per_second"


def failed(status: int, kind: str, message: str, **more: int) -> Response:
    """An error."""
    error = {"code": status, "message": message, "type": kind, **more}
    return JSONResponse({"error": error}, status)


def no_such_path() -> Response:
    return failed(404, "not_found_error", "File Not Found")


def wrong_key() -> Response:
    return failed(401, "authentication_error", "Invalid API Key")


def loading() -> Response:
    return failed(503, "unavailable_error", "Loading model")


def no_json(error: ValueError) -> Response:
    return failed(500, "server_error", f"[json.exception.parse_error.101] {error}")


def too_long(given: int, context: int) -> Response:
    message = (
        f"request ({given} tokens) exceeds the available context size ({context} tokens), try "
        "increasing it"
    )
    sizes = {"n_prompt_tokens": given, "n_ctx": context}
    return failed(400, "exceed_context_size_error", message, **sizes)


def props(slots: int) -> Response:
    return JSONResponse({"total_slots": slots, "model_alias": MODEL, "is_sleeping": False})


def models(context: int) -> Response:
    meta = {
        "vocab_type": 2,
        "n_vocab": 151936,
        "n_ctx": context,
        "n_ctx_train": 32768,
        "n_embd": 1536,
        "n_params": 1777088000,
        "size": 1111370240,
        "ftype": "Q4_K - Medium",
    }
    card = {
        "id": MODEL,
        "aliases": [MODEL],
        "tags": [],
        "object": "model",
        "created": 1795892850,
        "owned_by": "llamacpp",
        "meta": meta,
    }
    return JSONResponse({"object": "list", "data": [card]})


def tokens(pieces: Sequence[str]) -> Response:
    return JSONResponse({"tokens": list(range(len(pieces)))})


def whole(
    text: str,
    call: tuple[str, Mapping[str, object]] | None,
    reason: str,
    usage: Json,
    *,
    thought: str = "",
) -> Json:
    """The body of a reply; `call` is the one that a model makes natively."""
    message: Json = {"role": "assistant", "content": text}
    if thought:
        message["reasoning_content"] = thought
    if call:
        name, arguments = call
        function = {"name": name, "arguments": json.dumps(arguments, separators=(",", ":"))}
        message = {"role": "assistant", "content": ""}
        message["tool_calls"] = [{"type": "function", "function": function, "id": CALL_ID}]
    choice = {"finish_reason": reason, "index": 0, "message": message}
    return _envelope("chat.completion", [choice]) | _counted(usage)


def events(
    pieces: Sequence[str],
    call: tuple[str, Mapping[str, object]] | None,
    reason: str,
    usage: Json | None,
    *,
    thoughts: Sequence[str] = (),
) -> list[Json]:
    """The events of a streamed reply, without its [DONE]; with `usage`, that is asked for."""
    deltas: list[Json] = [{"role": "assistant", "content": None}]
    deltas += [{"reasoning_content": piece} for piece in thoughts]
    deltas += _call_deltas(*call) if call else [{"content": piece} for piece in pieces]
    told = [_chunk(delta, None) for delta in deltas] + [_chunk({}, reason)]
    if usage:
        told.append(_envelope("chat.completion.chunk", []) | _counted(usage))
    return told


def _call_deltas(name: str, arguments: Mapping[str, object]) -> list[Json]:
    first, *rest = re.findall(r"[{}]|[^{}]{1,5}", json.dumps(arguments, separators=(",", ":")))
    opening = {"name": name, "arguments": first}
    begun = {"index": 0, "id": CALL_ID, "type": "function", "function": opening}
    more = [{"index": 0, "function": {"arguments": piece}} for piece in rest]
    return [{"tool_calls": [one]} for one in (begun, *more)]


def _chunk(delta: Json, reason: str | None) -> Json:
    choice = {"finish_reason": reason, "index": 0, "delta": delta}
    return _envelope("chat.completion.chunk", [choice])


def _envelope(kind: str, choices: list[Json]) -> Json:
    return {
        "choices": choices,
        "created": 1795892859,
        "id": "chatcmpl-hUkdfgGfhUdlFDoo3QlzQJH5s6TAN3jq",
        "model": MODEL,
        "system_fingerprint": "b1-0c1e570",
        "object": kind,
    }


def _counted(usage: Json) -> Json:
    timings = dict.fromkeys((*NUMBERS, *MORE_NUMBERS), 1.5)
    details = {"prompt_tokens_details": {"cached_tokens": 0}}
    return {"usage": usage | details, "timings": timings}
