"""Settings become objects here, and only here: every choice of a part is one function."""

import asyncio
from collections.abc import AsyncGenerator, Generator, Mapping, Sequence
from contextlib import AsyncExitStack, asynccontextmanager, closing, contextmanager
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING

from agent.approval import ApprovalRule
from agent.toolbox import Toolbox
from serving.config.settings import Settings
from serving.observability.audit import audit_in
from serving.parts.databases import open_database, open_databases, sqlite_url
from serving.parts.documents import open_readers, open_store, originals, search_in
from serving.parts.models import (
    chat_model,
    chat_window,
    embeddings,
    model_names,
    secret,
    served_chats,
    sql_writer,
)
from tools.sql.run import Database

if TYPE_CHECKING:
    from langchain_core.language_models import BaseChatModel

    from agent.evaluation.dataset import CorpusEntry
    from agent.graph import Machine
    from agent.window import Window
    from serving.conversations.service import Conversations
    from serving.observability.metrics import Metrics
    from serving.turns.turn import Turns
    from tools.documents.originals import Originals
    from tools.documents.readers import FileReaders
    from tools.documents.search import Search
    from tools.documents.store import DocumentStore

READERS = 2
"""Processes in which a service reads what is uploaded."""


@dataclass(frozen=True, slots=True)
class Parts:
    """Everything that a service works with; `models` names what stands behind each part.

    `found` is what the probe found out about the chat models' servers, by their address.
    """

    settings: Settings
    databases: Mapping[str, Database]
    store: "DocumentStore"
    search: "Search"
    turns: "Turns"
    metrics: "Metrics"
    conversations: "Conversations"
    toolbox: Toolbox
    models: Mapping[str, str]
    readers: "FileReaders"
    originals: "Originals | None"
    found: Mapping[str, str]


@asynccontextmanager
async def open_parts(settings: Settings, *, may_be_away: bool = False) -> AsyncGenerator[Parts]:
    """Open what the settings name, and close it again.

    A service whose Milvus or embedding server `may_be_away` looks for it when it is needed.

    Raises:
        Unavailable: a part cannot be opened; the message names the setting behind it.
    """
    from agent.graph import build_graph
    from serving.conversations.service import Conversations
    from serving.conversations.store import open_threads
    from serving.observability.metrics import Metrics
    from serving.observability.model_watch import ModelWatch
    from serving.observability.telemetry import callbacks, tracing
    from serving.turns.admission import Admission, tokens_per_minute
    from serving.turns.turn import Turns

    async with AsyncExitStack() as stack:
        stack.enter_context(tracing(settings.telemetry))
        metrics = Metrics(audit_in(settings))
        databases = open_databases(settings, audit=metrics)
        for database in databases.values():
            stack.callback(database.close)
        store = stack.enter_context(open_store(settings, may_be_away=may_be_away))
        threads = await stack.enter_async_context(
            open_threads(threads_uri(settings), keep_days=settings.threads.keep_days)
        )
        search = search_in(store, settings, audit=metrics)
        stack.callback(search.close)
        chat = chat_model(settings, databases, search)
        window = chat_window(settings, chat)
        found = await stack.enter_async_context(_connected(settings, chat, window))
        toolbox = Toolbox(
            chat=chat,
            sql_writer=sql_writer(settings, chat, window),
            documents=search,
            databases=databases,
            ledger=threads,
            passages=settings.documents.passages,
            rules=approval_rules(settings),
            window=window,
        )
        graph = build_graph(toolbox, checkpointer=threads.saver)
        models = model_names(settings)
        watch = ModelWatch(metrics, models["chat"], has_content=settings.telemetry.log_content)
        turns = Turns(
            graph,
            threads,
            models,
            settings.service.turn_limit_s,
            frozenset(databases),
            search,
            metrics,
            [watch, *callbacks(settings.telemetry)],
            Admission(
                settings.limits.turns,
                settings.limits.turns_per_caller,
                tokens_per_minute(settings.limits.tokens_per_minute),
            ),
        )
        conversations = Conversations(threads, turns.alone)
        readers = stack.enter_context(open_readers(settings, READERS))
        yield Parts(
            settings,
            databases,
            store,
            search,
            turns,
            metrics,
            conversations,
            toolbox,
            models,
            readers,
            originals(settings),
            found,
        )


@asynccontextmanager
async def _connected(
    settings: Settings, chat: "BaseChatModel", window: "Window"
) -> AsyncGenerator[Mapping[str, str]]:
    """Keep connections to the chat models' servers, and find out how these have to be spoken to.

    The latter in the background; what was found is given by the server's name.
    """
    if settings.chat.is_embedded:
        yield {}
        return
    from serving.parts.probes import probes_of, start_probing

    async with AsyncExitStack() as kept:
        for _, model in served_chats(settings, chat):
            await kept.enter_async_context(model.completions.kept())
        probes = probes_of(settings, chat, window)
        task = await start_probing(probes)
        try:
            yield probes.found
        finally:
            task.cancel()


@asynccontextmanager
async def open_conversations(settings: Settings) -> "AsyncGenerator[Conversations]":
    """The threads alone, without the parts that answer; also beside a service that runs."""
    from serving.conversations.service import Conversations
    from serving.conversations.store import open_threads

    async with open_threads(threads_uri(settings)) as threads:
        yield Conversations(threads, lambda _: asyncio.Lock())


def drawable_graph(settings: Settings) -> "Machine":
    """The machine with nothing opened behind it, to be drawn."""
    from agent.graph import build_graph
    from agent.ledger import MemoryLedger

    chat = chat_model(settings, {})
    return build_graph(Toolbox(chat, sql_writer(settings, chat), None, {}, MemoryLedger()))


def approval_rules(settings: Settings) -> dict[str, ApprovalRule]:
    """When a person is asked before a statement runs, by database."""
    return {
        name: ApprovalRule(database.approval, database.approval_rows)
        for name, database in settings.databases.items()
    }


@contextmanager
def toolbox_over(
    settings: Settings, files: Mapping[str, Path], search: "Search | None" = None
) -> "Generator[Toolbox]":
    """What the agent is given to be measured: these SQLite files, and a search or none."""
    from agent.ledger import MemoryLedger

    databases = {name: open_database(sqlite_url(path), name=name) for name, path in files.items()}
    chat = chat_model(settings, databases, search)
    try:
        yield Toolbox(chat, sql_writer(settings, chat), search, databases, MemoryLedger())
    finally:
        for database in databases.values():
            database.close()


@contextmanager
def search_over(settings: Settings, entries: "Sequence[CorpusEntry]") -> "Generator[Search]":
    """Search over a corpus alone, in a store that is gone afterwards."""
    from agent.evaluation.corpus import store_corpus
    from tools.documents.store import DocumentStore

    with (
        TemporaryDirectory() as folder,
        DocumentStore.open(f"{folder}/corpus.db", embeddings=embeddings(settings)) as store,
    ):
        store_corpus(entries, store, collection="corpus")
        with closing(search_in(store, settings)) as search:
            yield search


def threads_uri(settings: Settings) -> str:
    """Where the threads are kept: a file's path, or the URI of a server."""
    return secret(settings.threads.uri) or str(settings.data / "threads.db")
