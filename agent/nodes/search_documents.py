from collections.abc import Sequence
from dataclasses import dataclass, replace

from langchain_core.runnables import RunnableConfig

from agent.advice import Advisor
from agent.caller import caller_of, thread_of
from agent.calls import SEARCH_DOCUMENTS
from agent.events import PassagesRetrieved, emit, step
from agent.state import Branch, SearchState
from agent.toolbox import DocumentSearch, EvidenceLedger
from tools.documents.passage import FoundPassage, SearchResult
from tools.documents.scope import DocumentFilter
from tools.errors import Unavailable, UnknownName


@dataclass(frozen=True, slots=True)
class SearchDocuments:
    """Answer one call for passages; a store that is down costs this call, not the turn.

    Where an advisor finds that none of them is about the question, none is handed on: a model that
    is shown the nearest passages of a store that knows nothing of a question quotes them.
    """

    documents: DocumentSearch | None
    ledger: EvidenceLedger
    limit: int
    advisor: Advisor | None = None

    async def __call__(self, state: SearchState, config: RunnableConfig) -> Branch:
        call = state["call"]
        if self.documents is None:
            return {"notes": ["No documents are connected."], "used": [SEARCH_DOCUMENTS]}
        with step(SEARCH_DOCUMENTS, call=call.id, detail=call.query) as working:
            try:
                ids, found = await self._found_somewhere(self.documents, state, config)
            except UnknownName as error:
                working.outcome = str(error)
                return {"notes": [str(error)], "used": [SEARCH_DOCUMENTS]}
            except Unavailable as error:
                working.outcome, said = str(error), [str(error)]
                return {"notes": said, "warnings": said, "used": [SEARCH_DOCUMENTS]}
            if found.passages and not self._is_about(call.query, found.passages):
                working.outcome = said = f"No passage is about {call.query!r}."
                return {"notes": [said], "used": [SEARCH_DOCUMENTS]}
            emit(PassagesRetrieved(call.id, call.query, ids, found.passages))
            working.outcome = f"{len(found.passages)} passages"
        return {
            "evidence": ids,
            "notes": [] if found.passages else [f"No passage matches {call.query!r}."],
            "warnings": found.warnings,
            "used": [SEARCH_DOCUMENTS],
            "settled": [call.id] if found.passages else [],
        }

    def _is_about(self, question: str, passages: Sequence[FoundPassage]) -> bool:
        return self.advisor is None or self.advisor.is_about(question, passages)

    async def _found_somewhere(
        self, documents: DocumentSearch, state: SearchState, config: RunnableConfig
    ) -> tuple[list[str], SearchResult]:
        """What is found; a model that names a file wrongly has all of them searched."""
        try:
            return await self._found(documents, state, config)
        except UnknownName as error:
            call = state["call"]
            if not (call.file or call.since or call.until):
                raise
            anywhere = replace(call, file=None, since=None, until=None)
            ids, found = await self._found(documents, {**state, "call": anywhere}, config)
            said = f"{error} All documents were searched instead."
            return ids, replace(found, warnings=[*found.warnings, said])

    async def _found(
        self, documents: DocumentSearch, state: SearchState, config: RunnableConfig
    ) -> tuple[list[str], SearchResult]:
        """The passages with their ids; those that `decide` has seen are not searched for again."""
        call = state["call"]
        if call.found:
            kept = await self.ledger.read(call.found)
            passages = [item for item in kept if isinstance(item, FoundPassage)]
            return list(call.found), SearchResult(passages)
        found = await documents.search(
            call.query,
            caller=caller_of(config),
            collections=state["collections"],
            limit=self.limit,
            wanted=DocumentFilter(call.file, call.since, call.until),
        )
        return await self.ledger.record(thread_of(config), found.passages), found
