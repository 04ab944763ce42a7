"""The chat model and all that is decided with it: embedded, in this process, or behind servers."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from agent.window import UnboundedWindow, Window
from serving.config.models import ChatServer, ChatSettings, EmbeddingModelSettings
from serving.config.secrets import secret
from serving.config.settings import Settings
from serving.parts.names import chat_name, first_server, server_name

if TYPE_CHECKING:
    from langchain_core.language_models import BaseChatModel

    from agent.advice import Deciding
    from serving.models.chat.openai_compatible import CompatibleChatModel
    from serving.models.embedded.choose.cache import Readers
    from serving.models.endpoint.window import ModelWindow
    from tools.sql.run import Database
    from tools.text_match import TextMatcher


@dataclass(frozen=True, slots=True)
class ServedChat:
    """A served chat model; the size that the server reports is passed to `window`."""

    server: ChatServer
    model: "CompatibleChatModel"
    window: "ModelWindow"


@dataclass(frozen=True, slots=True, kw_only=True)
class ChatPart:
    """The chat model, built once, with what the other parts have to know of it.

    `name` is how answers name it; `window` says how many tokens it reads at once. `servers` are
    those behind it, the first one first, and none where it runs in this process. `readers` read
    questions to databases without a language model: instead of one, or beside it. `deciding` says
    how tools are chosen; probing the servers changes it.
    """

    model: "BaseChatModel"
    name: str
    window: Window
    readers: "Readers"
    deciding: "Deciding"
    servers: Sequence[ServedChat] = ()


def chat_part(
    settings: Settings,
    databases: "Mapping[str, Database]",
) -> ChatPart:
    """The chat model of the settings; the embedded one looks at the databases."""
    from serving.models.embedded.choose.cache import Readers

    readers = Readers(approved=_asked_first(settings))
    if settings.chat.is_embedded:
        return _embedded(settings, databases, readers)
    deciding = _deciding(settings, databases, readers)
    beside = _Beside(chat_name(settings.chat), readers, deciding)
    local = settings.chat.api == "local"
    return _local(settings.chat, beside) if local else _behind_servers(settings.chat, beside)


@dataclass(frozen=True, slots=True)
class _Beside:
    """What stands beside a language model, whatever it runs on."""

    name: str
    readers: "Readers"
    deciding: "Deciding"

    def part(
        self, model: "BaseChatModel", window: Window, servers: Sequence[ServedChat] = ()
    ) -> ChatPart:
        return ChatPart(
            model=model,
            name=self.name,
            window=window,
            readers=self.readers,
            deciding=self.deciding,
            servers=servers,
        )


def _embedded(
    settings: Settings, databases: "Mapping[str, Database]", readers: "Readers"
) -> ChatPart:
    from agent.advice import Deciding
    from serving.models.embedded.chat.model import EmbeddedChat

    model = EmbeddedChat(
        databases=databases, readers=readers, matcher=text_matcher(settings.embeddings)
    )
    # It has looked at both sources before it chose one.
    beside = _Beside(chat_name(settings.chat), readers, Deciding(falls_back=False))
    return beside.part(model, UnboundedWindow())


def text_matcher(chosen: EmbeddingModelSettings) -> "TextMatcher | None":
    """What tells which sentences mean the same; None where its weights do not fit the model's cosines."""
    if not chosen.is_embedded or chosen.model:
        return None
    from serving.models.text.matching import TokenMatcher
    from serving.models.text.onnx import packaged_embeddings

    return TokenMatcher(packaged_embeddings(threads=chosen.threads))


def _deciding(
    settings: Settings, databases: "Mapping[str, Database]", readers: "Readers"
) -> "Deciding":
    from agent.advice import Deciding
    from serving.models.embedded.chat.advising import EmbeddedAdvisor

    return Deciding(
        advisor=EmbeddedAdvisor(databases, readers, text_matcher(settings.embeddings)),
        by="embedded" if settings.chat.decides == "embedded" else "model",
        ahead=settings.turn.ahead or ("all" if settings.sql_coder.url else "documents"),
    )


def _asked_first(settings: Settings) -> frozenset[str]:
    """The databases that are not looked at for a reading, since a person is asked first."""
    return frozenset(name for name, one in settings.databases.items() if one.approval != "never")


def _local(chosen: ChatSettings, beside: _Beside) -> ChatPart:
    from serving.models.chat.local import local_chat
    from serving.models.endpoint.window import TEMPLATE_TOKENS, ModelWindow

    model = local_chat(chosen.model, temperature=chosen.temperature, max_tokens=chosen.max_tokens)
    tokens = chosen.context_tokens or model.context_tokens
    window = ModelWindow(tokens, reply=chosen.max_tokens, template=TEMPLATE_TOKENS)
    return _with_fallback(chosen, model, window, beside)


def _behind_servers(chosen: ChatSettings, beside: _Beside) -> ChatPart:
    from serving.models.endpoint.window import TEMPLATE_TOKENS
    from serving.parts.windows import window_of_server

    server = first_server(chosen)
    window = window_of_server(
        server, chosen.context_tokens, reply=chosen.max_tokens, template=TEMPLATE_TOKENS
    )
    model = _connected(server, chosen, forwards_token=chosen.forward_token)
    return _with_fallback(chosen, model, window, beside, ServedChat(server, model, window))


def _with_fallback(
    chosen: ChatSettings,
    first: "BaseChatModel",
    window: "ModelWindow",
    beside: _Beside,
    *served: ServedChat,
) -> ChatPart:
    """The model with its fallbacks; a prompt has to fit all of them."""
    if not chosen.fallback:
        return beside.part(first, window, served)
    from serving.models.chat.chain import ChatChain, ChatChainMember

    others = [ServedChat(one, _connected(one, chosen), window) for one in chosen.fallback]
    members = [ChatChainMember(server_name(one.server), one.model) for one in others]
    chain = ChatChain(members=(ChatChainMember(beside.name, first), *members))
    return beside.part(chain, window, (*served, *others))


def _connected(
    server: ChatServer, chosen: ChatSettings, *, forwards_token: bool = False
) -> "CompatibleChatModel":
    """A served model; fallbacks may belong to others and never get a caller's token."""
    from serving.auth.forwarding import forwarded_token
    from serving.models.chat.capabilities import ChatCapabilities
    from serving.models.chat.openai_compatible import openai_chat
    from serving.models.chat.tgi import tgi_chat
    from serving.models.endpoint.endpoint import CallPolicy

    connect = openai_chat if server.api == "openai" else tgi_chat
    policy = CallPolicy(
        first_token_s=chosen.first_token_s,
        silence_s=chosen.timeout_s,
        tries=chosen.tries,
        at_once=chosen.at_once,
    )
    return connect(
        server.url,
        model=server.model,
        api_key=secret(server.api_key),
        policy=policy,
        capabilities=None if chosen.tools == "probe" else ChatCapabilities(chosen.tools),
        temperature=chosen.temperature,
        max_tokens=chosen.max_tokens,
        token=forwarded_token if forwards_token else None,
    )
