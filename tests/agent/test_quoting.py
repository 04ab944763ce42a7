"""Beside a weak model, what quotes passages without one reads them a second time."""

import pytest
from langchain_core.messages import AIMessage
from machine_bench import FixedAdvisor, FixedWriter, Start, advice, passage
from scripted_chat import ScriptedChat, calls

from agent.advice import Advice, Decider, Deciding
from agent.calls import QueryCall, SearchCall
from agent.events import AnswerToken, sending_to
from agent.fallback import NO_REST
from agent.nodes.check import PARTLY
from agent.parts import answer_parts
from agent.quoting import NONE_ANSWERS, ROWS_STAND_IN, STANDS_IN
from agent.state import AgentState
from agent.support import leaves_out, says_the_same
from tools.sql.result import QueryResult

RETURNS = "How long can I return a thing?"
SOLD = "How much was sold in Oslo?"
SEARCH = ("search_documents", {"query": "returns"})
QUERY = ("query_database", {"question": SOLD, "database": "shop"})
OSLO = "SELECT SUM(amount) AS sold FROM sale WHERE city = 'Oslo'"
SALES = "SELECT city || ' ' || amount AS sale FROM sale ORDER BY amount"
BOTH = (QueryCall("1", SOLD, "shop"), SearchCall("2", RETURNS))
PARTED: AgentState = {"question": SOLD, "calls": list(BOTH), "chooser": "embedded"}
QUOTED = "Returns are taken within 30 days. [1]"
NOT_FOUND = "I could not find an answer to this."


SEARCHED = advice(SearchCall("1", RETURNS), is_clear=True)
ASKED = advice(BOTH[0], is_clear=True, is_one=True)


def told(by: Decider, known: Advice = SEARCHED) -> Deciding:
    return Deciding(FixedAdvisor(known), by)


@pytest.mark.parametrize(
    ("by", "answer", "quoted", "status"),
    [
        ("together", "Within 30 days [1].", QUOTED, "answered"),
        ("together", "Yes [1].", QUOTED, "answered"),
        ("together", "Within 30 days [1].", NOT_FOUND, "unverified"),
        ("together", "Within 30 days [1].", "Parcels are sent after 14 days. [1]", "unverified"),
        ("model", "Within 30 days [1].", NOT_FOUND, "answered"),
    ],
)
async def test_an_answer_that_the_quotation_does_not_bear_out_is_unverified(
    start: Start, by: Decider, answer: str, quoted: str, status: str
) -> None:
    plain = ScriptedChat(lines={"answer": [quoted]})
    bench = start({"decide": [calls(SEARCH)], "answer": [answer]}, deciding=told(by), plain=plain)
    state = await bench.ask(RETURNS)
    told_beside = "14 days" in quoted
    said = f"{answer} {quoted}" if told_beside else answer
    assert (state["status"], " ".join(state["answer"].split())) == (status, said)
    assert (NONE_ANSWERS in state["warnings"]) == (by == "together" and quoted == NOT_FOUND)


async def test_the_passages_own_words_stand_in_where_a_weak_model_finds_none(start: Start) -> None:
    plain = ScriptedChat(lines={"answer": [QUOTED] * 2})
    lines = {"decide": [calls(SEARCH)], "answer": [NOT_FOUND]}
    bench = start(lines, deciding=told("together"), plain=plain)
    state = await bench.ask(RETURNS)
    assert (state["status"], state["answer"].strip()) == ("answered", QUOTED)
    assert STANDS_IN in state["warnings"]
    assert state["used"] == ["search_documents"]  # and no database is asked in their place


@pytest.mark.parametrize(
    ("reply", "told_of_it"),
    [
        (NOT_FOUND, NOT_FOUND),
        ("", "I could not find an answer. The chat model gave an empty answer."),
    ],
)
async def test_what_nobody_finds_is_said_once(start: Start, reply: str, told_of_it: str) -> None:
    plain = ScriptedChat(lines={"answer": [NOT_FOUND]})
    lines = {"decide": [calls(SEARCH)], "answer": [reply]}
    bench = start(
        lines,
        deciding=told("together", advice(SearchCall("1", RETURNS), is_clear=True, share=0.0)),
        plain=plain,
    )
    said = list[str]()
    with sending_to(lambda e: said.append(e.text) if isinstance(e, AnswerToken) else None):
        state = await bench.ask(RETURNS)
    assert (state["status"], state["answer"].strip()) == ("declined", told_of_it)
    assert "".join(said).strip() == told_of_it


async def test_a_question_in_another_language_is_left_to_the_model(start: Start) -> None:
    plain = ScriptedChat(lines={})
    lines = {"decide": [calls(SEARCH)], "answer": ["Innerhalb von 30 Tagen [1]."]}
    bench = start(lines, deciding=told("together"), plain=plain)
    state = await bench.ask("Wie lange kann ich die Ware zurückgeben?")
    assert (state["status"], plain.roles) == ("answered", [])


@pytest.mark.parametrize(
    ("answer", "quoted", "is_same"),
    [
        ("7 [2]", "A graphics processor can be divided into at most seven slices. [2]", True),
        ("It is 30 days.", "Returns are taken within 30 days. [1]", True),
        ("It is 31 days.", "Returns are taken within 30 days. [1]", False),
        ("The director is told.", "Victor Hallam, the director, is told of it. [3]", True),
        ("Nobody pays for shipping.", "Victor Hallam, the director, hears of it. [3]", False),
        ("No [3].", "Water damage is not covered. [3]", True),
    ],
)
def test_an_answer_says_what_is_quoted(answer: str, quoted: str, *, is_same: bool) -> None:
    assert says_the_same(answer, quoted, "How many?") == is_same


@pytest.mark.parametrize(
    ("said", "asked"),
    [
        ("And what does it cost?", "What does Care Total cost?"),
        ("What does the plan cost?", "What does the plan cost?"),
    ],
)
async def test_a_follow_up_that_a_model_leaves_pointing_back_is_put_by_rules(
    start: Start, said: str, asked: str
) -> None:
    plain = ScriptedChat(lines={"rewrite": ["What does Care Total cost?"]})
    lines = {
        "decide": [calls(SEARCH), calls(SEARCH)],
        "answer": ["Within 30 days [1].", "Nothing [1]."],
        "rewrite": [said],
    }
    bench = start(lines, plain=plain)
    await bench.ask(RETURNS)
    state = await bench.ask("And what does it cost?")
    assert state["standalone"] == asked


@pytest.mark.parametrize(
    ("by", "answer", "status"),
    [
        ("together", "The capital is Canberra [1].", "unverified"),
        ("together", "The best city is Oslo, since May [1].", "answered"),
        ("model", "The capital is Canberra [1].", "answered"),
    ],
)
async def test_a_name_that_no_row_has_is_no_answer_of_a_weak_model(
    start: Start, by: Decider, answer: str, status: str
) -> None:
    query = ("query_database", {"question": SOLD, "database": "shop"})
    lines = {
        "decide": [calls(query)],
        "write_sql": ["SELECT city FROM sale ORDER BY amount DESC LIMIT 1"],
        "answer": [answer],
    }
    bench = start(lines, deciding=told(by, ASKED))
    state = await bench.ask("Which city sold most?")
    assert state["status"] == status
    assert any("'Canberra'" in one for one in state["warnings"]) == (status == "unverified")


async def test_the_parts_of_a_question_are_looked_up_and_told_apart(start: Start) -> None:
    plain = ScriptedChat(lines={"answer": ["sold: **42** [1].", "sold: **42** [1].", QUOTED]})
    lines = {"write_sql": [OSLO], "answer": ["Within 30 days [1]."]}
    bench = start(lines, deciding=told("together", advice(*BOTH)), plain=plain)
    said = list[str]()
    with sending_to(lambda e: said.append(e.text) if isinstance(e, AnswerToken) else None):
        state = await bench.ask(f"{SOLD} {RETURNS}")
    assert bench.chat.roles == ["write_sql", "answer"]  # and nobody was asked to choose
    shown = bench.chat.told("answer")
    assert RETURNS in shown
    assert SOLD not in shown
    assert (state["status"], state["answer"]) == (
        "answered",
        "sold: **42** [1].\n\nWithin 30 days [2].",
    )
    assert "".join(said) == state["answer"]


async def test_what_waits_for_rows_is_looked_up_by_the_same_rules(start: Start) -> None:
    first = QueryCall("1", SOLD, "shop", needs_followup=True)
    whole = "sold: **42** [1].\n\nReturns are taken within 30 days. [2]"
    plain = ScriptedChat(lines={"decide": [calls(SEARCH)], "answer": [whole] * 2})
    bench = start({"write_sql": [OSLO]}, deciding=told("together", advice(first)), plain=plain)
    state = await bench.ask(f"{SOLD} And who takes it back?")
    assert bench.chat.roles == ["write_sql"]
    assert (state["status"], state["answer"]) == ("answered", whole)


@pytest.mark.parametrize(
    ("again", "status"),
    [(OSLO, "answered"), (None, "unverified")],
)
async def test_sure_rows_stand_in_where_a_weak_model_sees_no_answer(
    start: Start, again: str | None, status: str
) -> None:
    bench = start(
        {"decide": [calls(QUERY)], "write_sql": [OSLO], "answer": [NOT_FOUND] * 2},
        deciding=told("together", ASKED),
        plain=ScriptedChat(lines={"answer": ["sold: **42** [1]."]}),
        second=FixedWriter(again),
    )
    state = await bench.ask(SOLD)
    assert state["status"] == status
    assert ROWS_STAND_IN in state["warnings"]


@pytest.mark.parametrize(("by", "status"), [("together", "unverified"), ("model", "answered")])
async def test_rows_that_are_more_likely_wrong_are_no_sure_answer_of_a_weak_model(
    start: Start, by: Decider, status: str
) -> None:
    lines = {"decide": [calls(QUERY)], "write_sql": [OSLO], "answer": ["42 [1]."]}
    bench = start(lines, deciding=told(by, ASKED), second=FixedWriter(None))
    state = await bench.ask(SOLD)
    assert state["status"] == status
    assert any("confidence" in one for one in state["warnings"]) == (by == "together")


@pytest.mark.parametrize(("chooses", "status"), [(False, "unverified"), (True, "answered")])
async def test_rows_that_are_more_likely_wrong_are_no_sure_answer_where_rules_read_them(
    start: Start, status: str, *, chooses: bool
) -> None:
    none = OSLO.replace("Oslo", "Bonn")
    lines = {"decide": [calls(QUERY)], "write_sql": [none] * 2, "answer": ["None [1]."]}
    state = await start(lines, chooses=chooses).ask("How much was sold in Bonn?")
    assert state["status"] == status
    assert any("confidence" in one for one in state["warnings"]) == (not chooses)


@pytest.mark.parametrize(
    ("confidence", "status"),
    [(0.2, "unverified"), (0.59, "unverified"), (0.6, "answered"), (None, "answered")],
)
async def test_quoted_sentences_that_hardly_answer_are_unverified(
    start: Start, confidence: float | None, status: str
) -> None:
    quoted = AIMessage(QUOTED, response_metadata={"confidence": confidence})
    lines = {"decide": [calls(SEARCH)], "answer": [quoted]}
    state = await start(lines).ask(RETURNS)
    assert (state["status"], state["answer"].strip()) == (status, QUOTED)
    assert bool(state["warnings"]) == (status == "unverified")


@pytest.mark.parametrize(
    ("tried", "confidence", "status"),
    [
        (QUERY, 0.64, "unverified"),
        (QUERY, 0.65, "answered"),
        (SEARCH, 0.6, "answered"),
    ],
)
async def test_sentences_found_after_the_database_had_no_answer_need_more_to_be_sure(
    start: Start, tried: tuple[str, dict[str, str]], confidence: float, status: str
) -> None:
    quoted = AIMessage(QUOTED, response_metadata={"confidence": confidence})
    lines = {"decide": [calls(tried)], "write_sql": ["SELECT x FROM y"] * 3, "answer": [quoted]}
    state = await start(lines).ask(RETURNS)
    assert (state["status"], state["answer"].strip()) == (status, QUOTED)


async def test_an_answer_that_says_what_it_leaves_open_is_unverified(start: Start) -> None:
    answer = f"Oslo sold 42 [1].\n\n{NO_REST}"
    lines = {"decide": [calls(QUERY)], "write_sql": [OSLO], "answer": [answer]}
    state = await start(lines).ask(f"{SOLD} And why?")
    assert (state["status"], state["warnings"]) == ("unverified", [PARTLY])


async def test_sentences_that_stand_in_and_hardly_answer_are_unverified(start: Start) -> None:
    quoted = AIMessage(QUOTED, response_metadata={"confidence": 0.2})
    lines = {"decide": [calls(SEARCH)], "answer": [NOT_FOUND]}
    plain = ScriptedChat(lines={"answer": [quoted] * 2})
    state = await start(lines, deciding=told("together"), plain=plain).ask(RETURNS)
    assert (state["status"], state["answer"].strip()) == ("unverified", QUOTED)


async def test_an_answer_that_cites_nothing_about_who_is_asked_for_is_unverified(
    start: Start,
) -> None:
    plain = ScriptedChat(lines={"answer": [QUOTED]})
    lines = {"decide": [calls(SEARCH)], "answer": ["Within 30 days [1]."]}
    bench = start(lines, deciding=told("together"), plain=plain)
    state = await bench.ask("How long can Maren Oldcastle return a thing?")
    assert state["status"] == "unverified"
    assert "What the answer cites does not mention 'Oldcastle'." in state["warnings"]


async def test_the_rows_that_a_weak_model_leaves_out_of_a_list_follow_it(start: Start) -> None:
    plain = ScriptedChat(lines={"answer": ["Rome 8, Oslo 12, Oslo 30 [1]"]})
    lines = {"write_sql": [SALES], "answer": ["Rome 8 and Oslo 12 [1]."]}
    bench = start(lines, deciding=told("together", ASKED), plain=plain)
    state = await bench.ask("Which sales are there?")
    assert state["answer"].split("\n\n") == [
        "Rome 8 and Oslo 12 [1].",
        "Rome 8, Oslo 12, Oslo 30 [1]",
    ]


def result(*cells: str, truncated: bool = False) -> QueryResult:
    rows = tuple((1, cell) for cell in cells)
    return QueryResult("shop", "SELECT 1, city", ("n", "city"), rows, truncated, 0.0)


@pytest.mark.parametrize(
    ("answer", "listed", "is_short"),
    [
        ("Oslo and Bergen.", result("Oslo", "Bergen", "Turku"), True),
        ("Oslo, Bergen, TURKU.", result("Oslo", "Bergen", "Turku"), False),
        ("Oslo has most.", result("Oslo", "Bergen", "Turku"), False),
        ("There are 3.", result("Oslo", "Bergen", "Turku"), False),
        ("Oslo.", result("Oslo", "Oslo", "Turku"), False),
        ("Oslo and Bergen.", result("Oslo", "Bergen", "Turku", truncated=True), False),
        ("c0 c1 c2 c3 c4 c5 c6 c7 c8 c9", result(*(f"c{n}" for n in range(11))), False),
    ],
)
def test_an_answer_leaves_rows_of_a_short_list_out(
    answer: str, listed: QueryResult, *, is_short: bool
) -> None:
    assert leaves_out(answer, listed) == is_short


@pytest.mark.parametrize(
    ("said", "cited"),
    [("a [1], b [2].", "a [2], b [3]."), ("a [1, 2].", "a [2][3]."), ("a [7].", "a .")],
)
def test_a_part_is_cited_with_the_numbers_of_the_turn(said: str, cited: str) -> None:
    rows, passages = answer_parts(PARTED, [result("Oslo"), passage("One."), passage("Two.")])
    assert (rows.is_rows, rows.question, rows.numbers) == (True, SOLD, (1,))
    assert passages.cited(said) == cited


def test_what_only_one_source_gave_has_no_parts() -> None:
    assert answer_parts(PARTED, [result("Oslo")]) == []
    alone: AgentState = {"question": SOLD, "calls": list(BOTH[:1])}
    assert answer_parts(alone, [result("Oslo"), passage("One.")]) == []
