import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Literal

from langchain_core.language_models import BaseChatModel
from langchain_core.messages import BaseMessage, HumanMessage
from langgraph.types import Overwrite
from typing_extensions import TypedDict

from agent.asides import split_asides
from agent.calls import Call
from agent.events import step
from agent.prompting import REMEMBERED, is_cut_off, prompt, recent_history, usage_of
from agent.reply import all_thought, emit_thought
from agent.state import AgentState, AgentUpdate, Counts
from agent.support import CITATION
from agent.task import ModelTask, TaskMessage
from agent.window import UnboundedWindow, Window

_TELLING = re.compile(r"\d+|(?<=\s)[A-Z]\w+")
"""The words of a rewriting that say something of their own: numbers and names."""
_POINTS = re.compile(
    r"\b(?:it|its|they|them|their|theirs|those|these|such|he|she|him|her|his)\b",
    re.IGNORECASE,
)
LONGEST, MORE = 3, 200
"""What a question may grow to by what it refers to: so many times its letters, and so many more."""


class TurnStart(TypedDict):
    """Reducers carry a turn's values into the next one unless they are overwritten."""

    standalone: str
    rounds: int
    calls: list[Call]
    chooser: Literal["model", "embedded"]
    evidence: Overwrite
    notes: Overwrite
    described: Overwrite
    suggestions: Overwrite
    warnings: Overwrite
    used: Overwrite
    settled: Overwrite
    usage: Overwrite
    answer: str
    confidence: float | None


@dataclass(frozen=True, slots=True)
class Rewrite:
    """Start a turn: clear the state of the last one, and make a follow-up self-contained.

    The first question of a thread is left alone: there is nothing to clear. `plain`, where there is
    one, takes what the model leaves as it was although it points back.
    """

    chat: BaseChatModel
    window: Window = field(default_factory=UnboundedWindow)
    plain: BaseChatModel | None = None

    async def __call__(self, state: AgentState) -> TurnStart | AgentUpdate:
        question, history = state["question"], state.get("history", [])
        if not history and "rounds" not in state:
            return {}
        if not history or state.get("mode") == "chat":
            return fresh_turn(question, {})
        with step("rewrite") as working:
            task = ModelTask("rewrite", question, earlier=tuple(history[-REMEMBERED:]))
            told = TaskMessage.of(prompt("rewrite").template, task)
            asked = HumanMessage(f"New question: {question}")
            earlier = await recent_history(history, self.window, beside=[told, asked])
            reply = await self.chat.ainvoke([told, _in_one(earlier, asked)])
            emit_thought("rewrite", all_thought(reply))
            said = "" if is_cut_off(reply) else split_asides(reply.text).said.strip()
            is_good = _is_question(said, question) and _adds_nothing(said, [*earlier, asked])
            if is_good and _is_left(said, question):
                said = await self._by_rules(task) or said
            working.outcome = said if is_good else f"{history[-1]['question']} {question}"
        return fresh_turn(working.outcome, usage_of(reply))

    async def _by_rules(self, task: ModelTask) -> str:
        """The question as rules put it; empty where there are none."""
        if self.plain is None:
            return ""
        told = TaskMessage.of(prompt("rewrite").template, task)
        return (await self.plain.ainvoke([told, HumanMessage(task.question)])).text.strip()


def _is_left(said: str, question: str) -> bool:
    """Whether a question was left as it was that points back: "And what does it cost?"."""
    return " ".join(said.split()) == " ".join(question.split()) and bool(_POINTS.search(question))


def _in_one(earlier: Sequence[BaseMessage], asked: BaseMessage) -> HumanMessage:
    """The conversation as one text: as a conversation, a small model goes on talking."""
    names = {"human": "Question", "ai": "Answer"}
    said = [f"{names[message.type]}: {' '.join(message.text.split())}" for message in earlier]
    return HumanMessage("\n".join([*said, asked.text]))


def _is_question(said: str, question: str) -> bool:
    """Whether a reply may be a question put anew: one line without citations, and no essay."""
    is_line = bool(said) and len(said.splitlines()) == 1
    return is_line and not CITATION.search(said) and len(said) <= LONGEST * len(question) + MORE


def _adds_nothing(said: str, told: Sequence[BaseMessage]) -> bool:
    """Whether every number and name of a rewriting stands in what was told: it answers nothing."""
    known = " ".join(message.text for message in told).casefold()
    words = {word.casefold() for word in re.findall(r"\w+", known)}
    new = [word for word in _TELLING.findall(said) if word.casefold() not in words]
    return not new


def fresh_turn(standalone: str, usage: Counts) -> TurnStart:
    """The state of a turn in which nothing was done yet but to understand the question."""
    return {
        "standalone": standalone,
        "rounds": 0,
        "calls": [],
        "chooser": "model",
        "evidence": Overwrite([]),
        "notes": Overwrite([]),
        "described": Overwrite([]),
        "suggestions": Overwrite([]),
        "warnings": Overwrite([]),
        "used": Overwrite([]),
        "settled": Overwrite([]),
        "usage": Overwrite(usage),
        "answer": "",
        "confidence": None,
    }
