"""Approval: what a person sees, how they can decide, and what is not repeated."""

from collections.abc import Mapping
from typing import Any

import pytest
from langchain_core.runnables import RunnableConfig
from langgraph.types import Command
from machine_bench import ADA, Bench, Start
from scripted_chat import calls

from agent.approval import ApprovalDecision, ApprovalRule, Request
from agent.caller import CALLER, THREAD
from tools.sql.estimate import Estimate
from tools.sql.run import Database, QueryResult

SEARCH = ("search_documents", {"query": "returns"})
QUERY = ("query_database", {"question": "How much was sold in Oslo?", "database": "shop"})
GOOD = "SELECT SUM(amount) AS sold FROM sale WHERE city = 'Oslo'"
ROME = GOOD.replace("Oslo", "Rome")
ALWAYS = ApprovalRule("always")
CONFIG = RunnableConfig(configurable={CALLER: ADA, THREAD: "t"})


async def waiting(bench: Bench) -> dict[str, Request]:
    state = await bench.machine.aget_state(CONFIG)
    return {each.id: each.value for each in state.interrupts}


async def say(bench: Bench, decisions: Mapping[str, ApprovalDecision]) -> dict[str, Any]:
    return dict(await bench.machine.ainvoke(Command(resume=dict(decisions)), CONFIG))


async def rows(bench: Bench, state: Mapping[str, Any]) -> list[object]:
    items = await bench.ledger.read(state["evidence"])
    return [item.rows for item in items if isinstance(item, QueryResult)]


async def test_a_person_is_told_what_would_run_before_anything_does(start: Start) -> None:
    bench = start({"decide": [calls(QUERY)], "write_sql": [GOOD]}, rule=ALWAYS)
    state = await bench.ask("How much was sold in Oslo?")
    (request,) = (await waiting(bench)).values()
    assert request.sql == GOOD
    assert request.explanation == (
        "Reads sale, keeping rows where city is 'Oslo', and gives the sum of amount as sold."
    )
    assert (list(request.tables), request.estimated_rows) == (["sale"], 3)
    assert (state["evidence"], state.get("answer", "")) == ([], "")


async def test_an_approved_statement_runs_and_nothing_before_it_is_repeated(start: Start) -> None:
    bench = start(
        {
            "decide": [calls(QUERY, SEARCH)],
            "write_sql": [GOOD],
            "answer": ["42 [1], within 30 days [2]."],
        },
        rule=ALWAYS,
    )
    await bench.ask("How much was sold in Oslo, and how long are returns taken?")
    (id_,) = await waiting(bench)
    state = await say(bench, {id_: ApprovalDecision("approve")})
    assert await rows(bench, state) == [((42,),)]
    assert state["status"] == "answered"
    assert bench.chat.roles == ["decide", "write_sql", "answer"]
    assert len(bench.documents.asked) == 1
    assert state["usage"]["model_calls"] == 3


async def test_an_edited_statement_runs_instead(start: Start) -> None:
    bench = start(
        {"decide": [calls(QUERY)], "write_sql": [GOOD], "answer": ["8 [1]."]}, rule=ALWAYS
    )
    await bench.ask("How much was sold in Oslo?")
    (id_,) = await waiting(bench)
    state = await say(bench, {id_: ApprovalDecision("edit", ROME)})
    assert await rows(bench, state) == [((8,),)]


@pytest.mark.parametrize(
    "statement", ["DELETE FROM sale", "SELECT 1; DROP TABLE sale", "SELECT nothing FROM sale"]
)
async def test_an_edited_statement_that_the_gate_refuses_comes_back_with_the_reason(
    start: Start, shop: Database, statement: str
) -> None:
    bench = start(
        {"decide": [calls(QUERY)], "write_sql": [GOOD], "answer": ["42 [1]."]}, rule=ALWAYS
    )
    await bench.ask("How much was sold in Oslo?")
    (first,) = await waiting(bench)
    await say(bench, {first: ApprovalDecision("edit", statement)})
    ((second, request),) = (await waiting(bench)).items()
    assert (second != first, request.sql, bool(request.problem)) == (True, statement, True)
    state = await say(bench, {second: ApprovalDecision("edit", GOOD)})
    assert state["status"] == "answered"
    assert shop.run("SELECT COUNT(*) FROM sale", caller=ADA).rows == ((3,),)
    assert bench.chat.roles == ["decide", "write_sql", "answer"]


async def test_approval_does_not_open_the_gate(start: Start, shop: Database) -> None:
    bench = start(
        {"decide": [calls(QUERY)], "write_sql": [GOOD, GOOD, GOOD]},
        rule=ALWAYS,
    )
    await bench.ask("How much was sold in Oslo?")
    (id_,) = await waiting(bench)
    await say(bench, {id_: ApprovalDecision("edit", "DELETE FROM sale")})
    (id_,) = await waiting(bench)
    await say(bench, {id_: ApprovalDecision("approve")})
    (request,) = (await waiting(bench)).values()  # refused, written anew, and waiting again
    assert request.sql == GOOD
    assert shop.run("SELECT COUNT(*) FROM sale", caller=ADA).rows == ((3,),)


@pytest.mark.parametrize("again", [False, True])
async def test_a_rejected_statement_never_runs_and_the_answer_says_so(
    start: Start, *, again: bool
) -> None:
    query = (QUERY[0], {**QUERY[1], "needs_followup": again})
    bench = start({"decide": [calls(query)], "write_sql": [GOOD]}, rule=ALWAYS)
    await bench.ask("How much was sold in Oslo?")
    (id_,) = await waiting(bench)
    state = await say(bench, {id_: ApprovalDecision("reject")})
    assert state["status"] == "declined"
    assert state["answer"] == "The statement was rejected and did not run."
    assert (state["evidence"], bench.documents.asked) == ([], [])


async def test_a_statement_that_the_gate_refuses_is_repaired_before_a_person_is_asked(
    start: Start,
) -> None:
    bench = start({"decide": [calls(QUERY)], "write_sql": ["DELETE FROM sale", GOOD]}, rule=ALWAYS)
    await bench.ask("How much was sold in Oslo?")
    (request,) = (await waiting(bench)).values()
    assert request.sql == GOOD
    assert "DELETE FROM sale" in bench.chat.told("write_sql")


async def test_several_statements_wait_each_under_its_own_id(start: Start) -> None:
    rome = ("query_database", {"question": "How much in Rome?", "database": "shop"})
    bench = start(
        {
            "decide": [calls(QUERY, rome)],
            "write_sql": [GOOD, ROME],
            "answer": ["42 [1] and 8 [2]."],
        },
        rule=ALWAYS,
    )
    await bench.ask("How much in Oslo and in Rome?")
    before = await waiting(bench)
    assert sorted(request.sql for request in before.values()) == [GOOD, ROME]
    of_rome = next(id_ for id_, request in before.items() if request.sql == ROME)
    await say(bench, {of_rome: ApprovalDecision("approve")})
    left = await waiting(bench)
    assert [(id_ in before, request.sql) for id_, request in left.items()] == [(True, GOOD)]
    state = await say(bench, dict.fromkeys(left, ApprovalDecision("approve")))
    assert state["status"] == "answered"
    assert bench.chat.roles == ["decide", "write_sql", "write_sql", "answer"]


async def test_a_new_question_drops_what_waits(start: Start) -> None:
    bench = start(
        {"decide": [calls(QUERY), calls()], "write_sql": [GOOD], "talk": ["Hello."]}, rule=ALWAYS
    )
    await bench.ask("How much was sold in Oslo?")
    state = await bench.ask("Hi")
    assert await waiting(bench) == {}
    assert (state["answer"].strip(), state["evidence"]) == ("Hello.", [])


RULES = [
    (ApprovalRule("never", 0), 10**9, False),
    (ApprovalRule("never"), None, False),
    (ApprovalRule("always", 10**9), 1, True),
    (ApprovalRule("by_cost", 100), 100, False),
    (ApprovalRule("by_cost", 100), 101, True),
    (ApprovalRule("by_cost", 100), None, True),
]


@pytest.mark.parametrize(("rule", "expected_rows", "asks"), RULES)
def test_who_is_asked_about_what(
    rule: ApprovalRule, expected_rows: int | None, *, asks: bool
) -> None:
    assert rule.asks(Estimate(expected_rows, None)) is asks


@pytest.mark.parametrize(("most", "waits"), [(3, 0), (2, 1)])
async def test_by_cost_asks_about_what_reads_much(start: Start, most: int, waits: int) -> None:
    bench = start(
        {"decide": [calls(QUERY)], "write_sql": [GOOD], "answer": ["42 [1]."]},
        rule=ApprovalRule("by_cost", most),
    )
    await bench.ask("How much was sold in Oslo?")
    assert len(await waiting(bench)) == waits
