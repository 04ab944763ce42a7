"""Settings become models here: each part by its server, in this process, or embedded."""

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

from pydantic import SecretStr

from serving.config.sections import (
    ChatServer,
    ChatSettings,
    EmbeddingsSettings,
    RerankerSettings,
    SqlCoderSettings,
)
from serving.config.settings import Settings

if TYPE_CHECKING:
    from langchain_core.language_models import BaseChatModel

    from agent.toolbox import DocumentSearch, SqlWriter
    from agent.window import Window
    from serving.models.chat.openai_compatible import CompatibleChatModel
    from serving.models.embedded.choose.cache import Readers
    from serving.models.endpoint.endpoint import CallPolicy
    from serving.models.text.local import LocalEmbeddings
    from serving.models.text.openai import OpenAICompatibleEmbeddings
    from serving.models.text.tei import TeiEmbeddings
    from tools.documents.search import Reranker
    from tools.sql.run import Database

EMBEDDED = "embedded: no language model"


def chat_model(
    settings: Settings,
    databases: "Mapping[str, Database]",
    documents: "DocumentSearch | None" = None,
) -> "BaseChatModel":
    """The chat model with those that stand in for it; the embedded one looks at what there is."""
    chosen = settings.chat
    if chosen.is_embedded:
        from serving.models.embedded.chat.model import EmbeddedChat

        return EmbeddedChat(databases=databases, documents=documents, readers=_readers(settings))
    if chosen.api == "local":
        from serving.models.chat.local import local_chat

        first: BaseChatModel = local_chat(
            chosen.model, temperature=chosen.temperature, max_tokens=chosen.max_tokens
        )
    else:
        first = _served(_first_server(chosen), chosen, forwards_token=chosen.forward_token)
    if not chosen.fallback:
        return first
    from serving.models.chat.chain import ChatChain, ChatChainMember

    others = [
        ChatChainMember(_named(server), _served(server, chosen)) for server in chosen.fallback
    ]
    return ChatChain(members=(ChatChainMember(chat_name(chosen), first), *others))


def served_chats(
    settings: Settings, chat: "BaseChatModel"
) -> "list[tuple[ChatServer, CompatibleChatModel]]":
    """The chat models that stand behind a server, with how it was named."""
    from serving.models.chat.chain import ChatChain
    from serving.models.chat.openai_compatible import CompatibleChatModel

    chosen = settings.chat
    models = [member.model for member in chat.members] if isinstance(chat, ChatChain) else [chat]
    servers: Sequence[ChatServer | None] = [
        _first_server(chosen) if chosen.url else None,
        *chosen.fallback,
    ]
    return [
        (server, model)
        for server, model in zip(servers, models, strict=False)
        if server is not None and isinstance(model, CompatibleChatModel)
    ]


def chat_window(settings: Settings, chat: "BaseChatModel") -> "Window":
    """What the chat model can read at once, to begin with: the probe may know better."""
    from agent.window import UnboundedWindow
    from serving.models.endpoint.window import TEMPLATE_TOKENS, ModelWindow

    chosen = settings.chat
    if chosen.is_embedded:
        return UnboundedWindow()
    if chosen.api == "local":
        from serving.models.chat.local import LocalChatModel

        known = chat.context_tokens if isinstance(chat, LocalChatModel) else None
        tokens = chosen.context_tokens or known
        return ModelWindow(tokens, reply=chosen.max_tokens, template=TEMPLATE_TOKENS)
    server = _first_server(chosen)
    return _window(server, chosen.context_tokens, reply=chosen.max_tokens, template=TEMPLATE_TOKENS)


def _window(
    server: ChatServer | SqlCoderSettings, tokens: int | None, *, reply: int, template: int = 0
) -> "Window":
    """The window of a server that is asked for it when it matters first."""
    from serving.models.endpoint.identity import ServerIdentity, identify_server
    from serving.models.endpoint.window import ModelWindow

    window = ModelWindow(tokens, reply=reply, template=template)

    async def ask() -> bool:
        found = await identify_server(window, server.url or "", api_key=secret(server.api_key))
        return found != ServerIdentity()

    window.ask_server = ask
    return window


def sql_writer(
    settings: Settings, chat: "BaseChatModel", window: "Window | None" = None
) -> "SqlWriter":
    """What writes SQL: its own model where one is set, else the chat model, else the embedded one.

    `window` is the chat model's.
    """
    coder = settings.sql_coder
    name = model_names(settings)["sql_coder"]
    if coder.url is not None:
        from agent.sql_writers import STATEMENT_TOKENS, CompletionSqlWriter
        from serving.models.sql_coder import TgiCompletion

        model = TgiCompletion(coder.url, api_key=secret(coder.api_key), patience=_patience(coder))
        room = _window(coder, coder.context_tokens, reply=STATEMENT_TOKENS)
        return CompletionSqlWriter(model, name, room)
    if not settings.chat.is_embedded:
        from agent.sql_writers import ChatSqlWriter

        return ChatSqlWriter(chat, name, window or chat_window(settings, chat))
    from serving.models.embedded.chat.model import EmbeddedChat
    from serving.models.embedded.sql_writer import EmbeddedSqlWriter

    shared = chat.readers if isinstance(chat, EmbeddedChat) else _readers(settings)
    return EmbeddedSqlWriter(name, shared)


def _readers(settings: Settings) -> "Readers":
    """What reads questions to the databases, without a look where a person is asked first."""
    from serving.models.embedded.choose.cache import Readers

    asked = (name for name, one in settings.databases.items() if one.approval != "never")
    return Readers(approved=frozenset(asked))


def embeddings(
    settings: Settings,
) -> "TeiEmbeddings | OpenAICompatibleEmbeddings | LocalEmbeddings | None":
    """The embedding model, None where BM25 works alone."""
    chosen = settings.embeddings
    if chosen.api == "local":
        from serving.models.text.local import local_embeddings

        return local_embeddings(chosen.model)
    if chosen.url is None:
        return None
    patience, key = _patience(chosen), secret(chosen.api_key)
    if chosen.api == "openai":
        from serving.models.text.openai import OpenAICompatibleEmbeddings

        return OpenAICompatibleEmbeddings(
            chosen.url, model=chosen.model, api_key=key, patience=patience
        )
    from serving.models.text.tei import TeiEmbeddings

    return TeiEmbeddings(chosen.url, api_key=key, patience=patience)


def reranker(settings: Settings) -> "Reranker | None":
    """What sorts the passages that were found, None where nothing does."""
    chosen = settings.reranker
    if chosen.api == "local":
        from serving.models.text.local import LocalReranker

        return LocalReranker(chosen.model)
    if chosen.url is None:
        return None
    from serving.models.text.tei import TeiReranker

    return TeiReranker(chosen.url, api_key=secret(chosen.api_key), patience=_patience(chosen))


def model_names(settings: Settings) -> dict[str, str]:
    """What stands behind each part, as every answer, `docsql doctor` and the page name it."""
    chat = chat_name(settings.chat)
    dense, sorting = settings.embeddings, settings.reranker
    return {
        "chat": chat,
        "sql_coder": settings.sql_coder.url or chat,
        "embeddings": _part_name(dense.api, dense.url, dense.model) or "none: BM25 alone",
        "reranker": _part_name(sorting.api, sorting.url, sorting.model) or "none",
    }


def chat_name(chat: ChatSettings) -> str:
    """The chat model as an answer names it."""
    if chat.is_embedded:
        return EMBEDDED
    if chat.api == "local":
        return f"{chat.model} in this process"
    return _named(_first_server(chat))


def secret(value: SecretStr | None) -> str | None:
    """The value of a setting that is never shown."""
    return value.get_secret_value() if value else None


def _patience(server: SqlCoderSettings | EmbeddingsSettings | RerankerSettings) -> "CallPolicy":
    from serving.models.endpoint.endpoint import CallPolicy

    return CallPolicy(silence_s=server.timeout_s, tries=server.tries, at_once=server.at_once)


def _part_name(api: str, url: str | None, model: str) -> str | None:
    match api:
        case "local":
            return f"{model} in this process"
        case "openai" if url:
            return f"{model} at {url}"
        case _:
            return url


def _first_server(chat: ChatSettings) -> ChatServer:
    api = "openai" if chat.api == "openai" else "tgi"
    return ChatServer(url=chat.url or "", api=api, model=chat.model, api_key=chat.api_key)


def _named(server: ChatServer) -> str:
    return f"{server.model} at {server.url}"


def _served(
    server: ChatServer, chosen: ChatSettings, *, forwards_token: bool = False
) -> "CompatibleChatModel":
    """A model behind a server; those that stand in may be strangers, and get no caller's token."""
    from serving.auth.forwarding import forwarded_token
    from serving.models.chat.capabilities import ChatCapabilities
    from serving.models.chat.openai_compatible import openai_chat
    from serving.models.chat.tgi import tgi_chat
    from serving.models.endpoint.endpoint import CallPolicy

    connect = openai_chat if server.api == "openai" else tgi_chat
    patience = CallPolicy(
        first_token_s=chosen.first_token_s,
        silence_s=chosen.timeout_s,
        tries=chosen.tries,
        at_once=chosen.at_once,
    )
    return connect(
        server.url,
        model=server.model,
        api_key=secret(server.api_key),
        patience=patience,
        manner=None if chosen.tools == "probe" else ChatCapabilities(chosen.tools),
        temperature=chosen.temperature,
        max_tokens=chosen.max_tokens,
        token=forwarded_token if forwards_token else None,
    )
