"""Settings become models here, but for the chat model: by a server, in this process, or embedded."""

from typing import TYPE_CHECKING

from serving.config.models import EmbeddingModelSettings, RerankerSettings, SqlCoderSettings
from serving.config.secrets import secret
from serving.config.settings import Settings
from serving.parts.chat import ChatPart, text_matcher
from serving.parts.names import model_names

if TYPE_CHECKING:
    from collections.abc import Mapping

    from langchain_core.language_models import BaseChatModel

    from agent.toolbox import SqlSampler, SqlWriter
    from serving.models.endpoint.endpoint import CallPolicy
    from serving.models.text.local import LocalEmbeddings
    from serving.models.text.onnx import OnnxEmbeddings
    from serving.models.text.openai import OpenAICompatibleEmbeddings
    from serving.models.text.tei import TeiEmbeddings
    from tools.documents.search import Reranker
    from tools.embeddings import EmbeddingModel
    from tools.sql.run import Database


def sql_writer(settings: Settings, chat: ChatPart) -> "SqlWriter":
    """The SQL writer: the SQL coder if set, else the chat model, else the embedded one."""
    name = model_names(settings)["sql_coder"]
    if settings.sql_coder.url is not None:
        return _completing(settings.sql_coder, settings.sql_coder.url)
    if not settings.chat.is_embedded:
        from agent.sql_writers import ChatSqlWriter

        return ChatSqlWriter(chat.model, name, chat.window)
    from serving.models.embedded.sql_writer import EmbeddedSqlWriter

    return EmbeddedSqlWriter(name, chat.readers)


def plain_teller(
    settings: Settings, chat: ChatPart, databases: "Mapping[str, Database]"
) -> "BaseChatModel | None":
    """What tells rows and quotes passages beside a language model; None where there is none."""
    if settings.chat.is_embedded:
        return None
    from serving.models.embedded.chat.model import EmbeddedChat

    matcher = text_matcher(settings.embeddings)
    return EmbeddedChat(databases=databases, readers=chat.readers, matcher=matcher)


def second_writer(settings: Settings, chat: ChatPart) -> "SqlWriter | None":
    """What reads questions again beside a model that writes SQL; None where none does, or unwanted."""
    is_embedded = settings.chat.is_embedded and settings.sql_coder.url is None
    if is_embedded or not settings.answers.second_reading:
        return None
    from serving.models.embedded.sql_writer import EmbeddedSqlWriter

    return EmbeddedSqlWriter(readers=chat.readers)


def sql_sampler(settings: Settings, chat: ChatPart) -> "SqlSampler | None":
    """What writes further statements for a question; None where no chat model does, or unwanted."""
    is_completed = settings.sql_coder.url is not None
    if settings.chat.is_embedded or is_completed or not settings.answers.samples:
        return None
    from agent.sql_writers import ChatSqlWriter

    return ChatSqlWriter(chat.model, model_names(settings)["sql_coder"], chat.window)


def _completing(coder: SqlCoderSettings, url: str) -> "SqlWriter":
    from agent.sql_writers import STATEMENT_TOKENS, CompletionSqlWriter
    from serving.models.endpoint.address import without_credentials
    from serving.models.sql_coder import TgiCompletion
    from serving.parts.counted import CountedCompletion
    from serving.parts.windows import window_of_server

    model = TgiCompletion(url, api_key=secret(coder.api_key), policy=_policy(coder))
    window = window_of_server(coder, coder.context_tokens, reply=STATEMENT_TOKENS)
    name = without_credentials(url)
    return CompletionSqlWriter(CountedCompletion(model, name), name, window)


def embeddings(settings: Settings) -> "EmbeddingModel | None":
    """The embedding model, whichever it is, None where there is none.

    See `tools.embeddings` for what it takes and gives.
    """
    return embedded_embeddings(settings) or served_embeddings(settings)


def embedded_embeddings(settings: Settings) -> "OnnxEmbeddings | None":
    """The ONNX model in this process, if it is chosen; it is loaded when it is first needed."""
    return _in_process(settings.embeddings)


def next_embeddings(settings: Settings) -> "EmbeddingModel | None":
    """The embedding model that is to take over, None where none is."""
    chosen = settings.embeddings.next
    return (_in_process(chosen) or _served(chosen)) if chosen else None


def _in_process(chosen: EmbeddingModelSettings) -> "OnnxEmbeddings | None":
    if not chosen.is_embedded:
        return None
    from serving.models.text.onnx import onnx_embeddings, packaged_embeddings

    if chosen.model:
        return onnx_embeddings(chosen.model, threads=chosen.threads)
    return packaged_embeddings(threads=chosen.threads)


def served_embeddings(
    settings: Settings,
) -> "TeiEmbeddings | OpenAICompatibleEmbeddings | LocalEmbeddings | None":
    """The embedding model of a server, or of sentence-transformers; None where none is chosen."""
    return _served(settings.embeddings)


def _served(
    chosen: EmbeddingModelSettings,
) -> "TeiEmbeddings | OpenAICompatibleEmbeddings | LocalEmbeddings | None":
    if chosen.api == "local":
        from serving.models.text.local import local_embeddings

        return local_embeddings(chosen.model)
    if chosen.url is None or chosen.is_embedded or chosen.api == "none":
        return None
    policy, key = _policy(chosen), secret(chosen.api_key)
    if chosen.api == "openai":
        from serving.models.text.openai import OpenAICompatibleEmbeddings

        return OpenAICompatibleEmbeddings(
            chosen.url, model=chosen.model, api_key=key, policy=policy
        )
    from serving.models.text.tei import TeiEmbeddings

    return TeiEmbeddings(chosen.url, api_key=key, policy=policy)


def reranker(settings: Settings) -> "Reranker | None":
    """The reranker, or None."""
    chosen = settings.reranker
    if chosen.api == "local":
        from serving.models.text.local import LocalReranker

        return LocalReranker(chosen.model)
    if chosen.url is None:
        return None
    from serving.models.text.tei import TeiReranker

    return TeiReranker(chosen.url, api_key=secret(chosen.api_key), policy=_policy(chosen))


def _policy(server: SqlCoderSettings | EmbeddingModelSettings | RerankerSettings) -> "CallPolicy":
    from serving.models.endpoint.endpoint import CallPolicy

    return CallPolicy(silence_s=server.timeout_s, tries=server.tries, at_once=server.at_once)
