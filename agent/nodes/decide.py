from collections.abc import Sequence
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass, replace
from typing import cast

from langchain_core.language_models import BaseChatModel
from langchain_core.runnables import RunnableConfig
from langgraph.types import Overwrite

from agent.advice import Advice
from agent.ahead import EarlySearch, EarlyStatement, early_statement, in_the_persons_words
from agent.approval import UNASKED
from agent.caller import caller_of, thread_of
from agent.calls import (
    QUERY_DATABASE,
    SEARCH_DOCUMENTS,
    Call,
    ConnectedSources,
    DescribeCall,
    QueryCall,
    SearchCall,
    new_call_id,
)
from agent.choosing import ToolChoice
from agent.connected import sources_of_turn
from agent.events import step
from agent.fallback import dismissed, fallback, is_dead_end
from agent.permitted import permitted
from agent.rivals import rival_calls
from agent.sources.manual import about_sources
from agent.state import AgentState, AgentUpdate, found_nothing
from agent.toolbox import SqlTask, Toolbox
from agent.verified import verified_by_one
from tools.caller import Caller

NOTHING_CONNECTED = "No document and no database is connected, so nothing was looked up."


@dataclass(frozen=True, slots=True)
class Decide:
    """Choose the calls of a round.

    A question that one verified query answers goes there. A manual mode leaves one. After a round that found nothing, it is the tool that was not tried.
    Else the chat model chooses, or the advisor where `Toolbox.deciding` says so.
    """

    toolbox: Toolbox

    async def __call__(self, state: AgentState, config: RunnableConfig) -> AgentUpdate:
        question = state.get("standalone", state["question"])  # a first one was not rewritten
        asked: AgentState = {**state, "standalone": question}
        with step("decide") as working:
            caller = caller_of(config)
            connected = await sources_of_turn(self.toolbox, asked, question=question, caller=caller)
            own = permitted(self.toolbox.databases, caller)
            decided = (
                await self._verified(asked, connected, caller)
                or await about_sources(asked, own)
                or _manual(asked, connected)
            )
            if decided is None:
                decided = await self._choose(asked, connected, config)
            working.outcome = _described(decided.get("calls", []))
        return {**decided, "standalone": question, "rounds": state.get("rounds", 0) + 1}

    async def _verified(
        self, state: AgentState, connected: ConnectedSources, caller: Caller
    ) -> AgentUpdate | None:
        """The call that one verified query answers, which no model has to choose."""
        if state.get("rounds", 0):
            return None
        question = state.get("standalone", "")
        tasks = [self._sql_task(name, question, caller) for name in connected.databases]
        found = await verified_by_one(tasks)
        if found is None:
            return None
        task, draft = found
        call = QueryCall(new_call_id(), question, task.database.name, written=draft)
        return {"calls": [call], "chooser": "embedded"}

    async def _choose(
        self, state: AgentState, connected: ConnectedSources, config: RunnableConfig
    ) -> AgentUpdate:
        if is_dead_end(state):
            return _anew(state)
        early = self._early(state, connected, caller_of(config))
        if found_nothing(state):
            untried = await self._untried(state, connected, config)
            if untried or not any(call.needs_followup for call in state.get("calls", [])):
                return {"calls": untried}
        advice = await self._advice(state, connected, early, caller_of(config))
        decided = self._advised(state, connected, advice)
        if decided is None:
            decided = await self._ask(state, connected, early, advice, config)
        calls = _new(decided.get("calls", []), state.get("calls", []))
        if self.toolbox.deciding.falls_back and not state.get("rounds", 0):
            question = state.get("standalone", "")
            decided["fallback"] = fallback(calls, question, connected, advice)
        return {**decided, "calls": await self._shared(calls, early, config)}

    def _early(
        self, state: AgentState, connected: ConnectedSources, caller: Caller
    ) -> EarlySearch | None:
        documents = self.toolbox.documents
        if documents is None or connected.documents is None or state.get("rounds", 0):
            return None
        return EarlySearch(
            documents,
            state.get("standalone", ""),
            caller,
            state.get("collections"),
            self.toolbox.passages,
        )

    async def _advice(
        self,
        state: AgentState,
        connected: ConnectedSources,
        early: EarlySearch | None,
        caller: Caller,
    ) -> Advice | None:
        """What is known of a question before its first round."""
        deciding = self.toolbox.deciding
        if deciding.advisor is None or state.get("rounds", 0):
            return None
        is_searched = early is not None and deciding.ahead != "none"
        return await deciding.advisor.advise(
            state.get("standalone", ""),
            databases=list(connected.databases),
            has_documents=connected.documents is not None,
            passages=await early.passages() if early and is_searched else None,
            caller=caller,
        )

    async def _ask(
        self,
        state: AgentState,
        connected: ConnectedSources,
        early: EarlySearch | None,
        advice: Advice | None,
        config: RunnableConfig,
    ) -> AgentUpdate:
        choice = ToolChoice(self._chooser(state), self.toolbox.ledger, self.toolbox.window)
        question, is_first = state.get("standalone", ""), not state.get("rounds", 0)
        async with self._statement_ahead(question, advice, caller_of(config)) as statement:
            chosen = await choice.ask(state, connected, early, advice)
            calls = self._doubted(chosen.calls, advice)
            if is_first and (chosen.problems or chosen.calls) and not calls:
                calls = _default(question, connected)
            if is_first:
                calls = in_the_persons_words(calls, question)
            if statement is not None:
                calls = await statement.handed_to(calls)
        asked: AgentUpdate = {"calls": calls, "warnings": chosen.problems, "usage": chosen.usage}
        return {**asked, "chooser": "model"} if is_first else asked

    def _advised(
        self, state: AgentState, connected: ConnectedSources, advice: Advice | None
    ) -> AgentUpdate | None:
        """The calls that need no chat model; None where it is to be asked.

        Beside a weak model: the advisor's calls if a source is clear or the question has parts, and
        otherwise both sources. If the question is not in English, only a search is chosen without
        the model: that is almost always right.
        """
        by, question = self.toolbox.deciding.by, state.get("standalone", "")
        if advice is None or by == "model":
            return None
        calls = list(advice.calls)
        is_parted = bool(calls) and not advice.is_one
        if by == "together" and not (advice.is_clear or is_parted):
            is_search = bool(calls) and all(isinstance(one, SearchCall) for one in calls)
            if self.toolbox.deciding.doubts_model(question):
                calls = rival_calls(question, connected, advice)
            elif not is_search:
                return None
        return {"calls": calls, "chooser": "embedded"}

    def _chooser(self, state: AgentState) -> BaseChatModel:
        """Who is asked for calls: what began a question in parts beside a weak model ends it."""
        is_begun = bool(state.get("rounds", 0)) and state.get("chooser") == "embedded"
        if self.toolbox.plain is None or not is_begun or self.toolbox.deciding.by != "together":
            return self.toolbox.chat
        return self.toolbox.plain

    def _doubted(self, calls: list[Call], advice: Advice | None) -> list[Call]:
        """The advisor's call where a weak model asks everything, or what there is, for one thing.

        Measured with a model of 1.5B: it does so where it cannot tell.
        """
        if advice is None or self.toolbox.deciding.by != "together" or not advice.is_one:
            return calls
        kinds = {type(call) for call in calls}
        # What asks about the sources is clear to the advisor, and then the model is not asked.
        is_doubtful = kinds == {SearchCall, QueryCall} or DescribeCall in kinds
        if is_doubtful and len(advice.calls) == 1:
            return list(advice.calls)
        return [call for call in calls if not isinstance(call, DescribeCall)]

    def _statement_ahead(
        self, question: str, advice: Advice | None, caller: Caller
    ) -> AbstractAsyncContextManager[EarlyStatement | None]:
        """The likeliest database's statement, begun where the settings want it."""
        name = advice.likeliest() if advice and self.toolbox.deciding.ahead == "all" else None
        task = None if name is None else self._sql_task(name, question, caller)
        return early_statement(self.toolbox.sql_writer, task)

    def _sql_task(self, database: str, question: str, caller: Caller) -> SqlTask:
        asks_nobody = not self.toolbox.rules.get(database, UNASKED).may_ask
        return SqlTask(question, self.toolbox.databases[database], caller, may_execute=asks_nobody)

    async def _untried(
        self, state: AgentState, connected: ConnectedSources, config: RunnableConfig
    ) -> list[Call]:
        """The tool that this turn has not called, asked the question itself."""
        if not self.toolbox.deciding.falls_back:
            return []
        question, used = state.get("standalone", ""), state.get("used", [])
        if connected.documents is not None and SEARCH_DOCUMENTS not in used:
            return [SearchCall(new_call_id(), question)]
        if connected.databases and QUERY_DATABASE not in used:
            name = await self._likeliest(question, connected, caller_of(config))
            return [QueryCall(new_call_id(), question, name)] if name else []
        return []

    async def _likeliest(
        self, question: str, connected: ConnectedSources, caller: Caller
    ) -> str | None:
        names, advisor = list(connected.databases), self.toolbox.deciding.advisor
        if len(names) == 1 or advisor is None:
            return names[0] if len(names) == 1 else None
        advice = await advisor.advise(
            question, databases=names, has_documents=False, passages=None, caller=caller
        )
        return advice.likeliest()

    async def _shared(
        self, calls: Sequence[Call], early: EarlySearch | None, config: RunnableConfig
    ) -> list[Call]:
        """The calls with what was found already for a search of the very question."""
        if early is None or early.found is None or early.found.warnings:
            return list(calls)
        plain = [c for c in calls if isinstance(c, SearchCall) and c.is_for(early.question)]
        passages = early.found.passages if plain else []
        ids = await self.toolbox.ledger.record(thread_of(config), passages) if plain else []
        return [replace(c, found=tuple(ids)) if c in plain else c for c in calls]


def _anew(state: AgentState) -> AgentUpdate:
    """The tool that is left, without what the first one gave: it would be answered from again."""
    update = {
        "calls": state.get("fallback", []),
        "fallback": [],
        "answer": "",
        "evidence": Overwrite([]),
        "warnings": Overwrite([]),
        "notes": [dismissed(state)],
    }
    return cast(AgentUpdate, update)


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
