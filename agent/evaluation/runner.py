"""Files of questions through the same machine that answers people."""

import logging
from collections.abc import AsyncIterator, Iterable, Mapping
from dataclasses import replace

from langchain_core.runnables import RunnableConfig
from pydantic import BaseModel

from agent.caller import CALLER, THREAD
from agent.calls import QueryCall, new_call_id
from agent.evaluation.dataset import Case, RetrievalQuery
from agent.graph import Machine, build_graph, database_call
from agent.routes import route_taken
from agent.toolbox import DocumentSearch, Toolbox
from tools.caller import Caller
from tools.errors import UnknownName
from tools.sql.run import Database, QueryResult

_log = logging.getLogger(__name__)

EVALUATOR = Caller(id="evaluation")


class WrittenStatement(BaseModel):
    """The result of a case: the statement that ran, or the reason for none."""

    id: str
    sql: str | None
    error: str | None = None


class Routed(BaseModel):
    """Where a question was sent (sql, documents, both or chat), and how its turn ended (`status`).

    A question keeps its route if the tool then declined it: the route records the choice.
    `declined` is the route of a question that was sent nowhere and not answered.
    """

    id: str
    route: str
    status: str


async def write_statements(
    cases: Iterable[Case], toolbox: Toolbox
) -> AsyncIterator[WrittenStatement]:
    """Have each question written, guarded, run and repaired as in a turn.

    Raises:
        UnknownName: a case names a database that is not there.
    """
    machine = database_call(toolbox)
    for case in cases:
        _require(case.db, toolbox.databases)
        call = QueryCall(new_call_id(), case.question, case.db)
        state = await machine.ainvoke({"call": call}, _config(case.id))
        found = await toolbox.ledger.read(state.get("evidence", []))
        results = [item for item in found if isinstance(item, QueryResult)]
        error = "; ".join(state.get("notes", [])) or None
        yield WrittenStatement(id=case.id, sql=results[0].sql if results else None, error=error)


async def rank(
    queries: Iterable[RetrievalQuery], search: DocumentSearch, *, limit: int
) -> AsyncIterator[str]:
    """The lines of a TREC run: query, Q0, document, rank, score (higher is better), docsql."""
    for query in queries:
        found = await search.search(query.text, caller=EVALUATOR, collections=None, limit=limit)
        for warning in found.warnings:
            _log.warning("Query %s: %s", query.id, warning)
        for place, item in enumerate(found.passages, start=1):
            yield f"{query.id} Q0 {item.passage.source} {place} {item.score:.6f} docsql"


def routing_machine(toolbox: Toolbox) -> Machine:
    """A machine that tries no other tool where the chosen one found nothing: the choice is measured."""
    deciding = replace(toolbox.deciding, falls_back=False)
    return build_graph(replace(toolbox, deciding=deciding))


async def choose_routes(
    cases: Iterable[Case], machine: Machine, databases: Mapping[str, Database]
) -> AsyncIterator[Routed]:
    """Ask each question with its own database connected, and see which way it took.

    The machine should be `routing_machine`'s.

    Raises:
        UnknownName: a case names a database that is not there.
    """
    for case in cases:
        _require(case.db, databases)
        asked = {"question": case.question, "databases": [case.db]}
        state = await machine.ainvoke(asked, _config(case.id))  # pyright: ignore[reportArgumentType]  # a TypedDict written out
        status = state.get("status", "answered")
        route = choice(route_taken(state.get("used", [])), status)
        yield Routed(id=case.id, route=route, status=status)


def choice(sent: str, status: str) -> str:
    """The route of a turn that was sent there and ended so: `declined` only where no tool was asked."""
    return "declined" if sent == "chat" and status == "declined" else sent


def _require(name: str, databases: Mapping[str, Database]) -> None:
    if name not in databases:
        raise UnknownName(f"There is no database {name!r}; there are: {', '.join(databases)}.")


def _config(case_id: str) -> RunnableConfig:
    return RunnableConfig(configurable={CALLER: EVALUATOR, THREAD: case_id})
