import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from langchain_core.language_models import BaseChatModel
from langchain_core.messages import BaseMessage, HumanMessage
from langchain_core.runnables import RunnableConfig

from agent.caller import caller_of, thread_of
from agent.calls import (
    Call,
    ConnectedSources,
    DescribeCall,
    QueryCall,
    SearchCall,
    calls_of,
    new_call_id,
    tools_for,
)
from agent.connected import connected_sources
from agent.events import step
from agent.evidence import render_within
from agent.prompting import as_notes, prompt, recent_history, usage_of
from agent.reply import all_thought, emit_thought
from agent.sources.manual import about_sources
from agent.state import AgentState, AgentUpdate, add_counts
from agent.task import EarlySearch, ModelTask, TaskMessage
from agent.toolbox import DocumentSearch, EvidenceLedger
from agent.window import UnboundedWindow, Window
from tools.caller import Caller
from tools.documents.passage import FoundPassage
from tools.sql.run import Database

NOTHING_CONNECTED = "No document and no database is connected, so nothing was looked up."


@dataclass(frozen=True, slots=True)
class Decide:
    """Choose the calls of a round: the chat model's, or the one that a manual mode leaves."""

    chat: BaseChatModel
    databases: Mapping[str, Database]
    documents: DocumentSearch | None
    ledger: EvidenceLedger
    window: Window = field(default_factory=UnboundedWindow)
    passages: int = 6

    async def __call__(self, state: AgentState, config: RunnableConfig) -> AgentUpdate:
        question = state.get("standalone", state["question"])  # a first one was not rewritten
        asked: AgentState = {**state, "standalone": question}
        with step("decide") as working:
            connected = await self._connected(asked, caller_of(config))
            decided = await about_sources(asked, self.databases) or _manual(asked, connected)
            if decided is None:
                decided = await self._ask(asked, connected, config)
            working.outcome = _described(decided.get("calls", []))
        return {**decided, "standalone": question, "rounds": state.get("rounds", 0) + 1}

    async def _connected(self, state: AgentState, caller: Caller) -> ConnectedSources:
        mode = state.get("mode", "auto")
        if mode == "chat" or not state.get("use_knowledge", True):
            return ConnectedSources({}, None)
        return await connected_sources(
            {} if mode == "documents" else self.databases,
            None if mode == "sql" else self.documents,
            wanted=state.get("databases"),
            question=state.get("standalone", ""),
            caller=caller,
        )

    async def _ask(
        self, state: AgentState, connected: ConnectedSources, config: RunnableConfig
    ) -> AgentUpdate:
        tools, early = tools_for(connected), self._early(state, connected, caller_of(config))
        chat, messages = self.chat.bind_tools(tools), await self._messages(state, tools, early)
        reply = await chat.ainvoke(messages)
        emit_thought("decide", all_thought(reply))
        calls, problems = calls_of(reply, connected)
        usage = usage_of(reply)
        if problems and not calls:
            again = HumanMessage(f"{' '.join(problems)} Call the tools again with valid arguments.")
            reply = await chat.ainvoke([*messages, again])
            calls, problems = calls_of(reply, connected)
            usage = add_counts(usage, usage_of(reply))
            if problems and not calls and not state.get("rounds", 0):
                calls = _default(state.get("standalone", ""), connected)
        made = _new(calls, state.get("calls", []))
        if early is not None and early.found is not None and not early.found.warnings:
            made = await self._shared(made, early.question, early.found.passages, config)
        return {"calls": made, "warnings": problems, "usage": usage}

    def _early(
        self, state: AgentState, connected: ConnectedSources, caller: Caller
    ) -> EarlySearch | None:
        if self.documents is None or connected.documents is None or state.get("rounds", 0):
            return None
        return EarlySearch(
            self.documents,
            state.get("standalone", ""),
            caller,
            state.get("collections"),
            self.passages,
        )

    async def _shared(
        self,
        calls: Sequence[Call],
        question: str,
        passages: Sequence[FoundPassage],
        config: RunnableConfig,
    ) -> list[Call]:
        """The calls with what was found already for a search of the very question."""
        plain = [c for c in calls if isinstance(c, SearchCall) and c.is_for(question)]
        ids = await self.ledger.record(thread_of(config), passages) if plain else []
        return [replace(c, found=tuple(ids)) if c in plain else c for c in calls]

    async def _messages(
        self, state: AgentState, tools: list[dict[str, Any]], early: EarlySearch | None
    ) -> list[BaseMessage]:
        evidence = await self.ledger.read(state.get("evidence", []))
        task = ModelTask(
            "decide",
            state.get("standalone", ""),
            evidence=tuple(evidence),
            notes=tuple(state.get("notes", [])),
            has_results=state.get("rounds", 0) > 0,
            search=early.passages if early else None,
        )
        told = TaskMessage.of(prompt("decide").template, task)
        asked: list[BaseMessage] = [HumanMessage(state.get("standalone", ""))]
        if state.get("rounds", 0):
            found, _ = await render_within(
                evidence,
                self.window,
                fixed=f"{told.text}\n{json.dumps(tools)}\n{asked[0].text}",
                reply=None,
            )
            notes = as_notes(state.get("notes", []))
            asked.append(HumanMessage(f"Results so far:\n{found}\n{notes}".strip()))
        history = await recent_history(
            state.get("history", []), self.window, beside=[told, *asked], tools=tools
        )
        return [told, *history, *asked]


def _default(question: str, connected: ConnectedSources) -> list[Call]:
    """The call for a model that makes none that can be used: search, or ask the only database."""
    if connected.documents is not None:
        return [SearchCall(new_call_id(), question)]
    if len(connected.databases) == 1:
        return [QueryCall(new_call_id(), question, next(iter(connected.databases)))]
    return []


def _new(calls: Sequence[Call], earlier: Sequence[Call]) -> list[Call]:
    """The calls that were not made in the round before: a model that repeats itself learns nothing."""
    made = {_described([call]) for call in earlier}
    return [call for call in calls if _described([call]) not in made]


def _manual(state: AgentState, connected: ConnectedSources) -> AgentUpdate | None:
    """The round that needs no model: nothing to choose from, or one thing only."""
    question, mode = state.get("standalone", ""), state.get("mode", "auto")
    if connected.documents is None and not connected.databases:
        asked_for = mode != "chat" and state.get("use_knowledge", True)
        return {"calls": [], "warnings": [NOTHING_CONNECTED] if asked_for else []}
    if mode == "documents":
        return {"calls": [SearchCall(new_call_id(), question)]}
    if mode == "sql" and len(connected.databases) == 1:
        return {"calls": [QueryCall(new_call_id(), question, next(iter(connected.databases)))]}
    return None


def _described(calls: Sequence[Call]) -> str:
    if not calls:
        return "no further look-up"
    return "; ".join(map(_one_described, calls))


def _one_described(call: Call) -> str:
    match call:
        case SearchCall():
            return f"documents: {call.query}"
        case QueryCall():
            return f"database {call.database}: {call.question}"
        case DescribeCall():
            return f"about the {call.about}: {call.subject}".removesuffix(": ")
