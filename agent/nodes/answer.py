from dataclasses import dataclass

from langchain_core.language_models import BaseChatModel
from langchain_core.messages import (
    AIMessage,
    AIMessageChunk,
    BaseMessage,
    HumanMessage,
    SystemMessage,
)

from agent.events import Token, step, tell
from agent.evidence import render
from agent.prompting import prompt, remembered, sampled, usage_of
from agent.state import AgentState, AgentUpdate
from agent.toolbox import Ledger

NOT_FOUND = "I could not find"
"""How an answer begins that gives none; the prompt asks for it and `check` looks for it."""


@dataclass(frozen=True, slots=True)
class Answer:
    """Have the evidence put into words, or say that there is none."""

    chat: BaseChatModel
    ledger: Ledger

    async def __call__(self, state: AgentState) -> AgentUpdate:
        with step("answer"):
            if not state.get("used"):
                return await self._stream(state, _talk(state))
            evidence = await self.ledger.read(state.get("evidence", []))
            if not evidence:
                return _nothing(state.get("notes", []))
            return await self._stream(state, _from_evidence(state, render(evidence)))

    async def _stream(self, state: AgentState, messages: list[BaseMessage]) -> AgentUpdate:
        whole: AIMessageChunk | None = None
        async for piece in sampled(self.chat, state).astream(messages):
            if not isinstance(piece, AIMessageChunk):
                continue
            if piece.text:
                tell(Token(piece.text))
            whole = piece if whole is None else whole + piece
        reply: AIMessage = whole or AIMessageChunk(content="")
        return {"answer": reply.text, "usage": usage_of(reply)}


def _nothing(notes: list[str]) -> AgentUpdate:
    """No model is asked: where there is no evidence, it could only invent."""
    text = f"{NOT_FOUND} an answer in what is connected here."
    if notes:
        text += "\n\n" + "\n".join(f"- {note}" for note in dict.fromkeys(notes))
    tell(Token(text))
    return {"answer": text}


def _talk(state: AgentState) -> list[BaseMessage]:
    return [
        SystemMessage(prompt("talk").template),
        *remembered(state.get("history", [])),
        HumanMessage(state["question"]),
    ]


def _from_evidence(state: AgentState, evidence: str) -> list[BaseMessage]:
    notes = "\n".join(f"- {note}" for note in dict.fromkeys(state.get("notes", [])))
    told = [
        f"Question: {state.get('standalone', '')}",
        *([f"What was looked for and not found:\n{notes}"] if notes else []),
        f"Evidence:\n{evidence}",
    ]
    return [SystemMessage(prompt("answer").template), HumanMessage("\n\n".join(told))]
