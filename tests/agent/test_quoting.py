"""Beside a weak model, what quotes passages without one reads them a second time."""

from collections.abc import Sequence

import pytest
from machine_bench import FixedAdvisor, Start, advice
from scripted_chat import ScriptedChat, calls

from agent.advice import Advice, Decider, Deciding
from agent.calls import QueryCall, SearchCall
from agent.events import AnswerToken, sending_to
from agent.quoting import NONE_ANSWERS, STANDS_IN
from agent.support import says_the_same

RETURNS = "How long can I return a thing?"
SOLD = "How much was sold in Oslo?"
SEARCH = ("search_documents", {"query": "returns"})
QUOTED = "Returns are taken within 30 days. [1]"
NOT_FOUND = "I could not find an answer to this."


def told(by: Decider, known: Advice | None = None) -> Deciding:
    return Deciding(FixedAdvisor(known or advice()), by)


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
    bench = start(lines, deciding=told("together", advice(share=0.0)), plain=plain)
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
    ("planned", "roles"),
    [
        ([SearchCall("1", RETURNS)], ["answer"]),
        ([QueryCall("1", SOLD, "shop")], ["decide", "answer"]),
        ([], ["decide", "answer"]),
    ],
)
async def test_a_weak_model_is_not_asked_where_the_rules_would_search(
    start: Start, planned: Sequence[SearchCall | QueryCall], roles: list[str]
) -> None:
    lines = {"decide": [calls(SEARCH)], "answer": ["Within 30 days [1]."]}
    bench = start(lines, deciding=told("together", advice(*planned)))
    await bench.ask(RETURNS)
    assert bench.chat.roles == roles


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
    bench = start(lines, deciding=told(by))
    state = await bench.ask("Which city sold most?")
    assert state["status"] == status
    assert any("'Canberra'" in one for one in state["warnings"]) == (status == "unverified")
