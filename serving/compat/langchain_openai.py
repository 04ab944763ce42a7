"""What `BaseChatOpenAI` knows of messages and of OpenAI's JSON, under public names."""

from typing import Any, cast

from langchain_core.language_models import LanguageModelInput
from langchain_core.messages import AIMessageChunk, BaseMessage
from langchain_core.outputs import ChatGenerationChunk, ChatResult
from langchain_openai.chat_models.base import BaseChatOpenAI


class OpenAIChat(BaseChatOpenAI):
    """`BaseChatOpenAI` whose translations a subclass can call, and whose requests it can make."""

    def messages_of(self, given: LanguageModelInput) -> list[BaseMessage]:
        """What a chat model was given, as messages."""
        return self._convert_input(given).to_messages()

    def payload_of(
        self, messages: list[BaseMessage], *, stop: list[str] | None, **kwargs: Any
    ) -> dict[str, Any]:
        """The body of a request for a chat completion."""
        payload = cast("Any", super())._get_request_payload(messages, stop=stop, **kwargs)
        return cast("dict[str, Any]", payload)

    def result_of(self, body: dict[str, Any]) -> ChatResult:
        """A whole reply's body, read; a body of another shape raises one of Python's errors."""
        return self._create_chat_result(body)

    def chunk_of(self, piece: dict[str, Any]) -> ChatGenerationChunk | None:
        """One event of a streamed reply, read; None for one that says nothing."""
        return super()._convert_chunk_to_generation_chunk(piece, AIMessageChunk, {})
