"""Events of the graph while it works."""

from collections.abc import Callable, Generator, Sequence
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from time import perf_counter
from typing import cast

from langgraph.config import get_stream_writer

from tools.documents.passage import FoundPassage
from tools.sql.run import QueryResult
from tools.tracing import span


@dataclass(frozen=True, slots=True)
class NodeStarted:
    """A node has begun; `call` is the id of the tool call it works for, or empty."""

    step: str
    call: str = ""
    detail: str = ""


@dataclass(frozen=True, slots=True)
class NodeFinished:
    """A node is done after `seconds`; `detail` says what came of it."""

    step: str
    seconds: float
    call: str = ""
    detail: str = ""


@dataclass(frozen=True, slots=True)
class SqlDrafted:
    """A statement that has not passed the gate yet; `attempt` counts from 1."""

    call: str
    database: str
    sql: str
    attempt: int


@dataclass(frozen=True, slots=True)
class RowsFetched:
    """A statement that ran; `id` is its evidence's id in the ledger."""

    call: str
    id: str
    result: QueryResult


@dataclass(frozen=True, slots=True)
class PassagesRetrieved:
    """A search that came back; `ids` are the passages' ids in the ledger, in their order."""

    call: str
    query: str
    ids: Sequence[str]
    passages: Sequence[FoundPassage]


@dataclass(frozen=True, slots=True)
class AnswerToken:
    """The next piece of the answer."""

    text: str


@dataclass(frozen=True, slots=True)
class ThoughtToken:
    """The next piece of what the model thinks while it works at a step; no part of any answer."""

    step: str
    text: str
    call: str = ""


@dataclass(frozen=True, slots=True)
class FallbackUsed:
    """A fallback chat model answers; `reason` says why."""

    name: str
    reason: str


@dataclass(frozen=True, slots=True)
class RequestRetried:
    """A model server did not take a request; `attempt` of `tries` begins after `after_s` seconds."""

    message: str
    attempt: int
    tries: int
    after_s: float
    is_overloaded: bool


ProgressEvent = NodeStarted | NodeFinished | SqlDrafted | RowsFetched | PassagesRetrieved
ShownEvent = ProgressEvent | RequestRetried | ThoughtToken | AnswerToken
"""Events shown while the turn runs."""
GraphEvent = ShownEvent | FallbackUsed
"""All events of the graph; fallbacks are reported with the answer."""


_TOOLS = {
    step: {"gen_ai.operation.name": "execute_tool", "gen_ai.tool.name": tool}
    for step, tool in (("search_documents", "search_documents"), ("run_sql", "query_database"))
}


_listener = ContextVar[Callable[[GraphEvent], None] | None]("listener", default=None)


@contextmanager
def sending_to(listener: Callable[[GraphEvent], None]) -> Generator[None]:
    """Have what graphs run here tell called into `listener` at once, on the event loop.

    LangGraph's own way, a stream of the mode "custom", wakes four tasks for every token.
    """
    token = _listener.set(listener)
    try:
        yield
    finally:
        _listener.reset(token)


def emit(event: GraphEvent) -> None:
    """Send an event to the listeners and the stream, if any."""
    _whoever_hears()(event)


def emit_if_heard(event: GraphEvent) -> None:
    """`emit` for what is also called outside of a turn; then nothing happens."""
    try:
        listener = _whoever_hears()
    except (RuntimeError, KeyError):  # LangGraph's, outside of a graph
        return
    listener(event)


def _whoever_hears() -> Callable[[GraphEvent], None]:
    return _listener.get() or cast("Callable[[GraphEvent], None]", get_stream_writer())


@dataclass(slots=True)
class RunningStep:
    """A node at work; it may put what came of it into `outcome`."""

    outcome: str = ""


@contextmanager
def step(name: str, *, call: str = "", detail: str = "") -> Generator[RunningStep]:
    """Tell that a node begins, and when it ends how long it took, however it ends."""
    emit(NodeStarted(name, call, detail))
    began, working = perf_counter(), RunningStep()
    try:
        with span(f"step {name}", {"docsql.step": name, **_TOOLS.get(name, {})}):
            yield working
    finally:
        emit(NodeFinished(name, perf_counter() - began, call, working.outcome))
