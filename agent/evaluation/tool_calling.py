"""A plain agent that calls tools: the model is asked, its calls are made, until it calls none.

It writes its statements itself and reads the gate's and the engine's words where one fails. This is
what `create_react_agent` of LangGraph builds, which is deprecated for a package that is not installed
here (`langchain`), and so it is written out; a test holds the two side by side.
"""

import asyncio
import operator
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Annotated, Any, Literal, cast

from langchain_core.messages import AIMessage, BaseMessage, HumanMessage, SystemMessage, ToolMessage
from langchain_core.runnables import RunnableConfig
from langgraph.checkpoint.base import BaseCheckpointSaver
from langgraph.graph import START, StateGraph
from langgraph.types import Overwrite
from pydantic import BaseModel, Field, ValidationError

from agent.caller import caller_of
from agent.calls import QUERY_DATABASE, SEARCH_DOCUMENTS, SearchCall, new_call_id
from agent.connected import sources_of_turn
from agent.evaluation.steps import ended, look_up_passages, look_up_rows
from agent.events import step
from agent.evidence import fenced, forms_of
from agent.graph import Machine
from agent.nodes.rewrite import TurnStart, fresh_turn
from agent.permitted import permitted
from agent.prompting import as_notes, prompt, recent_history, usage_of, with_sampling
from agent.state import AgentInput, AgentState, AgentUpdate, Branch, add_counts, add_new
from agent.toolbox import Toolbox
from tools.errors import Unavailable
from tools.sql.run import Database

MAX_ASKED = 8
"""Times that the model is asked in one turn."""


class ToolCallingState(AgentState):
    """A turn with the model's calls and the tools' replies."""

    messages: Annotated[list[BaseMessage], operator.add]


class _Begun(TurnStart):
    messages: Overwrite


class _Asked(AgentUpdate, total=False):
    messages: list[BaseMessage]


class _Called(Branch, total=False):
    messages: list[BaseMessage]


class _Search(BaseModel):
    query: str = Field(min_length=1)


class _Query(BaseModel):
    database: str
    sql: str = Field(min_length=1)


async def clear_turn(state: AgentState) -> _Begun:
    """Clear what the last turn of the thread left."""
    return {**fresh_turn(state["question"], {}), "messages": Overwrite([])}


@dataclass(frozen=True, slots=True)
class AskModel:
    """Ask the model, with the tools offered; a reply without calls is the answer."""

    toolbox: Toolbox

    async def __call__(self, state: ToolCallingState, config: RunnableConfig) -> _Asked:
        with step("decide") as working:
            tools = await self._tools(state, config)
            told = [SystemMessage(prompt("tool_calling").template), *await self._asked(state)]
            messages = [*told, *state["messages"]]
            chat = self.toolbox.chat.bind_tools(tools) if tools else self.toolbox.chat
            reply = await with_sampling(chat, state).ainvoke(messages)
            usage = usage_of(reply)
            if tools and not reply.tool_calls and not reply.text.strip():
                # With calls constrained by a JSON schema, a reply without calls has no text.
                reply = await with_sampling(self.toolbox.chat, state).ainvoke(messages)
                usage = add_counts(usage, usage_of(reply))
            rounds = state.get("rounds", 0) + 1
            working.outcome = ", ".join(call["name"] for call in reply.tool_calls) or "answer"
        asked: _Asked = {"messages": [reply], "rounds": rounds}
        if not reply.tool_calls:
            return {**ended(state, reply.text, usage), **asked}
        if rounds == MAX_ASKED:
            return {**ended(state, "", usage), **asked}
        return {**asked, "usage": usage}

    async def _asked(self, state: ToolCallingState) -> list[BaseMessage]:
        asked = HumanMessage(state["question"])
        history = state.get("history", [])
        return [*await recent_history(history, self.toolbox.window, beside=[asked]), asked]

    async def _tools(self, state: ToolCallingState, config: RunnableConfig) -> list[dict[str, Any]]:
        question, caller = state["question"], caller_of(config)
        connected = await sources_of_turn(self.toolbox, state, question=question, caller=caller)
        databases = {name: self.toolbox.databases[name] for name in connected.databases}
        offered = [await asyncio.to_thread(_query_tool, databases, question)] if databases else []
        if connected.documents is not None:
            offered.append(_search_tool(connected.documents))
        return offered


@dataclass(frozen=True, slots=True)
class CallTools:
    """Make the calls of the last reply, one after the other, and tell the model what they gave."""

    toolbox: Toolbox

    async def __call__(self, state: ToolCallingState, config: RunnableConfig) -> _Called:
        reply = cast("AIMessage", state["messages"][-1])
        evidence = list(state.get("evidence", []))
        messages, notes, used = list[BaseMessage](), list[str](), list[str]()
        for call in reply.tool_calls:
            found = await self._made(call["name"], call["args"], state, config)
            evidence = add_new(evidence, found.get("evidence", []))
            notes += found.get("notes", [])
            used += found.get("used", [])
            said = await self._told(found, evidence)
            messages.append(ToolMessage(said, tool_call_id=call["id"] or ""))
        return {"messages": messages, "evidence": evidence, "notes": notes, "used": used}

    async def _made(
        self, name: str, arguments: dict[str, Any], state: ToolCallingState, config: RunnableConfig
    ) -> Branch:
        try:
            if name == SEARCH_DOCUMENTS and self.toolbox.documents is not None:
                search = SearchCall(new_call_id(), _Search.model_validate(arguments).query)
                return await look_up_passages(self.toolbox, search, state, config)
            if name == QUERY_DATABASE:
                query = _Query.model_validate(arguments)
                return await self._rows(query, state, config)
        except ValidationError as error:
            return {"notes": [f"These arguments do not fit: {error.errors()[0]['msg']}."]}
        return {"notes": [f"There is no tool {name!r}."]}

    async def _rows(self, query: _Query, state: ToolCallingState, config: RunnableConfig) -> Branch:
        wanted = state.get("databases")
        known = permitted(self.toolbox.databases, caller_of(config), wanted=wanted)
        if query.database not in known:
            return {"notes": [f"There is no database {query.database!r}: {', '.join(known)}."]}
        return await look_up_rows(self.toolbox, new_call_id(), query.database, query.sql, config)

    async def _told(self, found: Branch, evidence: Sequence[str]) -> str:
        """What a call gave, each piece with the number that cites it."""
        ids = found.get("evidence", [])
        items = await self.toolbox.ledger.read(ids)
        numbers = [evidence.index(id_) + 1 for id_ in ids]
        lines = [
            forms_of(item, number=number)[0] for item, number in zip(items, numbers, strict=True)
        ]
        return "\n".join(filter(None, [fenced(lines), as_notes(found.get("notes", []))]))


def build_tool_calling(
    toolbox: Toolbox, *, checkpointer: BaseCheckpointSaver[str] | None = None
) -> Machine:
    """The agent as a machine; its chat model has to call tools."""
    graph = StateGraph(ToolCallingState, input_schema=AgentInput)
    graph.add_node("begin", clear_turn)
    graph.add_node("model", AskModel(toolbox))
    graph.add_node("tools", CallTools(toolbox))
    graph.add_edge(START, "begin")
    graph.add_edge("begin", "model")
    graph.add_conditional_edges("model", _after_model)
    graph.add_edge("tools", "model")
    return cast("Machine", graph.compile(checkpointer=checkpointer, name="tool-calling"))


async def _after_model(state: ToolCallingState) -> Literal["tools", "__end__"]:
    return "__end__" if state.get("answer") else "tools"


def _search_tool(documents: str) -> dict[str, Any]:
    query = {"type": "string", "description": "What to look for, in full words."}
    return _tool(SEARCH_DOCUMENTS, f"Find passages in the documents. {documents}", query=query)


def _query_tool(databases: dict[str, Database], question: str) -> dict[str, Any]:
    told = [
        f"Database {name} ({one.dialect}): {_seen(one, question)}"
        for name, one in databases.items()
    ]
    return _tool(
        QUERY_DATABASE,
        "Run one SELECT statement in a database and read its rows.\n\n" + "\n\n".join(told),
        database={"type": "string", "enum": list(databases)},
        sql={"type": "string", "description": "The statement, in the database's dialect."},
    )


def _seen(database: Database, question: str) -> str:
    try:
        return database.schema_for(question).describe()
    except Unavailable as error:
        return str(error)


def _tool(name: str, description: str, **properties: dict[str, Any]) -> dict[str, Any]:
    parameters = {
        "type": "object",
        "properties": properties,
        "required": list(properties),
        "additionalProperties": False,
    }
    function = {"name": name, "description": description, "parameters": parameters}
    return {"type": "function", "function": function}
