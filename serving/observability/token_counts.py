"""How many tokens a call of a model took: as its server says, else estimated from the texts."""

import json
from collections.abc import Sequence
from dataclasses import dataclass

from langchain_core.messages import AIMessage, BaseMessage

from agent.prompting import thought_of
from agent.window import estimate_tokens


@dataclass(frozen=True, slots=True)
class TokenCount:
    """Tokens read and written; `estimated` is how many of both no server has counted."""

    read: int = 0
    written: int = 0
    estimated: int = 0

    @property
    def total(self) -> int:
        """Both together."""
        return self.read + self.written

    def with_(self, more: "TokenCount") -> "TokenCount":
        """The sum of two."""
        return TokenCount(
            self.read + more.read, self.written + more.written, self.estimated + more.estimated
        )


def call_tokens(
    prompt: Sequence[BaseMessage], tools: Sequence[object], reply: BaseMessage | None
) -> TokenCount:
    """The tokens of a call; what a server counts as 0 it did not count."""
    told = reply.usage_metadata if isinstance(reply, AIMessage) else None
    read, written = (told["input_tokens"], told["output_tokens"]) if told else (0, 0)
    guessed_read = 0 if read > 0 else _prompt(prompt, tools)
    guessed_written = 0 if written > 0 else _reply(reply)
    guessed = guessed_read + guessed_written
    return TokenCount(guessed_read or read, guessed_written or written, guessed)


def completion_tokens(prompt: str, written: str) -> TokenCount:
    """The tokens of a completion, whose server counts none."""
    read, wrote = estimate_tokens(prompt), estimate_tokens(written)
    return TokenCount(read, wrote, read + wrote)


def _prompt(messages: Sequence[BaseMessage], tools: Sequence[object]) -> int:
    texts = [*map(_said, messages), *(json.dumps(tool, default=str) for tool in tools)]
    return sum(map(estimate_tokens, texts))


def _reply(message: BaseMessage | None) -> int:
    return estimate_tokens(_said(message)) if message is not None else 0


def _said(message: BaseMessage) -> str:
    """The text of a message, its thoughts and its calls of tools."""
    calls = message.tool_calls if isinstance(message, AIMessage) else ()
    called = json.dumps(calls, default=str) if calls else ""
    return f"{message.text}{thought_of(message)}{called}"
