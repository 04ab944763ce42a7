"""Whether each part behind the service answers, asked when somebody wants to know."""

import asyncio
from collections.abc import Callable, Mapping
from typing import TypeVar

import anyio

from agent.permitted import permitted
from serving.parts.assembly import Parts
from serving.parts.documents import access_control
from serving.parts.golden import golden_problems
from serving.parts.servers import model_problems, model_servers, server_identities
from serving.wire.service import DatabaseInfo, Dependency, NextVectors, Readiness, VectorCoverage
from tools.caller import Caller
from tools.documents.scope import SearchScope
from tools.documents.store import DocumentStore
from tools.documents.vectors import Coverage
from tools.errors import DocsqlError
from tools.sql.run import Database

T = TypeVar("T")

PATIENCE_S = 2.5
"""Seconds that all parts together have to answer: a probe or a page that asks waits for three."""
SILENT = f"No answer within {PATIENCE_S:g} seconds."


async def readiness(parts: Parts, caller: Caller) -> Readiness:
    """Ask every part at once for a sign of life; collections are named that the caller may read.

    The service is ready where a turn can be taken: without its chat model or its threads none can,
    without a database or the documents what they know is missing, and the answer says so.
    """
    (
        found,
        (collections, no_documents),
        no_threads,
        servers,
        vectors,
        following,
    ) = await asyncio.gather(
        _databases(permitted(parts.databases, caller)),
        _documents(parts, caller),
        _threads(parts),
        _in_time(lambda: model_servers(parts.settings), []),
        _in_time(lambda: vector_coverage(parts.store), None),
        _in_time(lambda: next_vectors(parts), None),
    )
    problems = model_problems(servers)
    documents, place = parts.settings.documents.uri or "", parts.turns.threads.place
    return Readiness(
        ready=not (parts.turns.admission.is_closing or no_threads or "chat" in problems),
        models=dict(parts.models),
        found={**server_identities(servers), **parts.found},
        problems=problems,
        databases=found,
        collections=collections,
        vectors=vectors,
        next_vectors=following,
        dependencies=[
            *(_state(f"database {info.name}", info.description, info.problem) for info in found),
            _state("documents", documents if "://" in documents else "Milvus Lite", no_documents),
            _state("threads", str(place) if place.is_server else "SQLite", no_threads),
            *(_state(server.part, server.url, server.problem) for server in servers),
        ],
    )


def vector_coverage(store: DocumentStore) -> VectorCoverage | None:
    """How far the vectors of a store are; None where none follow, or nobody can say."""
    try:
        found = store.vectors.coverage() if store.vectors else None
    except DocsqlError:
        return None
    return VectorCoverage(passages=found.passages, done=found.done) if found else None


def next_vectors(parts: Parts) -> NextVectors | None:
    """How far the next embedding model is; None where none is set."""
    if parts.settings.embeddings.next is None:
        return None
    try:
        following = parts.store.dense.following()
        vectors = following or parts.store.vectors
        found = vectors.coverage() if vectors else Coverage(0, 0)
    except DocsqlError as error:
        return NextVectors(passages=0, done=0, problem=str(error))
    return NextVectors(passages=found.passages, done=found.done, is_used=following is None)


def _state(name: str, what: str, problem: str) -> Dependency:
    return Dependency(name=name, what=what, ready=not problem, problem=problem)


async def _databases(databases: Mapping[str, Database]) -> list[DatabaseInfo]:
    return list(
        await asyncio.gather(
            *(
                _in_time(
                    lambda name=name, database=database: _database(name, database),
                    DatabaseInfo(name=name, description=database.description, problem=SILENT),
                )
                for name, database in databases.items()
            )
        )
    )


def _database(name: str, database: Database) -> DatabaseInfo:
    info = DatabaseInfo(name=name, description=database.description)
    try:
        database.schema()
        info.golden_problems = golden_problems(database)
    except DocsqlError as error:
        info.problem = str(error)
    return info


async def _documents(parts: Parts, caller: Caller) -> tuple[list[str], str]:
    """The collections, and what is wrong with their store if anything is."""
    visible = SearchScope(access_control(parts.settings).groups_of(caller))
    try:
        named = await _in_time(lambda: list(parts.store.collections(visible)), None)
    except DocsqlError as error:
        return [], str(error)
    return ([], SILENT) if named is None else (named, "")


async def _threads(parts: Parts) -> str:
    """The problem of the thread store, if any."""
    try:
        async with asyncio.timeout(PATIENCE_S):
            await parts.turns.threads.ask(lambda records: records.thread(""))
    except TimeoutError:
        return SILENT
    except DocsqlError as error:
        return str(error)
    return ""


async def _in_time(work: Callable[[], T], silent: T) -> T:
    """The result of blocking work, or `silent` after the timeout."""
    with anyio.move_on_after(PATIENCE_S):
        return await anyio.to_thread.run_sync(work, abandon_on_cancel=True)
    return silent
