"""What a turn turns to where the first tool gave nothing that answers the question."""

from collections.abc import Sequence

from agent.advice import Advice
from agent.calls import (
    LOOKUPS,
    SEARCH_DOCUMENTS,
    Call,
    ConnectedSources,
    QueryCall,
    SearchCall,
    new_call_id,
)
from agent.state import MAX_ROUNDS, AgentState, found_nothing, was_ended
from tools.language.pack import language_packs
from tools.language.telling import Telling

NOT_FOUND = "I could not find"
"""How an answer begins that gives none; the prompt asks for it and `check` looks for it."""

NOTHING = f"{NOT_FOUND} an answer in what is connected here."
"""What is said where nothing was found, in English; packs have it in other languages."""
UNANSWERED = f"{NOT_FOUND} an answer to this."
"""What is said where nothing that was found answers, in the same way."""
NO_REST = f"{NOT_FOUND} anything about the rest of the question in the documents."
"""Said where rows answer one part of a question and the documents have nothing on the other."""

REJECTED = "The statement was rejected and did not run."
"""What is said, and nothing else, where a person rejected what was to answer."""

KNOWN = 0.5
"""How much of a question a database has to explain to be asked after the documents were."""


def fallback(
    calls: Sequence[Call], question: str, connected: ConnectedSources, advice: Advice | None
) -> list[Call]:
    """The tool that these calls leave out, where something speaks for it.

    That is a sentence of the documents that is about the question, or a database that has a name or
    value for most of its words.
    """
    asked = {type(call) for call in calls}
    if advice is None or not asked or asked >= {SearchCall, QueryCall}:
        return []
    if SearchCall not in asked:
        documents = advice.documents
        has_some = connected.documents is not None and documents is not None and documents.share
        return [SearchCall(new_call_id(), question)] if has_some else []
    name = advice.likeliest()
    if name is None or name not in connected.databases:
        return []
    if advice.databases[name].share < KNOWN:
        return []
    return [QueryCall(new_call_id(), question, name)]


def is_not_found(answer: str) -> bool:
    """Whether an answer says, in any language, that there is none."""
    return answer.startswith(not_found())


def not_found() -> tuple[str, ...]:
    """How answers begin that give none, in every language."""
    told = (
        Telling(pack.code).say(one)
        for pack in language_packs()
        for one in (NOTHING, UNANSWERED, REJECTED)
    )
    return NOT_FOUND, *(text for text in told if not text.startswith(NOT_FOUND))


def has_fallback(state: AgentState) -> bool:
    """Whether another tool can still be tried if the model finds no answer in what there is."""
    if was_ended(state):
        return False
    is_untried = bool(state.get("fallback")) and not {*LOOKUPS} <= {*state.get("used", [])}
    return is_untried and not state.get("described") and state.get("rounds", 0) < MAX_ROUNDS


def is_dead_end(state: AgentState) -> bool:
    """Whether the model found no answer in what one tool gave, and another is left."""
    return has_fallback(state) and is_not_found(state.get("answer", ""))


def is_look_due(state: AgentState) -> bool:
    """Whether another look-up is due: a call asked for one, or none found anything.

    Not where a person rejected the statement, or its rows were not sure enough: another source would
    answer something else.
    """
    wanted = any(call.needs_followup for call in state.get("calls", [])) and not was_ended(state)
    is_free = state.get("mode", "auto") == "auto"
    has_other = is_free and found_nothing(state) and not {*LOOKUPS} <= {*state.get("used", [])}
    return (wanted or has_other) and state.get("rounds", 0) < MAX_ROUNDS


def dismissed(state: AgentState) -> str:
    """What is noted of the tool whose evidence was put aside."""
    source = "documents" if SEARCH_DOCUMENTS in state.get("used", []) else "database"
    return f"What the {source} gave does not answer the question."
