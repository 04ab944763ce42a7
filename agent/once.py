"""What a turn looks up once: searches for the question itself, and statements that a reader tries.

What is asked for again is neither looked up nor audited again.
"""

from collections.abc import Generator, Sequence
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, field

from agent.toolbox import DocumentSearch
from tools.caller import Caller
from tools.documents.passage import SearchResult
from tools.sql.run import Database, QueryResult

_Search = tuple[str, Caller, tuple[str, ...] | None, int]
_Statement = tuple[Database, str, Caller]


@dataclass(frozen=True, slots=True)
class _Known:
    found: dict[_Search, SearchResult] = field(default_factory=dict[_Search, SearchResult])
    ran: dict[_Statement, QueryResult] = field(default_factory=dict[_Statement, QueryResult])


_KNOWN: ContextVar[_Known | None] = ContextVar("what a turn has looked up", default=None)


@contextmanager
def once_a_turn() -> Generator[None]:
    """Keep what is looked up within, in the tasks and threads that begin there too."""
    token = _KNOWN.set(_Known())
    try:
        yield
    finally:
        _KNOWN.reset(token)


async def search_once(
    documents: DocumentSearch,
    question: str,
    *,
    caller: Caller,
    collections: Sequence[str] | None,
    limit: int,
) -> SearchResult:
    """What a search for this finds, or found earlier in the turn.

    Raises:
        UnknownName: a collection does not exist.
        Unavailable: the vector store does not answer.
    """
    key = (question, caller, None if collections is None else tuple(collections), limit)
    known = _KNOWN.get()
    if known is not None and key in known.found:
        return known.found[key]
    found = await documents.search(question, caller=caller, collections=collections, limit=limit)
    if known is not None:
        known.found[key] = found
    return found


def try_statement(database: Database, sql: str, *, caller: Caller) -> QueryResult:
    """Run a statement, and keep its rows for the rest of the turn; blocks.

    Raises:
        Refused, QueryFailed, TooSlow, Unavailable: as `Database.run` does.
    """
    result, known = database.run(sql, caller=caller), _KNOWN.get()
    if known is not None:
        known.ran[database, sql, caller] = result
    return result


def tried(database: Database, sql: str, *, caller: Caller) -> QueryResult | None:
    """The rows of this very statement, where the turn has tried it for this caller."""
    known = _KNOWN.get()
    return None if known is None else known.ran.get((database, sql, caller))
