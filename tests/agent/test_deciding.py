"""What is known before the model decides, what is begun meanwhile, and what follows a dead end."""

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import pytest
from langchain_core.callbacks import AsyncCallbackManagerForLLMRun
from langchain_core.messages import BaseMessage
from langchain_core.outputs import ChatResult
from langchain_core.runnables import RunnableConfig
from langgraph.types import Command
from machine_bench import ADA, Bench, FakeDocuments, FixedAdvisor, Start, advice, passage
from pydantic import PrivateAttr
from scripted_chat import Line, ScriptedChat, calls

from agent.advice import Advice, Ahead, Decider, Deciding, SourceMatch
from agent.ahead import in_the_persons_words
from agent.approval import ApprovalDecision, ApprovalRule
from agent.caller import CALLER, THREAD
from agent.calls import Call, QueryCall, SearchCall
from agent.drafts import SqlDeclined, SqlDraft
from agent.events import AnswerToken, sending_to
from agent.graph import build_graph
from agent.ledger import MemoryLedger
from agent.sql_writers import ChatSqlWriter
from agent.state import Mode
from agent.toolbox import SqlTask, Toolbox
from tools.errors import Unavailable
from tools.sql.run import Database

SOLD = "How much was sold in Oslo?"
RETURNS = "How long can I return a thing?"
SEARCH = ("search_documents", {"query": "returns"})
QUERY = ("query_database", {"question": "sales in Oslo", "database": "shop"})
GOOD = "SELECT SUM(amount) AS sold FROM sale WHERE city = 'Oslo'"
NOTHING = FakeDocuments()


def deciding(
    told: Advice, *, ahead: Ahead = "documents", by: Decider = "model"
) -> tuple[Deciding, FixedAdvisor]:
    advisor = FixedAdvisor(told)
    return Deciding(advisor, by, ahead), advisor


class TimedChat(ScriptedChat):
    """Takes a moment for each reply, and counts how many replies had to wait for one another."""

    _ended: list[int] = PrivateAttr(default_factory=list[int])

    @property
    def in_sequence(self) -> int:
        return max(self._ended)

    async def _agenerate(
        self,
        messages: list[BaseMessage],
        stop: list[str] | None = None,
        run_manager: AsyncCallbackManagerForLLMRun | None = None,
        **kwargs: Any,
    ) -> ChatResult:
        place = max(self._ended, default=0) + 1
        said = self._generate(messages, stop, None, **kwargs)
        await asyncio.sleep(0.02)
        self._ended.append(place)
        return said


def toolbox(
    chat: ScriptedChat, shop: Database, told: Deciding, documents: FakeDocuments | None = None
) -> Toolbox:
    return Toolbox(
        chat=chat,
        sql_writer=ChatSqlWriter(chat, "scripted"),
        documents=documents or FakeDocuments([passage("Returns are taken within 30 days.")]),
        databases={"shop": shop},
        ledger=MemoryLedger(),
        deciding=told,
    )


async def ask(box: Toolbox, question: str) -> dict[str, Any]:
    config = RunnableConfig(configurable={CALLER: ADA, THREAD: "t"})
    return dict(await build_graph(box).ainvoke({"question": question}, config))


@pytest.mark.parametrize(("ahead", "before_answer"), [("all", 1), ("documents", 2)])
async def test_a_statement_is_written_while_the_model_decides(
    shop: Database, ahead: Ahead, before_answer: int
) -> None:
    lines: dict[str, list[Line]] = {
        "decide": [calls(QUERY)],
        "write_sql": [GOOD],
        "answer": ["42 [1]."],
    }
    chat = TimedChat(lines=lines)
    state = await ask(toolbox(chat, shop, deciding(advice(), ahead=ahead)[0]), SOLD)
    assert state["status"] == "answered"
    assert chat.in_sequence == before_answer  # and the answer, which is streamed, after it
    assert state["usage"]["model_calls"] == 3


@dataclass
class WaitingWriter:
    """Never comes to an end by itself."""

    name: str = "waiting"
    was_cancelled: bool = False

    async def write(self, task: SqlTask) -> SqlDraft | SqlDeclined:
        assert task.question == RETURNS
        try:
            await asyncio.Event().wait()
        except asyncio.CancelledError:
            self.was_cancelled = True
            raise
        raise AssertionError


async def test_a_statement_that_nobody_chose_is_cancelled(shop: Database) -> None:
    chat = TimedChat(lines={"decide": [calls(SEARCH)], "answer": ["30 days [1]."]})
    writer = WaitingWriter()
    box = toolbox(chat, shop, deciding(advice(), ahead="all")[0])
    state = await ask(replace(box, sql_writer=writer), RETURNS)
    assert state["status"] == "answered"
    assert writer.was_cancelled


async def test_nothing_is_written_for_a_database_that_knows_no_word_of_the_question(
    shop: Database,
) -> None:
    chat = TimedChat(lines={"decide": [calls(SEARCH)], "answer": ["30 days [1]."]})
    await ask(toolbox(chat, shop, deciding(advice(share=0.0), ahead="all")[0]), RETURNS)
    assert chat.roles == ["decide", "answer"]


@dataclass
class FailingWriter:
    """Is away while the model decides, and there again for the call."""

    name: str = "failing"
    asked: int = 0

    async def write(self, task: SqlTask) -> SqlDraft | SqlDeclined:
        del task
        self.asked += 1
        if self.asked == 1:
            raise Unavailable("away")
        return SqlDraft(GOOD)


async def test_a_writer_that_fails_ahead_is_asked_again_by_the_call(shop: Database) -> None:
    chat = TimedChat(lines={"decide": [calls(QUERY)], "answer": ["42 [1]."]})
    box = toolbox(chat, shop, deciding(advice(), ahead="all")[0])
    state = await ask(replace(box, sql_writer=FailingWriter()), SOLD)
    assert state["status"] == "answered"


async def test_a_lone_call_asks_what_the_person_asked_and_the_early_search_counts(
    start: Start,
) -> None:
    told, advisor = deciding(advice())
    bench = start({"decide": [calls(SEARCH)], "answer": ["30 days [1]."]}, deciding=told)
    await bench.ask(RETURNS)
    assert bench.documents.asked == [("ada", RETURNS)]
    assert [[p.passage.text for p in shown or ()] for shown in advisor.shown] == [
        ["Returns are taken within 30 days."]
    ]


async def test_nothing_is_searched_ahead_where_the_settings_say_so(start: Start) -> None:
    told, advisor = deciding(advice(), ahead="none")
    bench = start(
        {"decide": [calls(QUERY)], "write_sql": [GOOD], "answer": ["42 [1]."]}, deciding=told
    )
    await bench.ask(SOLD)
    assert advisor.shown == [None]
    assert bench.documents.asked == [("ada", SOLD)]  # behind the answer: do they say otherwise?


async def test_the_model_is_told_what_the_sources_mention_after_what_never_changes(
    start: Start,
) -> None:
    told, _ = deciding(advice())
    lines: Mapping[str, Sequence[Line]] = {
        "decide": [calls(SEARCH), calls(SEARCH)],
        "answer": ["30 days [1]."] * 2,
    }
    bench = start(lines, deciding=told)
    await bench.ask(RETURNS)
    await bench.ask("May I return a thing?", thread="another")
    first, second = (messages for role, messages, _ in bench.chat.heard if role == "decide")
    assert first[0].text == second[0].text
    said = first[-1].text
    assert '{"source": "database shop", "mentions": ["sale.city = \'Oslo\'"]}' in said
    assert "Returns are taken within 30 days." in said
    assert said.endswith(f"Question: {RETURNS}")


ASK_SHOP = QueryCall("1", SOLD, "shop")


@pytest.mark.parametrize(
    ("by", "is_clear", "roles"),
    [
        ("embedded", False, ["write_sql", "answer"]),
        ("together", True, ["write_sql", "answer"]),
        ("together", False, ["write_sql", "answer"]),
        ("model", True, ["decide", "answer"]),
    ],
)
async def test_the_advisor_decides_where_it_may(
    start: Start, by: Decider, *, is_clear: bool, roles: list[str]
) -> None:
    told, _ = deciding(advice(ASK_SHOP, is_clear=is_clear, is_one=True), by=by)
    bench = start(
        {"decide": [calls(SEARCH)], "write_sql": [GOOD], "answer": ["42 [1]."]}, deciding=told
    )
    state = await bench.ask(SOLD)
    assert bench.chat.roles == roles
    assert state["chooser"] == ("model" if "decide" in roles else "embedded")


async def test_what_the_database_declines_is_looked_up_in_the_documents(start: Start) -> None:
    bench = start(
        {"decide": [calls(QUERY)], "write_sql": ["NONE"], "answer": ["Within 30 days [1]."]}
    )
    state = await bench.ask(RETURNS)
    assert bench.chat.roles == ["decide", "write_sql", "answer"]  # no model is asked what to do
    assert (state["status"], sorted(state["used"])) == (
        "answered",
        ["query_database", "search_documents"],
    )


async def test_what_the_documents_do_not_know_is_asked_of_the_likeliest_database(
    start: Start,
) -> None:
    told, _ = deciding(advice())
    bench = start(
        {"decide": [calls(SEARCH)], "write_sql": [GOOD], "answer": ["42 [1]."]},
        documents=FakeDocuments(),
        deciding=told,
    )
    state = await bench.ask(SOLD)
    assert bench.chat.roles == ["decide", "write_sql", "answer"]
    assert state["status"] == "answered"


async def test_after_both_tools_a_question_is_declined(start: Start) -> None:
    bench = start({"decide": [calls(QUERY, SEARCH)], "write_sql": ["NONE"]}, documents=NOTHING)
    state = await bench.ask(RETURNS)
    assert (state["status"], bench.chat.roles) == ("declined", ["decide", "write_sql"])


@pytest.mark.parametrize(("mode", "role"), [("sql", "write_sql"), ("documents", "")])
async def test_a_manual_mode_stays_with_its_tool(start: Start, mode: Mode, role: str) -> None:
    bench = start({"write_sql": ["NONE"]}, documents=NOTHING)
    state = await bench.ask(RETURNS, mode=mode)
    assert state["status"] == "declined"
    assert bench.chat.roles == [role for role in [role] if role]


async def test_a_count_of_nothing_is_an_answer_and_no_dead_end(start: Start) -> None:
    nobody = "SELECT COUNT(*) AS sales FROM sale WHERE city = 'Bonn'"
    bench = start(
        {"decide": [calls(QUERY)], "write_sql": [nobody, nobody], "answer": ["None: 0 [1]."]}
    )
    state = await bench.ask("How many sales were there in Bonn?")
    assert (state["status"], state["used"]) == ("answered", ["query_database"])


async def test_what_a_person_rejected_is_not_looked_up_elsewhere(start: Start) -> None:
    bench = start({"decide": [calls(QUERY)], "write_sql": [GOOD]}, rule=ApprovalRule("always"))
    waiting = await bench.ask(SOLD)
    (asked,) = waiting["__interrupt__"]
    config = RunnableConfig(configurable={CALLER: ADA, THREAD: "t"})
    resumed: Command[Any] = Command(resume={asked.id: ApprovalDecision("reject")})
    state = await bench.machine.ainvoke(resumed, config)
    assert (state["status"], bench.documents.asked) == ("declined", [])


def test_what_the_person_asked_replaces_a_paraphrase_only_where_it_loses_nothing() -> None:
    alone = in_the_persons_words([SearchCall("1", "returns")], RETURNS)
    assert alone == [SearchCall("1", RETURNS)]
    kept: list[list[Call]] = [
        [SearchCall("1", "returns", file="a.md")],
        [SearchCall("1", "returns", needs_followup=True)],
        [SearchCall("1", "returns"), ASK_SHOP],
        [],
    ]
    assert [in_the_persons_words(one, RETURNS) for one in kept] == kept


@pytest.mark.parametrize(
    ("made", "used"),
    [
        (calls(QUERY, SEARCH), ["query_database"]),
        (calls(("describe_sources", {"about": "freshness", "subject": ""})), ["query_database"]),
        (calls(SEARCH), ["search_documents"]),
    ],
)
async def test_a_weak_model_is_doubted_where_it_asks_everything_or_what_there_is(
    start: Start, made: Line, used: list[str]
) -> None:
    told, _ = deciding(advice(ASK_SHOP, is_one=True), by="together")
    lines = {"decide": [made], "write_sql": [GOOD], "answer": ["42 [1]."]}
    state = await start(lines, deciding=told).ask("Wie viel wurde in Oslo verkauft?")
    assert state["used"] == used


async def test_the_model_that_answers_is_not_told_what_failed_before_another_tool(
    start: Start,
) -> None:
    bench = start(
        {
            "decide": [calls(QUERY)],
            "write_sql": ["NONE The tables hold no rules."],
            "answer": ["Within 30 days [1]."],
        }
    )
    await bench.ask(RETURNS)
    assert "no rules" not in bench.chat.told("answer")


@pytest.mark.parametrize("said", ["[1]", " [1][2].", "."])
async def test_a_citation_without_words_is_no_answer(start: Start, said: str) -> None:
    bench = start({"decide": [calls(SEARCH)], "answer": [said]})
    state = await bench.ask(RETURNS)
    assert (state["status"], "empty answer" in state["answer"]) == ("declined", True)


DECLINED = "I could not find anything about returns in the rows."


async def told_by(bench: Bench, question: str) -> tuple[dict[str, Any], str]:
    """The last state of a turn, and what a person read of its answer meanwhile."""
    told: list[str] = []
    with sending_to(lambda e: told.append(e.text) if isinstance(e, AnswerToken) else None):
        state = await bench.ask(question)
    return state, "".join(told)


async def test_what_the_model_does_not_find_in_the_rows_is_looked_up_in_the_documents(
    start: Start,
) -> None:
    by, _ = deciding(advice())
    bench = start(
        {
            "decide": [calls(QUERY)],
            "write_sql": [GOOD],
            "answer": [DECLINED, "Within 30 days [1]."],
        },
        deciding=by,
    )
    state, told = await told_by(bench, RETURNS)
    assert (state["status"], state["answer"].strip()) == ("answered", "Within 30 days [1].")
    assert bench.chat.roles == ["decide", "write_sql", "answer", "answer"]
    assert told.strip() == "Within 30 days [1]."  # nobody reads the answer that was put aside
    assert len(state["evidence"]) == 1


async def test_where_nothing_speaks_for_the_other_tool_the_answer_that_declines_stays(
    start: Start,
) -> None:
    by, _ = deciding(replace(advice(), documents=SourceMatch(0.0)))
    bench = start(
        {"decide": [calls(QUERY)], "write_sql": [GOOD], "answer": [DECLINED]}, deciding=by
    )
    state, told = await told_by(bench, RETURNS)
    assert (state["status"], told.strip()) == ("declined", DECLINED)
    assert bench.documents.asked == [("ada", RETURNS)]  # ahead only


@pytest.mark.parametrize(("share", "used"), [(0.9, "query_database"), (0.2, "search_documents")])
async def test_a_database_is_turned_to_where_it_knows_most_of_the_words(
    start: Start, share: float, used: str
) -> None:
    told, _ = deciding(advice(share=share))
    bench = start(
        {
            "decide": [calls(SEARCH)],
            "answer": ["I could not find it.", "42 [1]."],
            "write_sql": [GOOD],
        },
        deciding=told,
    )
    state = await bench.ask(SOLD)
    assert state["used"][-1] == used


async def test_passages_that_are_not_about_the_question_are_no_evidence(start: Start) -> None:
    told, advisor = deciding(advice())
    advisor.is_spoken_of = False
    bench = start(
        {"decide": [calls(SEARCH)], "write_sql": [GOOD], "answer": ["42 [1]."]}, deciding=told
    )
    state = await bench.ask(SOLD)
    assert (state["status"], state["used"]) == ("answered", ["search_documents", "query_database"])
    assert bench.chat.roles == ["decide", "write_sql", "answer"]


@pytest.mark.parametrize(
    ("said", "status"),
    [
        ("The passages do not mention a price.", "declined"),
        ("Unfortunately, the documents contain no information about it.", "declined"),
        ("The warranty does not cover water [1].", "answered"),
        ("Returns do not include opened things.", "answered"),
    ],
)
async def test_an_answer_that_only_says_that_nothing_fits_is_declined(
    start: Start, said: str, status: str
) -> None:
    text = "The warranty does not cover water. Returns do not include opened things."
    bench = start(
        {"decide": [calls(SEARCH)], "answer": [said]}, documents=FakeDocuments([passage(text)])
    )
    state = await bench.ask("What does it cost?")
    assert state["status"] == status


async def test_what_a_person_rejected_is_not_looked_up_elsewhere_whoever_advises(
    start: Start,
) -> None:
    by, _ = deciding(advice())
    bench = start(
        {"decide": [calls(QUERY)], "write_sql": [GOOD]}, rule=ApprovalRule("always"), deciding=by
    )
    waiting = await bench.ask(SOLD)
    (asked,) = waiting["__interrupt__"]
    config = RunnableConfig(configurable={CALLER: ADA, THREAD: "t"})
    resumed: Command[Any] = Command(resume={asked.id: ApprovalDecision("reject")})
    state = await bench.machine.ainvoke(resumed, config)
    assert (state["status"], state["used"]) == ("declined", ["query_database"])


async def test_an_empty_reply_is_told_as_what_it_is(start: Start) -> None:
    by, _ = deciding(advice())
    bench = start({"decide": [calls(QUERY)], "write_sql": [GOOD], "answer": [""]}, deciding=by)
    state, told = await told_by(bench, RETURNS)
    assert (state["status"], state["used"]) == ("declined", ["query_database"])
    assert told == "I could not find an answer. The chat model gave an empty answer."


async def test_an_answer_that_declines_is_told_once_no_round_is_left(start: Start) -> None:
    by, _ = deciding(advice())
    again = ("query_database", {**QUERY[1], "needs_followup": True})
    other = ("query_database", {**again[1], "question": "sales in Rome"})
    last = ("query_database", {**QUERY[1], "question": "sales in all cities"})
    bench = start(
        {
            "decide": [calls(again), calls(other), calls(last)],
            "write_sql": [GOOD, GOOD, GOOD],
            "answer": [DECLINED],
        },
        deciding=by,
    )
    state, told = await told_by(bench, RETURNS)
    assert (state["rounds"], state["status"], told.strip()) == (3, "declined", DECLINED)
