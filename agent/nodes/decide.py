from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from langchain_core.language_models import BaseChatModel
from langchain_core.messages import BaseMessage, HumanMessage, SystemMessage
from langchain_core.runnables import RunnableConfig

from agent.caller import caller_of
from agent.calls import Call, Connected, QueryCall, SearchCall, calls_of, new_id, tools_for
from agent.connected import connected_to
from agent.events import step
from agent.evidence import render
from agent.prompting import prompt, remembered, usage_of
from agent.state import AgentState, AgentUpdate
from agent.toolbox import DocumentSearch, Ledger
from tools.caller import Caller
from tools.sql.run import Database

NOTHING_CONNECTED = "No document and no database is connected, so nothing was looked up."


@dataclass(frozen=True, slots=True)
class Decide:
    """Choose the calls of a round: the chat model's, or the one that a manual mode leaves."""

    chat: BaseChatModel
    databases: Mapping[str, Database]
    documents: DocumentSearch | None
    ledger: Ledger

    async def __call__(self, state: AgentState, config: RunnableConfig) -> AgentUpdate:
        with step("decide") as working:
            connected = await self._connected(state, caller_of(config))
            decided = _manual(state, connected)
            if decided is None:
                decided = await self._ask(state, connected)
            working.outcome = _described(decided.get("calls", []))
        return {**decided, "rounds": state.get("rounds", 0) + 1}

    async def _connected(self, state: AgentState, caller: Caller) -> Connected:
        mode = state.get("mode", "auto")
        if mode == "chat" or not state.get("use_knowledge", True):
            return Connected({}, None)
        return await connected_to(
            {} if mode == "documents" else self.databases,
            None if mode == "sql" else self.documents,
            wanted=state.get("databases"),
            question=state.get("standalone", ""),
            caller=caller,
        )

    async def _ask(self, state: AgentState, connected: Connected) -> AgentUpdate:
        tools = tools_for(connected)
        reply = await self.chat.bind_tools(tools).ainvoke(await self._messages(state))
        calls, problems = calls_of(reply, connected)
        return {"calls": calls, "warnings": problems, "usage": usage_of(reply)}

    async def _messages(self, state: AgentState) -> list[BaseMessage]:
        messages = [
            SystemMessage(prompt("decide").template),
            *remembered(state.get("history", [])),
            HumanMessage(state.get("standalone", "")),
        ]
        if state.get("rounds", 0):
            found = render(await self.ledger.read(state.get("evidence", [])))
            notes = "\n".join(state.get("notes", []))
            messages.append(HumanMessage(f"Results so far:\n{found}\n{notes}".strip()))
        return messages


def _manual(state: AgentState, connected: Connected) -> AgentUpdate | None:
    """The round that needs no model: nothing to choose from, or one thing only."""
    question, mode = state.get("standalone", ""), state.get("mode", "auto")
    if connected.documents is None and not connected.databases:
        asked_for = mode != "chat" and state.get("use_knowledge", True)
        return {"calls": [], "warnings": [NOTHING_CONNECTED] if asked_for else []}
    if mode == "documents":
        return {"calls": [SearchCall(new_id(), question)]}
    if mode == "sql" and len(connected.databases) == 1:
        return {"calls": [QueryCall(new_id(), question, next(iter(connected.databases)))]}
    return None


def _described(calls: Sequence[Call]) -> str:
    if not calls:
        return "no further look-up"
    return "; ".join(
        f"documents: {call.query}"
        if isinstance(call, SearchCall)
        else f"database {call.database}: {call.question}"
        for call in calls
    )
