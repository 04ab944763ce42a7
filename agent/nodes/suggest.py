from dataclasses import dataclass

from langchain_core.runnables import RunnableConfig

from agent.caller import caller_of
from agent.events import step
from agent.permitted import permitted
from agent.sources.offers import Offers
from agent.state import AgentState, AgentUpdate
from agent.toolbox import Offered, Toolbox
from tools.documents.passage import FoundPassage
from tools.language.telling import Telling

_NAMED = 6
"""Words named in a warning."""


@dataclass(frozen=True, slots=True)
class Suggest:
    """Help on after a decline, whoever declined: the words without a place, and what can be asked."""

    toolbox: Toolbox

    async def __call__(self, state: AgentState, config: RunnableConfig) -> AgentUpdate:
        mode, wanted = state.get("mode", "auto"), state.get("databases")
        caller = caller_of(config)
        databases = permitted(
            {} if mode == "documents" else self.toolbox.databases, caller, wanted=wanted
        )
        offers = Offers(
            self.toolbox,
            caller,
            databases,
            state.get("collections"),
            uses_documents=mode != "sql",
        )
        with step("suggest") as working:
            evidence = await self.toolbox.ledger.read(state.get("evidence", []))
            passages = [item for item in evidence if isinstance(item, FoundPassage)]
            offered = await offers.near(state.get("standalone", ""), passages)
            working.outcome = f"{len(offered.questions)} questions"
        return {
            "suggestions": list(offered.questions),
            "warnings": _why(offered, state.get("answer", ""), state.get("question", "")),
        }


def _why(offered: Offered, answer: str, question: str) -> list[str]:
    """What the question has that the sources do not, where the answer does not say it itself."""
    if offered.note:
        return [offered.note]
    words = [f"“{word}”" for word in dict.fromkeys(offered.unplaced)]
    if not words or any(word in answer for word in words):
        return []
    said = "The database has no name or value for {words}."
    return [Telling.of(question).say(said, words=", ".join(words[:_NAMED]))]
