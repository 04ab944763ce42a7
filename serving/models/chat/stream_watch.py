"""Whether a streamed chat completion is whole.

The OpenAI SDK takes a stream that merely stops for a finished one. Here a stream is finished when
`data: [DONE]` came (see `completions`), no error event did, and the model gave its reason or a
call that parses.
"""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from langchain_core.messages import AIMessageChunk, ToolCallChunk
from langchain_core.messages.ai import UsageMetadata
from langchain_core.outputs import ChatGenerationChunk

from agent.prompting import CUT_OFF
from serving.models.chat.failures import not_a_completion
from serving.models.chat.native_calls import mended_piece, own_id
from serving.models.endpoint.failures import cut_off
from tools.errors import BadInput


@dataclass(slots=True)
class _Call:
    """A call as far as it has come; `given` is the server's id of it."""

    name: str
    given: str
    arguments: str = ""


class StreamWatch:
    """The state of one stream so far.

    With `renames` every call gets an id of our own; without, one that came with none or with a
    number. `usage` is the last count of tokens that came. `nothing` is what may stand for the
    arguments of those of the `tools` that take none.
    """

    nothing = frozenset({""})

    def __init__(
        self, name: str, tools: Sequence[Mapping[str, Any]] = (), *, renames: bool = False
    ) -> None:
        self.usage: UsageMetadata | None = None
        self._name = name
        self._renames = renames
        self._is_silent = True
        self._finish_reason: str | None = None
        self._calls: list[_Call] = []
        self._places: dict[int, int] = {}
        self._take_none = {
            tool["function"]["name"]
            for tool in tools
            if not (tool["function"].get("parameters") or {}).get("properties")
        }

    def see(self, chunk: ChatGenerationChunk) -> ChatGenerationChunk:
        """Take note of a chunk and hand on what the reader is to get of it."""
        self._is_silent = False
        info = chunk.generation_info or {}
        self._finish_reason = info.get("finish_reason") or self._finish_reason
        message = chunk.message
        if not isinstance(message, AIMessageChunk) or not message.tool_call_chunks:
            return chunk
        own = AIMessageChunk(
            content=message.content,
            tool_call_chunks=[self._own(piece) for piece in message.tool_call_chunks],
            response_metadata=message.response_metadata,
        )
        return ChatGenerationChunk(message=own, generation_info=chunk.generation_info)

    def _own(self, piece: ToolCallChunk) -> ToolCallChunk:
        """A piece of a call as LangChain joins it rightly: its name and its id come once.

        Ollama gives several calls one index, and tells them apart by their ids.
        """
        told, given = piece["index"] or 0, piece["id"] or ""
        place = self._places.get(told)
        is_first = place is None or bool(
            given and piece["name"] and given != self._calls[place].given
        )
        if place is None or is_first:
            place = self._places[told] = len(self._calls)
            self._calls.append(_Call(piece["name"] or "", given))
        call = self._calls[place]
        arguments = mended_piece(call.arguments, piece["args"] or "")
        call.arguments += arguments
        return ToolCallChunk(
            name=call.name if is_first else None,
            args=arguments,
            id=own_id(given, renames=self._renames) if is_first else None,
            index=place,
            type="tool_call_chunk",
        )

    @property
    def is_cut(self) -> bool:
        """Whether the reply was cut off by its most tokens."""
        return self._finish_reason in CUT_OFF

    def require_whole(self) -> None:
        """Check, after the last chunk, that it was the last one.

        Raises:
            Unavailable: Nothing came; or the model stopped without a reason and without a complete call.
            BadInput: `max_tokens` cut a call's arguments, which LangChain would round to a call.
        """
        if self._is_silent:
            raise not_a_completion(self._name)
        half = any(not self._is_complete(call.name, call.arguments) for call in self._calls)
        if half and self.is_cut:
            raise BadInput(
                f"{self._name} was cut off by max_tokens in the middle "
                f"of a tool call: ask with a larger max_tokens."
            )
        if half:
            raise cut_off(self._name, "a tool call was not complete")
        if self._finish_reason is None and not self._calls:
            raise cut_off(self._name, "no finish_reason came, nor a complete tool call")

    def _is_complete(self, name: str, arguments: str) -> bool:
        """Whether a call's arguments are one JSON object; a special token may follow."""
        if name in self._take_none and arguments.strip() in self.nothing:
            return True
        try:
            found, _ = json.JSONDecoder().raw_decode(arguments.strip())
        except ValueError:
            return False
        return isinstance(found, dict)
