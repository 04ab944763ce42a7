"""Further statements of the model for one question, and the rows that most of them give."""

from typing import Any

import pytest
from machine_bench import Bench, FixedWriter, Start
from scripted_chat import Line, calls

from agent.approval import ApprovalRule
from tools.errors import Unavailable
from tools.sql.run import QueryResult

QUERY = ("query_database", {"question": "How much was sold in Oslo?", "database": "shop"})
ASKED = "How much was sold in Oslo?"
GOOD = "SELECT SUM(amount) AS sold FROM sale WHERE city = 'Oslo'"
ALSO_GOOD = "SELECT SUM(s.amount) FROM sale s WHERE s.city LIKE 'Osl%'"
ALL = "SELECT SUM(amount) FROM sale"
ONE = "SELECT amount FROM sale WHERE city = 'Oslo'"
NOTHING = "SELECT amount FROM sale WHERE city = 'Bergen'"
BAD = "SELECT SUM(price) FROM sale"
ALONE = FixedWriter(None)


def lines(*written: Line) -> dict[str, list[Line]]:
    return {"decide": [calls(QUERY)], "write_sql": list(written), "answer": ["42 [1]."]}


async def found(bench: Bench) -> tuple[QueryResult, dict[str, Any]]:
    state = await bench.ask(ASKED)
    (result,) = await bench.ledger.read(state["evidence"])
    assert isinstance(result, QueryResult)
    return result, state


@pytest.mark.parametrize(
    ("second", "written", "taken"),
    [
        pytest.param(None, [ALL, GOOD, ALSO_GOOD, GOOD], GOOD, id="three of four"),
        pytest.param(None, [ALL, GOOD, ONE, NOTHING, BAD], ALL, id="a vote each: the first"),
        pytest.param(None, [GOOD, GOOD, ALSO_GOOD], GOOD, id="ends as soon as three agree"),
        pytest.param(ALL, [GOOD, ONE, ALSO_GOOD, GOOD], GOOD, id="the first against the second"),
        pytest.param(GOOD, [ALL, ALSO_GOOD, ONE, GOOD], GOOD, id="the second against the first"),
        pytest.param(ONE, [ALL, GOOD, "NONE nothing", GOOD, GOOD], GOOD, id="neither of both"),
        pytest.param(BAD, [GOOD, BAD, BAD, GOOD, GOOD], GOOD, id="what fails has no vote"),
        pytest.param(None, [NOTHING, NOTHING, GOOD, ALL, GOOD], GOOD, id="what found something"),
    ],
)
async def test_the_rows_of_most_statements_are_taken(
    start: Start, second: str | None, written: list[Line], taken: str
) -> None:
    bench = start(lines(*written), second=FixedWriter(second, likelihood=0.5), samples=4)
    result, _ = await found(bench)
    assert result.sql == taken
    assert bench.chat.lines["write_sql"] == []


async def test_a_second_reading_that_is_rather_sure_has_two_votes(start: Start) -> None:
    bench = start(lines(ALL, ALSO_GOOD), second=FixedWriter(GOOD, likelihood=0.8), samples=4)
    result, _ = await found(bench)
    assert result.sql == GOOD


async def test_what_a_second_reading_bears_out_needs_no_vote(start: Start) -> None:
    bench = start(lines(GOOD), second=FixedWriter(ALSO_GOOD), samples=4)
    result, state = await found(bench)
    assert result.confirmed
    assert state["usage"]["model_calls"] == 3


async def test_each_further_statement_is_counted_and_asked_for_anew(start: Start) -> None:
    bench = start(lines(ALL, GOOD, GOOD, GOOD), second=ALONE, samples=4)
    _, state = await found(bench)
    assert state["usage"]["model_calls"] == 6
    asked = [messages for role, messages, _ in bench.chat.heard if role == "write_sql"]
    assert all(messages == asked[0] for messages in asked)


async def test_more_votes_are_more_sure(start: Start) -> None:
    sure: list[float] = []
    for written in (
        [ALL, GOOD, ONE, NOTHING, BAD],
        [GOOD, ALL, GOOD, ALL, BAD],
        [GOOD, GOOD, GOOD],
    ):
        result, _ = await found(start(lines(*written), second=ALONE, samples=4))
        sure.append(result.confidence or 0.0)
    assert sure == sorted(sure)
    assert sure[0] < sure[-1]


@pytest.mark.parametrize("second", [None, ALSO_GOOD])
async def test_where_the_first_one_fails_two_that_agree_answer(
    start: Start, second: str | None
) -> None:
    further: list[Line] = [ONE, GOOD, ALL, ALSO_GOOD]
    bench = start(lines(BAD, *further), second=FixedWriter(second), samples=4)
    result, state = await found(bench)
    assert result.rows == ((42,),)
    assert result.writer == ("scripted" if second is None else "the reader")
    assert bool(state["warnings"]) == (second is not None)


async def test_where_none_agree_the_model_mends_its_own(start: Start) -> None:
    bench = start(lines(BAD, ONE, ALL, "NONE", BAD, GOOD), second=ALONE, samples=4)
    result, _ = await found(bench)
    assert result.rows == ((42,),)
    assert "no column 'price'" in str(bench.chat.heard)


async def test_a_model_that_goes_away_leaves_what_there_is(start: Start) -> None:
    bench = start(lines(GOOD), second=ALONE, samples=4)
    bench.chat.lines["write_sql"].append(Unavailable("The chat model is away."))
    result, _ = await found(bench)
    assert result.sql == GOOD


async def test_a_person_who_is_asked_first_is_not_gone_round(start: Start) -> None:
    bench = start(lines(GOOD), second=ALONE, samples=4, rule=ApprovalRule("always"))
    state = await bench.ask(ASKED)
    assert "__interrupt__" in state
    assert bench.chat.lines["write_sql"] == []
