"""A scripted chat model that records its prompts."""

from collections.abc import Callable, Iterator, Sequence
from typing import Any

from langchain_core.callbacks import CallbackManagerForLLMRun
from langchain_core.language_models import BaseChatModel, LanguageModelInput
from langchain_core.messages import AIMessage, AIMessageChunk, BaseMessage
from langchain_core.messages.tool import tool_call
from langchain_core.outputs import ChatGeneration, ChatGenerationChunk, ChatResult
from langchain_core.runnables import Runnable
from pydantic import PrivateAttr

Line = str | AIMessage | Exception


def calls(*wanted: tuple[str, dict[str, Any]]) -> AIMessage:
    """A reply that calls tools; every call has TGI's id, "0"."""
    return AIMessage("", tool_calls=[tool_call(name=n, args=a, id="0") for n, a in wanted])


class ScriptedChat(BaseChatModel):
    """Says its lines by role: the heading of the system prompt picks the list to take from.

    `heard` keeps (role, messages, whether tools were offered) of every call. A role whose list has
    run out fails the test.
    """

    lines: dict[str, list[Line]]
    _heard: list[tuple[str, list[BaseMessage], bool]] = PrivateAttr(
        default_factory=list[tuple[str, list[BaseMessage], bool]]
    )

    @property
    def heard(self) -> list[tuple[str, list[BaseMessage], bool]]:
        return self._heard

    @property
    def roles(self) -> list[str]:
        return [role for role, _, _ in self._heard]

    def told(self, role: str) -> str:
        """The prompt of the last call of that role, as one text."""
        messages = next(m for r, m, _ in reversed(self._heard) if r == role)
        return "\n".join(message.text for message in messages)

    @property
    def _llm_type(self) -> str:
        return "scripted"

    def bind_tools(
        self,
        tools: Sequence[dict[str, Any] | type | Callable[..., Any] | Any],
        *,
        tool_choice: str | None = None,
        **kwargs: Any,
    ) -> Runnable[LanguageModelInput, AIMessage]:
        return self.bind(tools=list(tools), **kwargs)

    def _generate(
        self,
        messages: list[BaseMessage],
        stop: list[str] | None = None,
        run_manager: CallbackManagerForLLMRun | None = None,
        **kwargs: Any,
    ) -> ChatResult:
        message = self._next(messages, offered="tools" in kwargs)
        return ChatResult(generations=[ChatGeneration(message=message)])

    def _stream(
        self,
        messages: list[BaseMessage],
        stop: list[str] | None = None,
        run_manager: CallbackManagerForLLMRun | None = None,
        **kwargs: Any,
    ) -> Iterator[ChatGenerationChunk]:
        line = self._next(messages, offered="tools" in kwargs)
        known = line.response_metadata
        for word in line.text.split(" "):
            yield ChatGenerationChunk(
                message=AIMessageChunk(content=f"{word} ", response_metadata=known)
            )
            known = {}

    def _next(self, messages: list[BaseMessage], *, offered: bool) -> AIMessage:
        role = messages[0].text.partition("\n")[0].removeprefix("# ")
        self._heard.append((role, messages, offered))
        line = self.lines[role].pop(0)
        if isinstance(line, Exception):
            raise line
        usage = {"input_tokens": 10, "output_tokens": 2, "total_tokens": 12}
        return line if isinstance(line, AIMessage) else AIMessage(line, usage_metadata=usage)
