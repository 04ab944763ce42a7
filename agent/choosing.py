"""The chat model's choice of calls: what it is told, and how its reply is read."""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from langchain_core.language_models import BaseChatModel
from langchain_core.messages import BaseMessage, HumanMessage

from agent.advice import Advice
from agent.ahead import EarlySearch
from agent.calls import Call, ConnectedSources, calls_of, tools_for
from agent.evidence import fenced, render_within
from agent.prompting import as_notes, prompt, recent_history, usage_of
from agent.reply import all_thought, emit_thought
from agent.state import AgentState, Counts, add_counts
from agent.task import ModelTask, TaskMessage
from agent.toolbox import Evidence, EvidenceLedger
from agent.window import Window


@dataclass(frozen=True, slots=True)
class Chosen:
    """The calls of a model's reply; `problems` say which of them could not be made."""

    calls: list[Call]
    problems: list[str]
    usage: Counts


@dataclass(frozen=True, slots=True)
class ToolChoice:
    """Asks the chat model which tools a question needs, with what is known of it."""

    chat: BaseChatModel
    ledger: EvidenceLedger
    window: Window

    async def ask(
        self,
        state: AgentState,
        connected: ConnectedSources,
        early: EarlySearch | None,
        advice: Advice | None,
    ) -> Chosen:
        """The calls that the model makes; one that cannot be read is asked for once more."""
        tools = tools_for(connected)
        chat, messages = (
            self.chat.bind_tools(tools),
            await self._messages(state, tools, early, advice),
        )
        reply = await chat.ainvoke(messages)
        emit_thought("decide", all_thought(reply))
        calls, problems = calls_of(reply, connected)
        usage = usage_of(reply)
        if problems and not calls:
            again = HumanMessage(f"{' '.join(problems)} Call the tools again with valid arguments.")
            reply = await chat.ainvoke([*messages, again])
            calls, problems = calls_of(reply, connected)
            usage = add_counts(usage, usage_of(reply))
        return Chosen(calls, problems, usage)

    async def _messages(
        self,
        state: AgentState,
        tools: list[dict[str, Any]],
        early: EarlySearch | None,
        advice: Advice | None,
    ) -> list[BaseMessage]:
        """What changes least comes first, for servers that keep the beginning of a prompt."""
        evidence = await self.ledger.read(state.get("evidence", []))
        told = TaskMessage.of(prompt("decide").template, _task(state, evidence, early))
        asked: list[BaseMessage] = [HumanMessage(_asked(state, advice))]
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


def _task(state: AgentState, evidence: Sequence[Evidence], early: EarlySearch | None) -> ModelTask:
    return ModelTask(
        "decide",
        state.get("standalone", ""),
        evidence=tuple(evidence),
        notes=tuple(state.get("notes", [])),
        has_results=state.get("rounds", 0) > 0,
        search=early.passages if early else None,
    )


def _asked(state: AgentState, advice: Advice | None) -> str:
    question = state.get("standalone", "")
    if advice is None or not (known := advice.lines()):
        return question
    return f"What the sources mention of this question:\n{fenced(known)}\n\nQuestion: {question}"
