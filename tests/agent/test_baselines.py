"""The agents that this one is measured against: they use the same tools, and the gate is before them."""

from collections.abc import Iterator
from typing import Any, cast

import pytest
from langchain_core.messages import BaseMessage, HumanMessage, ToolMessage
from langchain_core.runnables import Runnable
from langchain_core.tools import StructuredTool
from langgraph import prebuilt
from machine_bench import FakeDocuments, Start, passage
from scripted_chat import ScriptedChat, calls

from agent.approval import ApprovalRule
from agent.evaluation.baselines import AgentName
from agent.evaluation.tool_calling import MAX_ASKED
from agent.prompting import prompt
from agent.toolbox import Evidence
from tools.errors import Unavailable
from tools.sql.run import QueryResult

OSLO = "How much was sold in Oslo?"
SUM = "SELECT SUM(amount) AS total FROM sale WHERE city = 'Oslo'"
ROUTE_SQL = '{"route": "sql", "database": "shop"}'


def query(sql: str, database: str = "shop") -> tuple[str, dict[str, Any]]:
    return ("query_database", {"database": database, "sql": sql})


def search(words: str) -> tuple[str, dict[str, Any]]:
    return ("search_documents", {"query": words})


def rows_of(evidence: list[Evidence]) -> list[Any]:
    return [item.rows for item in evidence if isinstance(item, QueryResult)]


@pytest.mark.parametrize(
    ("routed", "roles", "used", "status"),
    [
        (ROUTE_SQL, ["write_sql", "pipeline_answer"], ["query_database"], "answered"),
        ('{"route": "sql"}', ["write_sql", "pipeline_answer"], ["query_database"], "answered"),
        (
            'So: ```{"route": "search"}```',
            ["pipeline_answer"],
            ["search_documents"],
            "answered",
        ),
        ("the documents", ["pipeline_answer"], ["search_documents"], "answered"),
        ('{"route": "greet"}', ["talk"], [], "answered"),
    ],
)
async def test_the_pipeline_takes_one_way(
    start: Start, routed: str, roles: list[str], used: list[str], status: str
) -> None:
    said = {"pipeline_route": [routed], "write_sql": [SUM], "pipeline_answer": ["42 [1]."]}
    bench = start({**said, "talk": ["Hello!"]}, agent="pipeline")
    state = await bench.ask(OSLO)
    assert bench.chat.roles == ["pipeline_route", *roles]
    assert (state["used"], state["status"]) == (used, status)
    assert state["usage"]["model_calls"] == len(bench.chat.roles)
    assert state["usage"]["input_tokens"] == 10 * len(bench.chat.roles)


async def test_the_pipeline_reads_the_rows_of_its_statement(start: Start) -> None:
    said = {"pipeline_route": [ROUTE_SQL], "write_sql": [SUM], "pipeline_answer": ["42 [1]."]}
    bench = start(said, agent="pipeline")
    state = await bench.ask(OSLO)
    assert rows_of(await bench.ledger.read(state["evidence"])) == [((42,),)]
    assert "total: 42" in bench.chat.told("pipeline_answer")


@pytest.mark.parametrize(
    ("written", "noted"), [("SELECT nothing FROM sale", "nothing"), ("NONE No costs.", "No costs")]
)
async def test_the_pipeline_repairs_nothing(start: Start, written: str, noted: str) -> None:
    bench = start({"pipeline_route": [ROUTE_SQL], "write_sql": [written]}, agent="pipeline")
    state = await bench.ask(OSLO)
    assert bench.chat.roles == ["pipeline_route", "write_sql"]
    assert state["status"] == "declined"
    assert noted in state["notes"][0]


async def test_the_pipeline_checks_nothing_and_remembers_nothing(start: Start) -> None:
    said = {"pipeline_route": [ROUTE_SQL] * 2, "write_sql": [SUM] * 2}
    bench = start({**said, "pipeline_answer": ["It was 43 [1].", "42 [1]."]}, agent="pipeline")
    first = await bench.ask(OSLO)
    assert (first["status"], first["warnings"]) == ("answered", [])
    second = await bench.ask("And now?")
    assert len(second["evidence"]) == 1
    assert OSLO not in bench.chat.told("pipeline_route")


@pytest.mark.parametrize(
    ("mode", "roles"),
    [
        ("sql", ["write_sql", "pipeline_answer"]),
        ("documents", ["pipeline_answer"]),
        ("chat", ["talk"]),
    ],
)
async def test_the_pipeline_keeps_to_a_manual_mode(
    start: Start, mode: str, roles: list[str]
) -> None:
    said = {"write_sql": [SUM], "pipeline_answer": ["42 [1]."], "talk": ["Hello!"]}
    bench = start(said, agent="pipeline")
    await bench.ask(OSLO, mode=mode)
    assert bench.chat.roles == roles


async def test_the_tool_calling_agent_calls_until_it_answers(start: Start) -> None:
    lines = [
        calls(query("SELECT total FROM sale")),
        calls(query(SUM), search("returns")),
        "42 were sold [1], returns take 30 days [2].",
    ]
    bench = start({"tool_calling": lines}, agent="tool-calling")
    state = await bench.ask(OSLO)
    told = [m.text for m in bench.chat.heard[-1][1] if isinstance(m, ToolMessage)]
    assert "total" in told[0]  # the engine's words, which the model reads
    assert "[1] Rows of the database shop" in told[1]
    assert "[2] Passage of Policy" in told[2]
    assert (state["status"], len(state["evidence"])) == ("answered", 2)
    assert state["used"] == ["query_database", "query_database", "search_documents"]
    assert state["usage"]["model_calls"] == 3


async def test_the_tool_calling_agent_asks_as_langgraphs_own_does(start: Start) -> None:
    """The same replies of a model lead both through the same messages."""
    lines = [
        calls(query("SELECT total FROM sale")),
        calls(query(SUM), search("returns")),
        "42 [1].",
    ]
    bench = start({"tool_calling": [*lines]}, agent="tool-calling")
    await bench.ask(OSLO)
    gave = [m.text for m in bench.chat.heard[-1][1] if isinstance(m, ToolMessage)]
    given = {"query_database": iter(gave[:2]), "search_documents": iter(gave[2:])}
    chat = ScriptedChat(lines={"tool_calling": [*lines]})
    tools = [replaying(name, texts) for name, texts in given.items()]
    with pytest.warns(DeprecationWarning, match="create_react_agent has been moved"):
        react = cast(
            "Runnable[dict[str, list[BaseMessage]], object]",
            prebuilt.create_react_agent(  # pyright: ignore[reportDeprecated]  # for a package that is not installed
                chat, tools, prompt=prompt("tool_calling").template
            ),
        )
    await react.ainvoke({"messages": [HumanMessage(OSLO)]})
    assert told_to(chat) == told_to(bench.chat)
    assert len(told_to(chat)) == 3


def replaying(name: str, texts: Iterator[str]) -> StructuredTool:
    """A tool that gives these texts, whatever it is asked."""

    def give(**_: object) -> str:
        return next(texts)

    schema: dict[str, Any] = {"type": "object", "properties": {}}
    return StructuredTool(name=name, description=name, args_schema=schema, func=give)


def told_to(chat: ScriptedChat) -> list[list[tuple[str, str]]]:
    """The messages of each call of a model, by their kind."""
    return [[(one.type, one.text) for one in messages] for _, messages, _ in chat.heard]


async def test_the_tool_calling_agent_ends_after_so_many_calls(start: Start) -> None:
    bench = start(
        {"tool_calling": [calls(search("returns"))] * (MAX_ASKED + 1)}, agent="tool-calling"
    )
    state = await bench.ask(OSLO)
    assert len(bench.chat.roles) == MAX_ASKED
    assert state["status"] == "declined"


async def test_the_tool_calling_agent_asks_for_the_words_that_a_schema_left_no_room_for(
    start: Start,
) -> None:
    lines = [calls(query(SUM)), "", "42 [1]."]
    bench = start({"tool_calling": lines}, agent="tool-calling")
    state = await bench.ask(OSLO)
    assert (state["status"], state["answer"].strip()) == ("answered", "42 [1].")
    assert [offered for *_, offered in bench.chat.heard] == [True, True, False]
    assert state["usage"]["model_calls"] == 3


MISTAKEN: list[tuple[tuple[str, dict[str, Any]], str]] = [
    (("look_up", {}), "There is no tool 'look_up'"),
    (("query_database", {"database": "shop"}), "These arguments do not fit"),
    (query(SUM, "bank"), "There is no database 'bank': shop."),
]


@pytest.mark.parametrize(("call", "said"), MISTAKEN)
async def test_the_tool_calling_agent_is_told_of_a_call_that_cannot_be_made(
    start: Start, call: tuple[str, dict[str, Any]], said: str
) -> None:
    bench = start({"tool_calling": [calls(call), "I could not find it."]}, agent="tool-calling")
    state = await bench.ask(OSLO)
    assert said in bench.chat.told("tool_calling")
    assert (state["status"], state["evidence"]) == ("declined", [])


async def test_the_tool_calling_agent_remembers_its_thread_and_not_its_calls(start: Start) -> None:
    lines = [calls(query(SUM)), "42 [1].", "Thank you."]
    bench = start({"tool_calling": lines}, agent="tool-calling")
    await bench.ask(OSLO)
    state = await bench.ask("Good.")
    told = [m.text for m in bench.chat.heard[-1][1]]
    assert told[1:] == [OSLO, "42 [1].", "Good."]
    assert (state["evidence"], state["usage"]["model_calls"]) == ([], 1)


@pytest.mark.parametrize("agent", ["pipeline", "tool-calling"])
@pytest.mark.parametrize(
    ("sql", "rule", "said"),
    [
        ("DELETE FROM sale", ApprovalRule("never"), "SELECT"),
        (SUM, ApprovalRule("always"), "A person is asked before a statement runs in 'shop'"),
    ],
)
async def test_the_gate_and_approvals_stand_before_every_baseline(
    start: Start, agent: AgentName, sql: str, rule: ApprovalRule, said: str
) -> None:
    lines = {
        "pipeline_route": [ROUTE_SQL],
        "write_sql": [sql],
        "tool_calling": [calls(query(sql)), "I could not find it."],
    }
    bench = start(lines, rule=rule, agent=agent)
    state = await bench.ask(OSLO)
    assert said in state["notes"][0]
    assert (state["evidence"], state["status"]) == ([], "declined")


@pytest.mark.parametrize("agent", ["pipeline", "tool-calling"])
async def test_a_store_that_is_down_costs_a_baseline_a_call(start: Start, agent: AgentName) -> None:
    lines = {
        "pipeline_route": ['{"route": "search"}'],
        "tool_calling": [calls(search("returns")), "I could not find it."],
    }
    documents = FakeDocuments([passage("x")], error=Unavailable("Milvus is away."))
    state = await start(lines, documents=documents, agent=agent).ask("How long?")
    assert (state["status"], state["notes"]) == ("declined", ["Milvus is away."])
