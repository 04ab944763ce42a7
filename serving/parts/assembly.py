"""Settings become objects here, and only here: every choice of a part is one function."""

import asyncio
from collections.abc import AsyncGenerator, Generator, Mapping, Sequence
from contextlib import (
    AbstractAsyncContextManager,
    AsyncExitStack,
    asynccontextmanager,
    closing,
    contextmanager,
)
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING

from agent.approval import ApprovalRule
from agent.permitted import permitted
from agent.toolbox import Toolbox
from serving.config.secrets import secret
from serving.config.settings import Settings
from serving.observability.audit import audit_in
from serving.parts.chat import ChatPart, chat_part
from serving.parts.databases import databases_of, open_database, sqlite_url
from serving.parts.documents import open_readers, open_store, originals, search_in
from serving.parts.models import (
    embedded_embeddings,
    plain_teller,
    second_writer,
    served_embeddings,
    sql_sampler,
    sql_writer,
)
from serving.parts.names import model_names
from tools.sql.run import Database

if TYPE_CHECKING:
    from limits.aio.storage import Storage

    from agent.evaluation.baselines import AgentName
    from agent.evaluation.dataset import CorpusEntry
    from agent.graph import Machine
    from serving.conversations.service import Conversations
    from serving.conversations.store import ThreadStore
    from serving.conversations.usage import UsageBook
    from serving.observability.metrics import Metrics
    from serving.turns.admission import Admission
    from serving.turns.turn import Turns
    from tools.documents.originals import Originals
    from tools.documents.readers import FileReaders
    from tools.documents.search import Search
    from tools.documents.store import DocumentStore

READERS = 2
"""Processes in which a service reads what is uploaded."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Parts:
    """Everything that a service works with.

    `models` names the model behind each part. `found` has the probe results of the chat models'
    servers by address; it grows while the probe runs. `shared` counts for limits across processes.
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
    shared: "Storage | None" = None


@asynccontextmanager
async def open_parts(
    settings: Settings, *, may_be_away: bool = False, agent: "AgentName" = "docsql"
) -> AsyncGenerator[Parts]:
    """Open what the settings name, and close it again.

    A service whose Milvus or embedding server `may_be_away` looks for it when it is needed. An
    `agent` other than our own is a baseline to be measured.

    Raises:
        Unavailable: a part cannot be opened; the message names the setting behind it.
    """
    from serving.conversations.service import Conversations
    from serving.conversations.usage import UsageBook
    from serving.observability.metrics import Metrics
    from serving.observability.telemetry import tracing

    async with AsyncExitStack() as stack:
        stack.enter_context(tracing(settings.telemetry))
        metrics = Metrics(audit_in(settings))
        databases = stack.enter_context(databases_of(settings, audit=metrics))
        store = stack.enter_context(open_store(settings, may_be_away=may_be_away))
        threads = await stack.enter_async_context(_open_threads(settings))
        search = stack.enter_context(closing(search_in(store, settings, audit=metrics)))
        chat = chat_part(settings, databases)
        found = await stack.enter_async_context(_probed(settings, chat))
        toolbox = _toolbox(settings, chat, search, databases, threads)
        book = UsageBook(threads)
        stack.push_async_callback(book.close)
        shared = _shared_counters(settings, threads)
        admission = _admission(settings, book, metrics, shared, threads)
        graph = _graph(agent, settings, toolbox, threads)
        turns = _turns(settings, graph, toolbox, search, threads, metrics, admission)
        yield Parts(
            settings=settings,
            databases=databases,
            store=store,
            search=search,
            turns=turns,
            metrics=metrics,
            conversations=Conversations(threads, turns.alone),
            toolbox=toolbox,
            models=turns.models,
            readers=stack.enter_context(open_readers(settings, READERS)),
            originals=originals(settings),
            found=found,
            shared=shared,
        )


def _open_threads(settings: Settings) -> "AbstractAsyncContextManager[ThreadStore]":
    from serving.conversations.store import open_threads

    return open_threads(threads_uri(settings), keep_days=settings.threads.keep_days)


@asynccontextmanager
async def _probed(settings: Settings, chat: ChatPart) -> AsyncGenerator[Mapping[str, str]]:
    """Keep connections to the chat models' servers, and probe them in the background.

    The result maps a server's name to what was found.
    """
    if settings.chat.is_embedded:
        yield {}
        return
    from serving.parts.probes import probes_of, start_probing

    async with AsyncExitStack() as kept:
        for served in chat.servers:
            await kept.enter_async_context(served.model.completions.kept())
        probes = probes_of(settings, chat)
        task = await start_probing(probes)
        try:
            yield probes.found
        finally:
            task.cancel()


def _toolbox(
    settings: Settings,
    chat: ChatPart,
    search: "Search",
    databases: Mapping[str, Database],
    threads: "ThreadStore",
) -> Toolbox:
    from serving.models.embedded.offers import QuestionOffers

    return Toolbox(
        chat=chat.model,
        sql_writer=sql_writer(settings, chat),
        documents=search,
        databases=databases,
        ledger=threads,
        passages=settings.documents.passages,
        help=QuestionOffers(
            chat.readers,
            is_alone=settings.chat.is_embedded,
            embeddings=embedded_embeddings(settings),
        ),
        rules=approval_rules(settings),
        deciding=chat.deciding,
        window=chat.window,
        second=second_writer(settings, chat),
        sampler=sql_sampler(settings, chat),
        samples=settings.answers.samples,
        chooses=not settings.chat.is_embedded,
        risk=settings.answers.risk,
        least_confidence=settings.answers.least_confidence,
        plain=plain_teller(settings, chat, databases),
    )


def _graph(
    agent: "AgentName", settings: Settings, toolbox: Toolbox, threads: "ThreadStore"
) -> "Machine":
    if agent == "docsql":
        from agent.graph import build_graph

        return build_graph(toolbox, checkpointer=threads.saver)
    from agent.evaluation.baselines import build_agent

    is_embedded = settings.chat.is_embedded
    return build_agent(agent, toolbox, checkpointer=threads.saver, chooses_by_calls=is_embedded)


def _turns(
    settings: Settings,
    graph: "Machine",
    toolbox: Toolbox,
    search: "Search",
    threads: "ThreadStore",
    metrics: "Metrics",
    admission: "Admission",
) -> "Turns":
    from serving.observability.model_watch import ModelWatch
    from serving.observability.telemetry import callbacks
    from serving.turns.turn import Turns

    models = model_names(settings)
    has_content = settings.telemetry.log_content
    watch = ModelWatch(metrics, models["chat"], has_content=has_content)
    return Turns(
        graph=graph,
        threads=threads,
        models=models,
        limit_s=settings.service.turn_limit_s,
        databases=lambda caller: permitted(toolbox.databases, caller),
        documents=search,
        metrics=metrics,
        callbacks=[watch, *callbacks(settings.telemetry)],
        admission=admission,
    )


def _shared_counters(settings: Settings, threads: "ThreadStore") -> "Storage | None":
    """Counters in PostgreSQL, where other processes may serve the same callers."""
    from serving.config.data import POSTGRESQL

    if not threads_uri(settings).startswith(POSTGRESQL):
        return None
    from serving.conversations.counters import SharedCounters

    return SharedCounters(threads)


def _admission(
    settings: Settings,
    book: "UsageBook",
    metrics: "Metrics",
    shared: "Storage | None",
    threads: "ThreadStore",
) -> "Admission":
    from serving.conversations.counters import SharedRunningTurns
    from serving.turns.admission import Admission
    from serving.turns.minutes import tokens_per_minute
    from serving.turns.monthly import MonthlyCap
    from serving.turns.reservations import FIRST_TOKENS, LocalRunningTurns, TokenReservations

    limits, coder = settings.limits, settings.sql_coder.url
    costs_nothing = settings.chat.is_embedded and coder is None
    return Admission(
        limits.turns,
        limits.turns_per_caller,
        tokens_per_minute(limits.tokens_per_minute, shared),
        MonthlyCap(book, limits.tokens_per_month, limits.tokens_per_month_of),
        (metrics, book),
        TokenReservations(
            SharedRunningTurns(threads) if shared else LocalRunningTurns(),
            settings.service.turn_limit_s,
            0 if costs_nothing else FIRST_TOKENS,
        ),
    )


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

    return build_graph(_toolbox_alone(settings, chat_part(settings, {}), {}))


def approval_rules(settings: Settings) -> dict[str, ApprovalRule]:
    """When a person is asked before a statement runs, by database."""
    return {
        name: ApprovalRule(database.approval, database.approval_rows)
        for name, database in settings.databases.items()
    }


@contextmanager
def toolbox_over(
    settings: Settings,
    files: Mapping[str, Path],
    search: "Search | None" = None,
    models: Mapping[str, Path] | None = None,
) -> "Generator[Toolbox]":
    """A toolbox for evaluation: these SQLite files with their semantic models, and optionally a search.

    The chat model's server is spoken to as it is found to want it, as in a service.
    """
    meant = models or {}
    databases = {
        name: open_database(sqlite_url(path), name=name, model=meant.get(name))
        for name, path in files.items()
    }
    chat = chat_part(settings, databases)
    _probe_now(settings, chat)
    try:
        yield _toolbox_alone(settings, chat, databases, search)
    finally:
        for database in databases.values():
            database.close()


def _probe_now(settings: Settings, chat: ChatPart) -> None:
    from anyio.from_thread import start_blocking_portal

    from serving.parts.probes import probes_of

    with start_blocking_portal() as portal:
        portal.call(probes_of(settings, chat).learn)


def _toolbox_alone(
    settings: Settings,
    chat: ChatPart,
    databases: Mapping[str, Database],
    search: "Search | None" = None,
) -> Toolbox:
    """The toolbox outside a service: without threads and without approval."""
    from agent.ledger import MemoryLedger

    return Toolbox(
        chat=chat.model,
        sql_writer=sql_writer(settings, chat),
        documents=search,
        databases=databases,
        ledger=MemoryLedger(),
        deciding=chat.deciding,
        window=chat.window,
        second=second_writer(settings, chat),
        sampler=sql_sampler(settings, chat),
        samples=settings.answers.samples,
        chooses=not settings.chat.is_embedded,
        risk=settings.answers.risk,
        least_confidence=settings.answers.least_confidence,
        plain=plain_teller(settings, chat, databases),
    )


@contextmanager
def search_over(settings: Settings, entries: "Sequence[CorpusEntry]") -> "Generator[Search]":
    """Search over a corpus alone, in a store that is gone afterwards."""
    from agent.evaluation.corpus import store_corpus
    from tools.documents.store import DocumentStore

    with (
        TemporaryDirectory() as folder,
        DocumentStore.open(
            f"{folder}/corpus.db",
            embeddings=served_embeddings(settings),
            behind=embedded_embeddings(settings),
        ) as store,
    ):
        store_corpus(entries, store, collection="corpus")
        if store.vectors:
            store.vectors.fill()
        with closing(search_in(store, settings)) as search:
            yield search


def threads_uri(settings: Settings) -> str:
    """Where the threads are kept: a file's path, or the URI of a server."""
    return secret(settings.threads.uri) or str(settings.data / "threads.db")
