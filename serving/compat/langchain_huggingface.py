"""What LangChain's classes for models in this process keep to themselves."""

from typing import Any, cast

from langchain_core.messages import BaseMessage
from langchain_huggingface import ChatHuggingFace, HuggingFaceEmbeddings


def prompt_of(model: ChatHuggingFace, messages: list[BaseMessage]) -> str:
    """The messages by the model's own chat template."""
    return cast("Any", model)._to_chat_prompt(messages)


def loaded_model(embeddings: HuggingFaceEmbeddings) -> Any:
    """The `SentenceTransformer` behind; its types are there with the extra `local` only."""
    return cast("Any", embeddings)._client
