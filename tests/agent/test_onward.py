from typing import Any, cast

import pytest
from langchain_core.runnables import RunnableConfig
from langgraph.graph import END, START, StateGraph
from langgraph.types import Overwrite, Send

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


async def run_in_steps(*updates: dict[str, Any], is_at_once: bool) -> tuple[AgentState, int]:
    """The state behind nodes that leave these updates, one after the other, and how many steps."""
    graph = StateGraph(AgentState)
    follower: dict[str, Onward] = {}
    for number, update in reversed([*enumerate(updates)]):
        is_last = number + 1 == len(updates)
        node = Onward(
            leaving(update),
            going_to(END if is_last else str(number + 1)),
            AgentState,
            at_once=follower,
        )
        graph.add_node(str(number), node, destinations=(END,) if is_last else (str(number + 1),))
        follower = {str(number): node} if is_at_once else {}
    graph.add_edge(START, "0")
    begun = cast("AgentState", {"question": "How many?", "notes": ["begun"], "usage": {"in": 1}})
    steps = [step async for step in graph.compile().astream(begun, stream_mode="values")]
    return cast("AgentState", steps[-1]), len(steps) - 1


def leaving(update: dict[str, Any]) -> Any:
    async def node(state: AgentState) -> dict[str, Any]:
        del state
        return update

    return node


def going_to(place: str) -> Any:
    async def route(state: AgentState) -> str:
        del state
        return place

    return route


@pytest.mark.parametrize(
    "updates",
    [
        [{"notes": ["x"], "usage": {"in": 2}}, {"notes": ["y"], "usage": {"in": 3, "out": 1}}],
        [{"answer": "41.", "rounds": 1}, {"answer": "42."}, {"status": "answered"}],
        [{"notes": Overwrite(["x"]), "usage": Overwrite({})}, {"notes": ["y"], "usage": {"in": 4}}],
        [{"notes": ["x"], "used": ["b"]}, {"notes": Overwrite([])}, {"notes": ["z"]}],
        [{"evidence": ["1", "2"]}, {"evidence": ["2", "3"]}, {"evidence": ["1", "4"]}],
        [{"warnings": ["x"]}, {"rounds": 3}, {"warnings": ["x"]}],
    ],
)
async def test_nodes_at_once_leave_what_nodes_in_steps_do(updates: list[dict[str, Any]]) -> None:
    apart, steps = await run_in_steps(*updates, is_at_once=False)
    together, step = await run_in_steps(*updates, is_at_once=True)
    assert together == apart
    assert (step, steps) == (1, len(updates))


async def test_a_node_at_once_sees_what_the_one_before_it_left() -> None:
    seen: list[AgentState] = []

    async def look(state: AgentState) -> dict[str, Any]:
        seen.append(state)
        return {}

    second = Onward(look, going_to(END), AgentState)
    first = leaving({"notes": ["new"], "usage": Overwrite({}), "answer": "42."})
    first = Onward(first, going_to("second"), AgentState, at_once={"second": second})
    begun: AgentState = {"question": "How many?", "notes": ["old"], "usage": {"in": 1}}
    ended = await first.to_the_end(begun, RunnableConfig())
    assert seen == [ended]
    assert ended == {**begun, "notes": ["old", "new"], "usage": {}, "answer": "42."}


async def test_two_nodes_may_follow_each_other_until_a_route_ends_it() -> None:
    async def again(state: AgentState) -> str:
        return "first" if len(state.get("notes", [])) < 3 else END

    second = Onward(leaving({"used": ["b"]}), again, AgentState)
    first = Onward(
        leaving({"notes": ["x"]}), going_to("second"), AgentState, at_once={"second": second}
    )
    second.follow_with("first", first)
    ended = await first.to_the_end({"question": "How many?", "notes": [], "used": []}, {})
    assert (ended["notes"], ended["used"]) == (["x"] * 3, ["b"] * 3)


async def test_a_branch_that_needs_another_step_does_not_end_at_once() -> None:
    waiting = Onward(leaving({}), going_to("approve"), AgentState)
    with pytest.raises(RuntimeError, match="'approve' does not run at once"):
        await waiting.to_the_end({"question": "How many?"}, RunnableConfig())


async def run_branches(
    *calls: str, is_alone: bool, begun: dict[str, Any]
) -> tuple[AgentState, list[Any], int]:
    """The state behind a branch for each call, what the branches were given, and how many steps."""
    given: list[Any] = []

    async def branch(state: Any) -> dict[str, Any]:
        given.append(state)
        return {"notes": [state["call"]], "used": ["tool"], "usage": {"in": 2}}

    def alone(_: Send) -> Onward | None:
        return lone if is_alone else None

    async def sending(state: AgentState) -> list[Send]:
        del state
        return [Send("branch", {"call": call}) for call in calls]

    last = Onward(leaving({"notes": ["last"]}), going_to(END), AgentState)
    lone = Onward(branch, going_to("last"), AgentState, at_once={"last": last})
    update = {"notes": Overwrite(["begun"]), "usage": {"in": 1}}
    first = Onward(leaving(update), sending, AgentState, alone=alone)
    graph = StateGraph(AgentState)
    graph.add_node("first", first, destinations=("branch",))
    graph.add_node("branch", cast("Any", branch))
    graph.add_node("last", last, destinations=(END,))
    graph.add_edge(START, "first")
    graph.add_edge("branch", "last")
    state = cast("AgentState", {"question": "How many?", **begun})
    steps = [step async for step in graph.compile().astream(state, stream_mode="values")]
    return cast("AgentState", steps[-1]), given, len(steps) - 1


@pytest.mark.parametrize("begun", [{}, {"notes": ["old"], "usage": {"in": 4}, "used": ["other"]}])
async def test_a_lone_branch_leaves_in_one_step_what_it_leaves_in_its_own(
    begun: dict[str, Any],
) -> None:
    apart, _, steps = await run_branches("one", is_alone=False, begun=begun)
    together, given, step = await run_branches("one", is_alone=True, begun=begun)
    assert together == apart
    assert together.get("notes") == ["begun", "one", "last"]
    assert given == [{"call": "one"}]
    assert (step, steps) == (1, 3)


async def test_several_branches_run_beside_each_other_in_a_step_of_their_own() -> None:
    state, given, steps = await run_branches("one", "two", is_alone=True, begun={})
    assert state.get("notes") == ["begun", "one", "two", "last"]
    assert given == [{"call": "one"}, {"call": "two"}]
    assert steps == 3
