"""How a chat model has to be spoken to: how it calls tools, and what its template takes."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from langchain_core.messages import (
    BaseMessage,
    HumanMessage,
    SystemMessage,
    merge_message_runs,
)

Tools = Literal["native", "guided", "plain"]
"""Tool calls as the server's own, as guided JSON, or as JSON that nothing but the prompt asks for."""


@dataclass(frozen=True, slots=True)
class ChatCapabilities:
    """Capabilities of a chat model, as probed or set."""

    tools: Tools
    has_system_role: bool = True


def in_turns(messages: Sequence[BaseMessage], *, has_system_role: bool) -> list[BaseMessage]:
    """The conversation as the strictest chat templates take it.

    User and assistant alternate (two messages of one in a row become one), and without a system
    role, its text goes to the start of the first message.
    """
    merged = merge_message_runs(list(messages), chunk_separator="\n\n")
    match merged:
        case [SystemMessage() as system, HumanMessage() as first, *rest] if not has_system_role:
            return [HumanMessage(f"{system.text}\n\n{first.text}"), *rest]
        case [SystemMessage() as system, *rest] if not has_system_role:
            return [HumanMessage(system.text), *rest]
        case _:
            return merged
