from collections.abc import Sequence
from dataclasses import dataclass, replace

from langchain_core.runnables import RunnableConfig

from agent.caller import caller_of, thread_of
from agent.calls import SEARCH_DOCUMENTS
from agent.events import AnswerToken, emit, step
from agent.fallback import REJECTED
from agent.permitted import permitted
from agent.sources.offers import Offers
from agent.state import AgentState, AgentUpdate
from agent.toolbox import Evidence, Offered, Toolbox
from tools.documents.passage import FoundPassage
from tools.language.telling import Telling

NEAREST_SAID = "Nearest in the documents, perhaps no answer:"
_NAMED = 6
"""Words named in a warning."""


@dataclass(frozen=True, slots=True)
class Suggest:
    """Help on after a decline, whoever declined.

    That is what the documents say nearest to the question, the words without a place, and what can
    be asked. Of a statement that a person rejected, no document says anything.
    """

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
            question = state.get("standalone", "")
            offered = _others_than(await offers.near(question, passages), question)
            near = [] if _was_rejected(state) else await offers.nearest(question, passages)
            looked = await offers.looked_for(question, passages) if _searched(state) else ""
            working.outcome = f"{len(offered.questions)} questions"
        return {
            **await self._told(looked, near, evidence, state, config),
            "suggestions": list(offered.questions),
            "warnings": _why(offered, state.get("answer", ""), state.get("question", "")),
        }

    async def _told(
        self,
        looked: str,
        near: Sequence[tuple[FoundPassage, str]],
        evidence: Sequence[Evidence],
        state: AgentState,
        config: RunnableConfig,
    ) -> AgentUpdate:
        """The answer with what was looked for behind it, and these sentences, each cited."""
        said, ids = (f" {looked}" if looked else ""), list[str]()
        if near:
            lines, ids = await self._cited(near, evidence, config)
            to = Telling.of(state.get("question", ""))
            said += "\n".join(["", "", to.say(NEAREST_SAID), "", *lines])
        if not said:
            return {}
        emit(AnswerToken(said))
        return {"answer": f"{state.get('answer', '').rstrip()}{said}", "evidence": ids}

    async def _cited(
        self,
        near: Sequence[tuple[FoundPassage, str]],
        evidence: Sequence[Evidence],
        config: RunnableConfig,
    ) -> tuple[list[str], list[str]]:
        """The sentences, each cited as a piece of evidence, and the ids of what is added to it."""
        known = {
            one.passage.id: at
            for at, one in enumerate(evidence, start=1)
            if isinstance(one, FoundPassage)
        }
        further = {one.passage.id: one for one, _ in near if one.passage.id not in known}
        ids = await self.toolbox.ledger.record(thread_of(config), [*further.values()])
        numbers = known | {key: at for at, key in enumerate(further, start=len(evidence) + 1)}
        return [
            f"- {' '.join(sentence.split())} [{numbers[found.passage.id]}]"
            for found, sentence in near
        ], ids


def _others_than(offered: Offered, question: str) -> Offered:
    """What is offered, less the question that was just declined or rejected."""
    others = tuple(each for each in offered.questions if _plainly(each) != _plainly(question))
    return replace(offered, questions=others)


def _plainly(question: str) -> str:
    return question.strip(" ?.!").casefold()


def _searched(state: AgentState) -> bool:
    """Whether the documents were to answer: nothing was called, or a search was."""
    used = state.get("used", [])
    return not _was_rejected(state) and (not used or SEARCH_DOCUMENTS in used)


def _why(offered: Offered, answer: str, question: str) -> list[str]:
    """What the question has that the sources do not, where the answer does not say it itself."""
    if offered.note:
        return [offered.note]
    words = [f"“{word}”" for word in dict.fromkeys(offered.unplaced)]
    if not words or any(word in answer for word in words):
        return []
    said = "The database has no name or value for {words}."
    return [Telling.of(question).say(said, words=", ".join(words[:_NAMED]))]


def _was_rejected(state: AgentState) -> bool:
    """Whether a person rejected a statement of this turn, whose calls are gone by now."""
    return REJECTED in state.get("notes", [])
