"""The name of the model behind each part, for answers, `docsql doctor` and the page."""

from serving.config.models import (
    EMBEDDED_EMBEDDINGS,
    ChatServer,
    ChatSettings,
    EmbeddingModelSettings,
    EmbeddingsSettings,
)
from serving.config.settings import Settings
from serving.models.endpoint.address import without_credentials

EMBEDDED = "embedded: no language model"


def model_names(settings: Settings) -> dict[str, str]:
    """The name by part: `chat`, `sql_coder`, `embeddings` and `reranker`."""
    chat = chat_name(settings.chat)
    dense, sorting = settings.embeddings, settings.reranker
    return {
        "chat": chat,
        "sql_coder": _shown(settings.sql_coder.url) or chat,
        "embeddings": _beside_next(dense),
        "reranker": _part_name(sorting.api, sorting.url, sorting.model) or "none",
    }


def chat_name(chat: ChatSettings) -> str:
    """The chat model as an answer names it."""
    if chat.is_embedded:
        return EMBEDDED
    if chat.api == "local":
        return f"{chat.model} in this process"
    return server_name(first_server(chat))


def first_server(chat: ChatSettings) -> ChatServer:
    """The first server, before its fallbacks."""
    api = "openai" if chat.api == "openai" else "tgi"
    return ChatServer(url=chat.url or "", api=api, model=chat.model, api_key=chat.api_key)


def server_name(server: ChatServer) -> str:
    """A chat model's server as an answer names it."""
    return f"{server.model} at {_shown(server.url)}"


def _embeddings_name(chosen: EmbeddingModelSettings) -> str | None:
    if chosen.is_embedded:
        return f"{chosen.model or EMBEDDED_EMBEDDINGS} in this process"
    return None if chosen.api == "none" else _part_name(chosen.api, chosen.url, chosen.model)


def _beside_next(chosen: EmbeddingsSettings) -> str:
    """The embedding model, and the one that takes over when it has made all vectors."""
    name = _embeddings_name(chosen) or "none: BM25 alone"
    return f"{name}; next: {_embeddings_name(chosen.next)}" if chosen.next else name


def _part_name(api: str, url: str | None, model: str) -> str | None:
    match api:
        case "local":
            return f"{model} in this process"
        case "openai" if url:
            return f"{model} at {_shown(url)}"
        case _:
            return _shown(url)


def _shown(url: str | None) -> str | None:
    """An address as everybody may see it: it may have a password."""
    return without_credentials(url) if url else url
