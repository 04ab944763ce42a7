"""A weak model's question that may be of either source is asked of both, and the likelier one answers."""

import pytest
from langchain_core.messages import AIMessage
from machine_bench import FixedAdvisor, FixedWriter, Start, advice
from scripted_chat import ScriptedChat

from agent.advice import Advice, Deciding
from agent.calls import ConnectedSources, QueryCall, SearchCall
from agent.nodes.run_sql import UNLIKELY
from agent.rivals import rival_calls

ASKED = "How much was sold in Oslo?"
GOOD = "SELECT SUM(amount) AS sold FROM sale WHERE city = 'Oslo'"
OTHER = "SELECT COUNT(*) FROM sale WHERE city = 'Oslo'"
BOTH = ConnectedSources({"shop": "sales"}, "policies")
QUERY, SEARCH = QueryCall("1", ASKED, "shop"), SearchCall("2", ASKED)
QUOTED = "Returns are taken within 30 days. [1]"


def quoting(confidence: float, times: int = 2) -> ScriptedChat:
    said = AIMessage(QUOTED, response_metadata={"confidence": confidence})
    return ScriptedChat(lines={"answer": [said] * times})


def weak(known: Advice) -> Deciding:
    return Deciding(FixedAdvisor(known), "together")


@pytest.mark.parametrize(
    ("connected", "known", "kinds"),
    [
        (BOTH, advice(QUERY), [QueryCall, SearchCall]),
        (BOTH, advice(SEARCH), [QueryCall, SearchCall]),
        (BOTH, advice(), [QueryCall, SearchCall]),
        (BOTH, advice(SEARCH, telling=0.8), [SearchCall]),
        (BOTH, advice(QUERY, telling=0.8), [QueryCall, SearchCall]),
        (BOTH, advice(share=0.0), [QueryCall, SearchCall]),
        (ConnectedSources({"shop": "", "hr": ""}, ""), advice(share=0.0), [SearchCall]),
        (ConnectedSources({"shop": ""}, None), advice(QUERY), [QueryCall]),
        (ConnectedSources({}, ""), Advice(), [SearchCall]),
    ],
)
def test_both_sources_are_asked_unless_one_is_alone_or_clear(
    connected: ConnectedSources, known: Advice, kinds: list[type]
) -> None:
    calls = rival_calls(ASKED, connected, known)
    assert [type(call) for call in calls] == kinds


async def test_rows_that_are_likelier_answer_and_the_passages_are_left_out(start: Start) -> None:
    bench = start(
        {"write_sql": [GOOD], "answer": ["42 [1]."]},
        deciding=weak(advice(QUERY, is_one=True)),
        plain=quoting(0.3),
        second=FixedWriter(GOOD),
    )
    state = await bench.ask(ASKED)
    assert bench.chat.roles == ["write_sql", "answer"]  # nobody is asked to choose
    assert "within 30 days" not in bench.chat.told("answer")
    assert (state["status"], state["used"]) == ("answered", ["query_database"])


async def test_passages_that_are_likelier_answer_and_nothing_is_said_of_the_rows(
    start: Start,
) -> None:
    bench = start(
        {"write_sql": [GOOD], "choose": ["A"], "answer": ["Within 30 days [1]."]},
        deciding=weak(advice(QUERY, is_one=True)),
        plain=quoting(0.9),
        second=FixedWriter(OTHER),
    )
    state = await bench.ask("How long can I return a thing?")
    assert "SELECT" not in bench.chat.told("answer")
    assert state["warnings"] == []
    assert (state["status"], state["used"]) == ("answered", ["search_documents"])


async def test_unsure_rows_of_a_database_that_hardly_knows_the_words_are_left_out(
    start: Start,
) -> None:
    bench = start(
        {"write_sql": [GOOD], "answer": ["Within 30 days [1]."]},
        deciding=weak(advice(share=0.3)),
        plain=quoting(0.3),
        second=FixedWriter(None),
    )
    state = await bench.ask(ASKED)
    told = bench.chat.told("answer")
    assert ("SELECT" in told, "left out" in told) == (False, False)
    assert state["used"] == ["search_documents"]


async def test_where_neither_has_an_answer_both_say_why(start: Start) -> None:
    known = Deciding(FixedAdvisor(advice(share=0.3), is_spoken_of=False), "together")
    bench = start(
        {"write_sql": [GOOD]}, deciding=known, plain=quoting(0.3), second=FixedWriter(None)
    )
    state = await bench.ask(ASKED)
    assert state["status"] == "declined"
    assert UNLIKELY.format(name="shop") in state["answer"]
    assert "No passage is about" in state["answer"]
