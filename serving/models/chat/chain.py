"""Chat models with fallbacks: if one does not answer, the next does, and the answer says so."""

from collections.abc import AsyncGenerator, AsyncIterator, Sequence
from contextlib import aclosing
from dataclasses import dataclass
from typing import Any, cast

from langchain_core.callbacks import AsyncCallbackManagerForLLMRun, CallbackManagerForLLMRun
from langchain_core.language_models import BaseChatModel, LanguageModelInput
from langchain_core.messages import AIMessage, BaseMessage
from langchain_core.outputs import ChatGenerationChunk, ChatResult
from langchain_core.runnables import Runnable
from langchain_core.utils.function_calling import convert_to_openai_tool
from pydantic import Field

from agent.events import FallbackUsed, emit_if_heard
from serving.compat.langchain_core import replies_whole
from tools.errors import Unavailable


@dataclass(frozen=True, slots=True)
class ChatChainMember:
    """One chat model, and how an answer names it."""

    name: str
    model: BaseChatModel


class ChatChain(BaseChatModel):
    """Asks its members in turn until one answers.

    Not LangChain's `with_fallbacks`, which gives no chat model and does not say who answered. A
    member that failed after its first token has been shown is not stood in for.
    """

    members: Sequence[ChatChainMember] = Field(exclude=True, min_length=1)

    @property
    def _llm_type(self) -> str:
        return "chain"

    def bind_tools(
        self, tools: Any, *, tool_choice: Any = None, **kwargs: Any
    ) -> Runnable[LanguageModelInput, AIMessage]:
        """Offer tools, which each member calls in its own manner."""
        offered = [convert_to_openai_tool(tool) for tool in tools]
        chosen = {} if tool_choice is None else {"tool_choice": tool_choice}
        return self.bind(tools=offered, **chosen, **kwargs)

    def _streaming_disabled(self, **kwargs: Any) -> bool:
        return any(replies_whole(one.model, **kwargs) for one in self.members)

    def _generate(
        self,
        messages: list[BaseMessage],
        stop: list[str] | None = None,
        run_manager: CallbackManagerForLLMRun | None = None,
        **kwargs: Any,
    ) -> ChatResult:
        failure: Unavailable | None = None
        for member in self.members:
            _say(member, failure)
            try:
                return member.model._generate(messages, stop, run_manager, **kwargs)
            except Unavailable as error:
                failure = error
        raise _nobody(failure)

    async def _agenerate(
        self,
        messages: list[BaseMessage],
        stop: list[str] | None = None,
        run_manager: AsyncCallbackManagerForLLMRun | None = None,
        **kwargs: Any,
    ) -> ChatResult:
        failure: Unavailable | None = None
        for member in self.members:
            _say(member, failure)
            try:
                return await member.model._agenerate(messages, stop, run_manager, **kwargs)
            except Unavailable as error:
                failure = error
        raise _nobody(failure)

    async def _astream(
        self,
        messages: list[BaseMessage],
        stop: list[str] | None = None,
        run_manager: AsyncCallbackManagerForLLMRun | None = None,
        **kwargs: Any,
    ) -> AsyncIterator[ChatGenerationChunk]:
        failure: Unavailable | None = None
        for member in self.members:
            _say(member, failure)
            is_shown = False
            pieces = member.model._astream(messages, stop, run_manager, **kwargs)
            try:
                async with aclosing(cast("AsyncGenerator[ChatGenerationChunk]", pieces)) as chunks:
                    async for chunk in chunks:
                        is_shown = True
                        yield chunk
                    return
            except Unavailable as error:
                if is_shown:
                    raise
                failure = error
        raise _nobody(failure)


def _say(member: ChatChainMember, failure: Unavailable | None) -> None:
    """Emit the event to the turn; outside of a turn, do nothing."""
    if failure is not None:
        emit_if_heard(FallbackUsed(member.name, str(failure)))


def _nobody(failure: Unavailable | None) -> Unavailable:
    return failure or Unavailable("There is no chat model to ask.")
