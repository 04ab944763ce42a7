"""Searches of a turn for the question itself: what is asked twice is looked up, and audited, once."""

from collections.abc import Generator, Sequence
from contextlib import contextmanager
from contextvars import ContextVar

from agent.toolbox import DocumentSearch
from tools.caller import Caller
from tools.documents.passage import SearchResult

_Key = tuple[str, Caller, tuple[str, ...] | None, int]
_FOUND: ContextVar[dict[_Key, SearchResult] | None] = ContextVar(
    "searches made in a turn", default=None
)


@contextmanager
def one_search_a_turn() -> Generator[None]:
    """Keep what is found within, in the tasks that begin there too."""
    token = _FOUND.set({})
    try:
        yield
    finally:
        _FOUND.reset(token)


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
    kept = _FOUND.get()
    if kept is not None and key in kept:
        return kept[key]
    found = await documents.search(question, caller=caller, collections=collections, limit=limit)
    if kept is not None:
        kept[key] = found
    return found
