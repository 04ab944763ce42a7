"""Whether a streamed chat completion is whole.

The OpenAI SDK takes a stream that merely stops for a finished one. Here a stream is finished when
`data: [DONE]` came (see `completions`), no error event did, and the model gave its reason or a
call that parses.
"""

import json

from langchain_core.messages import AIMessageChunk
from langchain_core.outputs import ChatGenerationChunk

from serving.models.chat_failures import not_a_completion
from serving.models.failures import cut_off
from tools.errors import BadInput


class StreamWatch:
    """What one stream has brought so far; one is made for each stream."""

    def __init__(self, name: str) -> None:
        self._name = name
        self._is_silent = True
        self._finish_reason: str | None = None
        self._arguments: dict[int, str] = {}

    def see(self, chunk: ChatGenerationChunk) -> ChatGenerationChunk:
        """Take note of a chunk and hand on what the reader is to get of it."""
        self._is_silent = False
        info = chunk.generation_info or {}
        self._finish_reason = info.get("finish_reason") or self._finish_reason
        if isinstance(chunk.message, AIMessageChunk):
            for piece in chunk.message.tool_call_chunks:
                index = piece["index"] or 0
                self._arguments[index] = self._arguments.get(index, "") + (piece["args"] or "")
        return chunk

    def require_whole(self) -> None:
        """Check, after the last chunk, that it was the last one.

        Raises:
            Unavailable: Nothing came; or the model stopped without a reason and without a complete call.
            BadInput: `max_tokens` cut a call's arguments, which LangChain would round to a call.
        """
        if self._is_silent:
            raise not_a_completion(self._name)
        half = [text for text in self._arguments.values() if not self.is_complete(text)]
        if half and self._finish_reason == "length":
            raise BadInput(
                f"{self._name} was cut off by max_tokens in the middle "
                f"of a tool call: ask with a larger max_tokens."
            )
        if self._finish_reason is None and (half or not self._arguments):
            raise cut_off(self._name, "no finish_reason came, nor a complete tool call")

    def is_complete(self, arguments: str) -> bool:
        """Whether a call's arguments are one JSON object."""
        try:
            return isinstance(json.loads(arguments), dict)
        except ValueError:
            return False
