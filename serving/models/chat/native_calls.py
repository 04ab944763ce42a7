"""Native tool calls as servers really send them, repaired before LangChain parses them.

TGI up to 3.1.1 sends arguments as an object, and older ones one streamed call where a list belongs;
its grammar lets `{` alone and `{, "a": 1}` through: docs/model-servers.md.
"""

import json
import re
from typing import Any, cast

from serving.models.chat.guided_calls import new_tool_call_id

_STRAY_COMMA = re.compile(r"^\s*\{\s*,")
Json = dict[str, Any]


def mend_reply(body: Json, *, renames: bool = False) -> None:
    """Repair the calls of a whole reply in place; `renames` gives each a new id."""
    for choice in cast("list[Json]", body.get("choices") or []):
        for call in _calls_in(choice["message"]):
            call["id"] = own_id(call.get("id"), renames=renames)
            call["function"]["arguments"] = mended(call["function"].get("arguments"))


def mend_delta(chunk: Json) -> None:
    """Repair the calls of a streamed chunk in place; their arguments may be partial JSON.

    Of several choices, whose pieces come in turns, the first is read.
    """
    choices = cast("list[Json]", chunk.get("choices") or [])
    chunk["choices"] = [choice for choice in choices if not choice.get("index")]
    for choice in chunk["choices"]:
        delta: Json = choice.get("delta") or {}
        choice["delta"] = delta  # beside none, LangChain passes over the reason to stop
        for position, call in enumerate(_calls_in(delta)):
            if call.get("index") is None:
                call["index"] = position
            arguments = call["function"].get("arguments")
            if arguments is not None and not isinstance(arguments, str):
                call["function"]["arguments"] = json.dumps(arguments, ensure_ascii=False)


def own_id(given: object, *, renames: bool = False) -> str:
    """The server's id of a call, unless it is a number, which the next turn's call has, too."""
    id_ = str(given or "")
    return new_tool_call_id() if renames or not id_ or id_.isdecimal() else id_


def _calls_in(message: Json) -> list[Json]:
    calls = message.get("tool_calls")
    if isinstance(calls, dict):
        message["tool_calls"] = [calls] if calls else []
    return cast("list[Json]", message.get("tool_calls") or [])


def mended(arguments: object) -> str:
    """Arguments as JSON text, rid of two known faults of TGI's grammar: `{` alone, and `{, `."""
    if not isinstance(arguments, str):
        return json.dumps(arguments or {}, ensure_ascii=False)
    text = _STRAY_COMMA.sub("{", arguments)
    return "{}" if text.strip() in ("", "{") else text


def mended_piece(so_far: str, piece: str) -> str:
    """The next piece of streamed arguments without the comma of `{, `."""
    match so_far.strip():
        case "":
            return _STRAY_COMMA.sub("{", piece)
        case "{":
            return re.sub(r"^\s*,", "", piece)
        case _:
            return piece
