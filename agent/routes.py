"""Where a turn goes next: pure functions of the state.

Coroutines, because LangGraph runs any other function in a thread of its own.
"""

from collections.abc import Collection
from typing import Literal, assert_never

from langgraph.types import Send

from agent.calls import (
    DESCRIBE_SOURCES,
    QUERY_DATABASE,
    SEARCH_DOCUMENTS,
    DescribeCall,
    QueryCall,
    SearchCall,
)
from agent.fallback import is_dead_end, is_look_due
from agent.state import AgentState, QueryState
from tools.language.pack import pack_for


async def after_rewrite(state: AgentState) -> Literal["decide"]:
    """The only way on."""
    del state
    return "decide"


async def after_decide(state: AgentState) -> list[Send] | Literal["answer"]:
    """A branch for every call, all at once; without calls, the answer."""
    branches: list[Send] = []
    for call in state.get("calls", []):
        match call:
            case SearchCall():
                search = {"call": call, "collections": state.get("collections")}
                branches.append(Send(SEARCH_DOCUMENTS, search))
            case QueryCall():
                branches.append(Send(QUERY_DATABASE, {"call": call, "used": [QUERY_DATABASE]}))
            case DescribeCall():
                within = {
                    "databases": state.get("databases"),
                    "collections": state.get("collections"),
                    "language": pack_for(state.get("question", "")).code,
                }
                branches.append(Send(DESCRIBE_SOURCES, {"call": call, **within}))
            case _:
                assert_never(call)
    return branches or "answer"


async def after_branch(state: AgentState) -> Literal["answer"]:
    """The only way on."""
    del state
    return "answer"


async def after_answer(state: AgentState) -> Literal["decide", "check"]:
    """Another round where a look-up is due or another tool is left; otherwise the check."""
    return "decide" if is_look_due(state) or is_dead_end(state) else "check"


async def after_write(state: QueryState) -> Literal["run_sql", "approve", "__end__"]:
    """Run what needs no approval, have the rest approved; a declined question ends its branch."""
    if state.get("approved"):
        return "run_sql"
    return "approve" if state.get("sql") else "__end__"


async def after_approve(state: QueryState) -> Literal["run_sql", "approve", "write_sql", "__end__"]:
    """Run what may run; a person's own statement is looked at once more, a refused one repaired."""
    if state.get("approved"):
        return "run_sql"
    return "approve" if state.get("sql") and state.get("edited") else await after_run(state)


async def after_run(state: QueryState) -> Literal["write_sql", "__end__"]:
    """Write again what failed; a statement that ran, or was given up, is cleared."""
    return "write_sql" if state.get("sql") else "__end__"


async def after_check(state: AgentState) -> Literal["suggest", "__end__"]:
    """A question that the sources declined is followed by what can be asked of them."""
    is_declined = state.get("status") == "declined"
    has_sources = state.get("mode", "auto") != "chat" and state.get("use_knowledge", True)
    return "suggest" if is_declined and has_sources else "__end__"


def route_taken(used: Collection[str]) -> Literal["sql", "documents", "both", "chat"]:
    """The way of a turn that used these tools."""
    if QUERY_DATABASE in used and SEARCH_DOCUMENTS in used:
        return "both"
    if QUERY_DATABASE in used:
        return "sql"
    return "documents" if SEARCH_DOCUMENTS in used else "chat"
