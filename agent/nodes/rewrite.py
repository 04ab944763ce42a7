from dataclasses import dataclass, field

from langchain_core.language_models import BaseChatModel
from langchain_core.messages import HumanMessage
from langgraph.types import Overwrite
from typing_extensions import TypedDict

from agent.asides import split_asides
from agent.calls import Call
from agent.events import step
from agent.prompting import REMEMBERED, is_cut_off, prompt, recent_history, usage_of
from agent.reply import all_thought, emit_thought
from agent.state import AgentState, Counts
from agent.task import ModelTask, TaskMessage
from agent.window import UnboundedWindow, Window


class TurnStart(TypedDict):
    """Reducers carry a turn's values into the next one unless they are overwritten."""

    standalone: str
    rounds: int
    calls: list[Call]
    evidence: Overwrite
    notes: Overwrite
    described: Overwrite
    suggestions: Overwrite
    warnings: Overwrite
    used: Overwrite
    usage: Overwrite
    answer: str


@dataclass(frozen=True, slots=True)
class Rewrite:
    """Start a later turn: clear the state of the last one, and make a follow-up self-contained."""

    chat: BaseChatModel
    window: Window = field(default_factory=UnboundedWindow)

    async def __call__(self, state: AgentState) -> TurnStart:
        question, history = state["question"], state.get("history", [])
        if not history or state.get("mode") == "chat":
            return _fresh_turn(question, {})
        with step("rewrite") as working:
            task = ModelTask("rewrite", question, earlier=tuple(history[-REMEMBERED:]))
            told = TaskMessage.of(prompt("rewrite").template, task)
            asked = HumanMessage(question)
            earlier = await recent_history(history, self.window, beside=[told, asked])
            reply = await self.chat.ainvoke([told, *earlier, asked])
            emit_thought("rewrite", all_thought(reply))
            said = "" if is_cut_off(reply) else split_asides(reply.text).said.strip()
            working.outcome = said or question
        return _fresh_turn(working.outcome, usage_of(reply))


def _fresh_turn(standalone: str, usage: Counts) -> TurnStart:
    return {
        "standalone": standalone,
        "rounds": 0,
        "calls": [],
        "evidence": Overwrite([]),
        "notes": Overwrite([]),
        "described": Overwrite([]),
        "suggestions": Overwrite([]),
        "warnings": Overwrite([]),
        "used": Overwrite([]),
        "usage": Overwrite(usage),
        "answer": "",
    }
