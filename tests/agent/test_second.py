"""Two readings of one question: what is compared, what is chosen, and what is said of it."""

import pytest
from langgraph.types import Command
from machine_bench import ADA, Bench, FakeDocuments, FixedWriter, Start
from scripted_chat import Line, calls

from agent.approval import ApprovalDecision, ApprovalRule
from agent.caller import CALLER, THREAD
from agent.events import SqlDrafted, sending_to
from agent.repair import MAX_REPAIRS
from tools.errors import Unavailable
from tools.sql.run import QueryResult

QUERY = ("query_database", {"question": "How much was sold in Oslo?", "database": "shop"})
ASKED = "How much was sold in Oslo?"
GOOD = "SELECT SUM(amount) AS sold FROM sale WHERE city = 'Oslo'"
SAME = "SELECT city, SUM(amount) FROM sale WHERE city LIKE 'Osl%' GROUP BY city"
PLAIN = "SELECT SUM(s.amount) FROM sale s WHERE s.city = 'Oslo'"
ALL = "SELECT SUM(amount) FROM sale"
BAD = "SELECT SUM(price) FROM sale"
CONFIG = {"configurable": {CALLER: ADA, THREAD: "t"}}
CHOSEN: dict[str, Line] = {"A": calls(("choose", {"statement": "A"})), "B": "B, I think."}


def lines(*written: Line, choice: Line = "") -> dict[str, list[Line]]:
    return {
        "decide": [calls(QUERY)],
        "write_sql": list(written),
        "choose": [choice],
        "answer": ["42 [1]."],
    }


async def found(bench: Bench, state: dict[str, list[str]]) -> QueryResult:
    (result,) = await bench.ledger.read(state["evidence"])
    assert isinstance(result, QueryResult)
    return result


@pytest.mark.parametrize("second", [GOOD, PLAIN])
async def test_the_same_rows_of_both_readings_are_confirmed(start: Start, second: str) -> None:
    bench = start(lines(GOOD), second=FixedWriter(second))
    result = await found(bench, state := await bench.ask(ASKED))
    assert (result.sql, result.confirmed, result.writer) == (GOOD, True, "scripted")
    assert result.confidence is not None
    assert result.confidence > 0.8
    assert state["warnings"] == []
    assert "choose" not in bench.chat.roles


async def test_of_the_same_rows_those_with_more_columns_are_taken(start: Start) -> None:
    narrow = "SELECT city FROM sale GROUP BY city ORDER BY SUM(amount) DESC"
    wide = "SELECT city, SUM(amount) AS sold FROM sale GROUP BY city"
    for first, second in ((narrow, wide), (wide, narrow)):
        bench = start(lines(first), second=FixedWriter(second))
        result = await found(bench, await bench.ask("How much was sold in each city?"))
        assert (result.sql, result.confirmed) == (wide, True)


async def test_a_reading_that_has_nothing_to_say_confirms_nothing(start: Start) -> None:
    bench = start(lines(GOOD), second=FixedWriter(None))
    result = await found(bench, state := await bench.ask(ASKED))
    assert (result.confirmed, state["warnings"]) == (None, [])


async def test_a_reading_that_does_not_run_confirms_nothing(start: Start) -> None:
    bench = start(lines(GOOD), second=FixedWriter(BAD))
    result = await found(bench, await bench.ask(ASKED))
    assert (result.sql, result.confirmed) == (GOOD, None)


@pytest.mark.parametrize(("choice", "taken"), [("A", GOOD), ("B", ALL), ("neither", GOOD)])
async def test_of_two_readings_that_differ_the_model_chooses_by_what_they_do(
    start: Start, choice: str, taken: str
) -> None:
    bench = start(lines(GOOD, choice=CHOSEN.get(choice, "Both.")), second=FixedWriter(ALL))
    result = await found(bench, state := await bench.ask(ASKED))
    assert (result.sql, result.confirmed) == (taken, False)
    named = "scripted" if taken == GOOD else "the reader"
    said = f"Two readings of the question gave different rows; those of {named} were taken."
    assert state["warnings"][0] == said
    told = bench.chat.told("choose")
    assert "A: Reads sale, keeping rows where city is 'Oslo', and gives the sum of" in told
    assert "B: Reads sale, and gives the sum of amount." in told
    assert state["usage"]["model_calls"] == 4


async def test_what_differs_is_less_sure_than_what_agrees(start: Start) -> None:
    sure: list[float] = []
    for second in (GOOD, None, ALL):
        bench = start(lines(GOOD, choice="A"), second=FixedWriter(second))
        result = await found(bench, await bench.ask(ASKED))
        sure.append(result.confidence or 0.0)
    assert sure == sorted(sure, reverse=True)
    assert len({*sure}) == len(sure)


async def test_a_reviewed_statement_is_taken_without_asking(start: Start) -> None:
    bench = start(lines(ALL), second=FixedWriter(GOOD, is_reviewed=True))
    result = await found(bench, await bench.ask(ASKED))
    assert (result.sql, result.confirmed) == (GOOD, False)
    assert "choose" not in bench.chat.roles


async def test_a_model_that_is_away_chooses_nothing(start: Start) -> None:
    bench = start(lines(GOOD), second=FixedWriter(ALL))
    bench.chat.lines["choose"] = [Unavailable("The chat model is away.")]
    result = await found(bench, await bench.ask(ASKED))
    assert (result.sql, result.confirmed) == (GOOD, False)


@pytest.mark.parametrize(
    ("written", "reason"),
    [
        (["NONE The tables hold no sales."], "The tables hold no sales"),
        ([BAD, BAD], "no column 'price'"),
        ([Unavailable("The SQL coder does not answer.")], "The SQL coder does not answer."),
    ],
)
async def test_where_the_model_has_none_the_second_reading_answers_and_that_is_said(
    start: Start, written: list[Line], reason: str
) -> None:
    second = FixedWriter(GOOD)
    bench = start(lines(), second=second)
    bench.chat.lines["write_sql"] = written
    result = await found(bench, state := await bench.ask(ASKED))
    assert (result.rows, result.writer, result.confirmed) == (((42,),), "the reader", None)
    failure, said = state["warnings"]
    assert reason in failure
    assert said == "The statement that answers is of the reader instead."
    assert state["notes"] == []
    assert second.might_run == [True]


@pytest.mark.parametrize("second", [None, BAD])
async def test_where_neither_has_one_the_models_reason_is_told(
    start: Start, second: str | None
) -> None:
    bench = start(
        lines("NONE The tables hold no sales."),
        second=FixedWriter(second),
        documents=FakeDocuments(),
    )
    state = await bench.ask(ASKED)
    assert state["status"] == "declined"
    assert "The tables hold no sales" in state["answer"]
    assert "could not place" not in state["answer"]


async def test_a_second_reading_that_fails_is_not_repaired(start: Start) -> None:
    tries = [BAD.replace("price", name) for name in ("price", "cost", "total")]
    second = FixedWriter(BAD.replace("price", "profit"))
    bench = start(lines(*tries), second=second, documents=FakeDocuments())
    state = await bench.ask(ASKED)
    assert bench.chat.roles.count("write_sql") == 1 + MAX_REPAIRS
    assert len(second.might_run) == 1
    assert "no column 'total'" in state["answer"]


@pytest.mark.parametrize(("second", "confirmed"), [(PLAIN, True), (SAME, None), (ALL, None)])
async def test_where_a_person_is_asked_nothing_of_the_second_reading_runs(
    start: Start, second: str, *, confirmed: bool | None
) -> None:
    reader = FixedWriter(second)
    bench = start(lines(GOOD), second=reader, rule=ApprovalRule("always"))
    await bench.ask(ASKED)
    (waiting,) = (await bench.machine.aget_state(CONFIG)).interrupts  # pyright: ignore[reportArgumentType]
    decided = Command(resume={waiting.id: ApprovalDecision("approve")})
    result = await found(bench, dict(await bench.machine.ainvoke(decided, CONFIG)))  # pyright: ignore[reportArgumentType]
    assert (result.sql, result.confirmed) == (GOOD, confirmed)
    assert reader.might_run == [False]
    assert "choose" not in bench.chat.roles


async def test_where_a_person_is_asked_a_statement_that_stands_in_is_approved_too(
    start: Start,
) -> None:
    bench = start(lines("NONE"), second=FixedWriter(GOOD), rule=ApprovalRule("always"))
    await bench.ask(ASKED)
    (waiting,) = (await bench.machine.aget_state(CONFIG)).interrupts  # pyright: ignore[reportArgumentType]
    assert waiting.value.sql == GOOD
    decided = Command(resume={waiting.id: ApprovalDecision("approve")})
    result = await found(bench, dict(await bench.machine.ainvoke(decided, CONFIG)))  # pyright: ignore[reportArgumentType]
    assert (result.rows, result.writer) == (((42,),), "the reader")


async def test_a_statement_that_a_person_wrote_is_not_judged(start: Start) -> None:
    bench = start(lines(GOOD), second=FixedWriter(GOOD), rule=ApprovalRule("always"), risk=0.01)
    await bench.ask(ASKED)
    (waiting,) = (await bench.machine.aget_state(CONFIG)).interrupts  # pyright: ignore[reportArgumentType]
    decided = Command(resume={waiting.id: ApprovalDecision("edit", sql=ALL)})
    result = await found(bench, dict(await bench.machine.ainvoke(decided, CONFIG)))  # pyright: ignore[reportArgumentType]
    assert (result.sql, result.writer, result.confidence) == (ALL, "", None)


async def test_the_statement_that_is_taken_is_shown_before_its_rows(start: Start) -> None:
    bench, shown = start(lines(GOOD, choice="B"), second=FixedWriter(ALL)), list[str]()
    with sending_to(
        lambda event: shown.append(event.sql) if isinstance(event, SqlDrafted) else None
    ):
        await bench.ask(ASKED)
    assert shown == [GOOD, ALL]


NOTHING = "SELECT SUM(amount) AS sold FROM sale WHERE amount > 1000"


@pytest.mark.parametrize(
    ("first", "second", "taken"), [(NOTHING, GOOD, GOOD), (GOOD, NOTHING, GOOD)]
)
async def test_a_reading_that_finds_something_comes_before_one_that_does_not(
    start: Start, first: str, second: str, taken: str
) -> None:
    bench = start(lines(first), second=FixedWriter(second))
    result = await found(bench, await bench.ask(ASKED))
    assert (result.sql, result.confirmed) == (taken, False)
    assert "choose" not in bench.chat.roles
