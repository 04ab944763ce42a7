"""The pipeline that this agent grew from: a router, then SQL and a summary, or a search and an answer.

Each question takes one way, with no repair, no second source, no check and no memory of the thread.
"""

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from typing import Literal

from langchain_core.messages import AIMessage, BaseMessage, HumanMessage
from langchain_core.runnables import RunnableConfig
from langgraph.checkpoint.base import BaseCheckpointSaver
from langgraph.graph import START, StateGraph
from pydantic import BaseModel, ValidationError

from agent.ahead import EarlySearch
from agent.asides import split_asides
from agent.caller import caller_of
from agent.calls import (
    LOOKUPS,
    QUERY_DATABASE,
    SEARCH_DOCUMENTS,
    Call,
    ConnectedSources,
    QueryCall,
    SearchCall,
    calls_of,
    new_call_id,
    tools_for,
)
from agent.connected import sources_of_turn
from agent.drafts import SqlDeclined, SqlDraft
from agent.evaluation.steps import ended, look_up_passages, look_up_rows
from agent.events import step
from agent.evidence import fenced, render_within
from agent.graph import Machine
from agent.nodes.rewrite import TurnStart, fresh_turn
from agent.prompting import prompt, usage_of, with_sampling
from agent.state import AgentInput, AgentState, AgentUpdate, Branch
from agent.task import ModelTask, TaskMessage
from agent.toolbox import Evidence, SqlTask, Toolbox
from tools.documents.passage import FoundPassage
from tools.errors import Unavailable
from tools.sql.result import QueryResult


class _Routed(BaseModel):
    """The router's reply."""

    route: Literal["greet", "sql", "search"]
    database: str = ""


@dataclass(frozen=True, slots=True)
class Route:
    """Choose one way for the whole question: talk, a database, or the documents."""

    toolbox: Toolbox
    by_calls: bool = False

    async def __call__(self, state: AgentState, config: RunnableConfig) -> TurnStart:
        question = state["question"]
        connected = await sources_of_turn(
            self.toolbox, state, question=question, caller=caller_of(config)
        )
        with step("decide") as working:
            if state.get("mode", "auto") != "auto" or not _has_any(connected):
                return {**fresh_turn(question, {}), "calls": _only(question, connected)}
            reply = await self._asked(state, connected, config)
            calls = (
                calls_of(reply, connected)[0][:1]
                if self.by_calls
                else _calls_in(reply, question, connected)
            )
            working.outcome = type(calls[0]).__name__ if calls else "greet"
        return {**fresh_turn(question, usage_of(reply)), "calls": calls}

    async def _asked(
        self, state: AgentState, connected: ConnectedSources, config: RunnableConfig
    ) -> AIMessage:
        question = state["question"]
        task = ModelTask("decide", question, search=self._search(state, config))
        sources = [*connected.databases.items(), ("Documents", connected.documents or "")]
        told = fenced([f"{name}: {said}" for name, said in sources])
        asked = [
            TaskMessage.of(prompt("pipeline_route").template, task),
            HumanMessage(f"{told}\n\nQuestion: {question}"),
        ]
        if not self.by_calls:
            return await self.toolbox.chat.ainvoke(asked)
        offered = tools_for(connected)
        lookups = [one for one in offered if one["function"]["name"] in LOOKUPS]
        return await self.toolbox.chat.bind_tools(lookups).ainvoke(asked)

    def _search(
        self, state: AgentState, config: RunnableConfig
    ) -> Callable[[], Awaitable[Sequence[FoundPassage] | None]] | None:
        """What the embedded model looks at before it chooses."""
        documents = self.toolbox.documents
        if documents is None or not self.by_calls:
            return None
        question, wanted = state["question"], state.get("collections")
        return EarlySearch(
            documents, question, caller_of(config), wanted, self.toolbox.passages
        ).passages


@dataclass(frozen=True, slots=True)
class QueryOnce:
    """Have a statement written, and run it: whatever it gives is what there is."""

    toolbox: Toolbox

    async def __call__(self, state: AgentState, config: RunnableConfig) -> Branch:
        (call,) = (one for one in state.get("calls", []) if isinstance(one, QueryCall))
        database = self.toolbox.databases[call.database]
        with step("write_sql", call=call.id, detail=call.question) as working:
            written = await self._written(SqlTask(call.question, database, caller_of(config)))
            if isinstance(written, SqlDeclined):
                working.outcome = written.reason
        usage = dict(written.usage)
        if isinstance(written, SqlDeclined):
            return {"notes": [written.reason], "used": [QUERY_DATABASE], "usage": usage}
        found = await look_up_rows(self.toolbox, call.id, call.database, written.sql, config)
        return {**found, "usage": usage}

    async def _written(self, task: SqlTask) -> SqlDraft | SqlDeclined:
        try:
            return await self.toolbox.sql_writer.write(task)
        except Unavailable as error:
            return SqlDeclined(str(error))


@dataclass(frozen=True, slots=True)
class SearchOnce:
    """Search the documents for the question itself."""

    toolbox: Toolbox

    async def __call__(self, state: AgentState, config: RunnableConfig) -> Branch:
        (call,) = (one for one in state.get("calls", []) if isinstance(one, SearchCall))
        return await look_up_passages(self.toolbox, call, state, config)


@dataclass(frozen=True, slots=True)
class Summarise:
    """Put what was found into words; nothing of it is compared with the evidence."""

    toolbox: Toolbox

    async def __call__(self, state: AgentState) -> AgentUpdate:
        with step("answer"):
            found = await self.toolbox.ledger.read(state.get("evidence", []))
            evidence = [one.in_words() if isinstance(one, QueryResult) else one for one in found]
            if state.get("used") and not evidence:
                return ended(state, "", {})
            messages = await self._messages(state, evidence)
            reply = await with_sampling(self.toolbox.chat, state).ainvoke(messages)
            return ended(state, reply.text, usage_of(reply))

    async def _messages(self, state: AgentState, evidence: Sequence[Evidence]) -> list[BaseMessage]:
        question = state["question"]
        if not evidence:
            told = TaskMessage.of(prompt("talk").template, ModelTask("talk", question))
            return [told, HumanMessage(question)]
        words, asked = prompt("pipeline_answer").template, f"Question: {question}"
        shown, _ = await render_within(
            evidence, self.toolbox.window, fixed=f"{words}\n{asked}", reply=state.get("max_tokens")
        )
        task = ModelTask("answer", question, evidence=tuple(evidence))
        return [TaskMessage.of(words, task), HumanMessage(f"{shown}\n\n{asked}")]


def build_pipeline(
    toolbox: Toolbox,
    *,
    checkpointer: BaseCheckpointSaver[str] | None = None,
    chooses_by_calls: bool = False,
) -> Machine:
    """The pipeline as a machine; `chooses_by_calls` as in `agent.evaluation.baselines`."""
    graph = StateGraph(AgentState, input_schema=AgentInput)
    graph.add_node("route", Route(toolbox, chooses_by_calls))
    graph.add_node(QUERY_DATABASE, QueryOnce(toolbox))
    graph.add_node(SEARCH_DOCUMENTS, SearchOnce(toolbox))
    graph.add_node("answer", Summarise(toolbox))
    graph.add_edge(START, "route")
    graph.add_conditional_edges("route", _after_route)
    graph.add_edge(QUERY_DATABASE, "answer")
    graph.add_edge(SEARCH_DOCUMENTS, "answer")
    graph.set_finish_point("answer")
    return graph.compile(checkpointer=checkpointer, name="pipeline")


async def _after_route(
    state: AgentState,
) -> Literal["query_database", "search_documents", "answer"]:
    match state.get("calls", []):
        case [QueryCall(), *_]:
            return QUERY_DATABASE
        case [SearchCall(), *_]:
            return SEARCH_DOCUMENTS
        case _:
            return "answer"


def _has_any(connected: ConnectedSources) -> bool:
    return bool(connected.databases) or connected.documents is not None


def _only(question: str, connected: ConnectedSources) -> list[Call]:
    """The call that needs no choice."""
    if connected.databases:
        return [QueryCall(new_call_id(), question, next(iter(connected.databases)))]
    return [SearchCall(new_call_id(), question)] if connected.documents is not None else []


def _calls_in(reply: AIMessage, question: str, connected: ConnectedSources) -> list[Call]:
    """The call that the router's JSON stands for; what cannot be read is a search."""
    said = split_asides(reply.text).said
    try:
        routed = _Routed.model_validate_json(said[said.find("{") : said.rfind("}") + 1])
    except ValidationError:
        routed = _Routed(route="search")
    if routed.route == "greet":
        return []
    if not connected.databases or (routed.route == "search" and connected.documents is not None):
        return [SearchCall(new_call_id(), question)]
    first = next(iter(connected.databases))
    name = routed.database if routed.database in connected.databases else first
    return [QueryCall(new_call_id(), question, name)]
