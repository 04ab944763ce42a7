from typing import Any, cast

from langchain_core.runnables import RunnableConfig
from langgraph.graph import END, START, StateGraph
from langgraph.types import Overwrite

from agent.onward import Onward
from agent.state import AgentState


async def seen_behind(update: dict[str, Any]) -> tuple[AgentState, AgentState]:
    """What a route sees behind a node that leaves the update, and what the graph kept of it."""
    seen: list[AgentState] = []

    async def node(state: AgentState) -> dict[str, Any]:
        del state
        return update

    async def route(state: AgentState) -> str:
        seen.append(state)
        return END

    graph = StateGraph(AgentState)
    graph.add_node("node", Onward(node, route, AgentState), destinations=(END,))
    graph.add_edge(START, "node")
    begun = {"question": "How many?", "notes": ["first"], "usage": {"in": 1}, "used": ["a"]}
    kept = await graph.compile().ainvoke(cast("AgentState", begun))
    return seen[0], cast("AgentState", kept)


async def test_a_route_sees_what_the_graph_keeps_of_an_update() -> None:
    update = {"notes": ["second"], "usage": {"in": 2, "out": 3}, "answer": "42.", "rounds": 1}
    seen, kept = await seen_behind(update)
    assert seen == kept
    assert seen.get("notes") == ["first", "second"]
    assert seen.get("usage") == {"in": 3, "out": 3}


async def test_a_route_sees_what_was_overwritten() -> None:
    seen, kept = await seen_behind({"notes": Overwrite([]), "warnings": Overwrite(["anew"])})
    assert seen == kept
    assert seen.get("notes") == []
    assert seen.get("warnings") == ["anew"]


async def test_a_node_may_take_the_configuration() -> None:
    async def node(state: AgentState, config: RunnableConfig) -> dict[str, Any]:
        return {"answer": f"{state['question']} {config.get('run_name')}"}

    async def route(state: AgentState) -> str:
        return state.get("answer", "")

    onward = Onward(node, route, AgentState)
    command = await onward({"question": "Who?"}, RunnableConfig(run_name="me"))
    assert command.goto == "Who? me"
