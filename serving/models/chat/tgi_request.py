"""Chat completion requests as TGI accepts them."""

from typing import Any

from tools.errors import BadInput

STOP_LIMIT = 4
NO_PARAMETERS: dict[str, Any] = {"type": "object", "properties": {}}


def admissible(payload: dict[str, Any]) -> dict[str, Any]:
    """The request without what TGI answers with 422, and with its own `response_format`.

    Raises:
        BadInput: It asks for what TGI cannot do: more than 4 stop sequences, a `logit_bias`, or
            tools together with a response format.
    """
    kept = {name: value for name, value in payload.items() if value is not None}
    if kept.get("top_p", 0) >= 1:
        del kept["top_p"]  # 1.0 means "no limit", which is what TGI does without it
    if "max_completion_tokens" in kept:
        kept.setdefault("max_tokens", kept.pop("max_completion_tokens"))
    if kept.pop("logit_bias", None):
        raise BadInput("TGI has no logit_bias: leave it out.")
    for message in kept.get("messages", ()):
        if message.get("tool_calls"):
            message["content"] = None  # TGI drops the calls of a message that has a text
    _admit_stops(kept)
    _admit_tools(kept)
    if wanted := kept.get("response_format"):
        if "tools" in kept:
            raise BadInput("TGI cannot combine tools and a response format in one request.")
        kept["response_format"] = _tgi_format(wanted)
    return kept


def _admit_stops(payload: dict[str, Any]) -> None:
    stops = payload.pop("stop", None)
    if not stops:
        return
    listed = [stops] if isinstance(stops, str) else list(stops)
    if len(listed) > STOP_LIMIT:
        raise BadInput(
            f"TGI takes at most {STOP_LIMIT} stop sequences, and {len(listed)} were given."
        )
    payload["stop"] = listed


def _admit_tools(payload: dict[str, Any]) -> None:
    tools = payload.pop("tools", None)
    payload.pop("parallel_tool_calls", None)
    if not tools or payload.get("tool_choice") == "none":
        payload.pop("tool_choice", None)
        return
    payload["tools"] = [
        {**tool, "function": {"parameters": NO_PARAMETERS, **tool["function"]}} for tool in tools
    ]


def _tgi_format(wanted: Any) -> dict[str, Any]:
    match wanted:
        case {"type": "json_schema", "json_schema": {"name": str(name), "schema": schema}}:
            return json_schema_format(name, schema)
        case {"type": "json_object", "value": _}:
            return wanted
        case {"type": "json_object"}:
            return {"type": "json", "value": {"type": "object"}}
        case _:
            return wanted


def json_schema_format(name: str, schema: Any) -> dict[str, Any]:
    """TGI's `response_format` for a JSON schema; OpenAI's shape is a 422."""
    return {"type": "json_schema", "value": {"name": name, "schema": schema}}
