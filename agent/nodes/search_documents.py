from dataclasses import dataclass

from langchain_core.runnables import RunnableConfig

from agent.caller import caller_of, thread_of
from agent.calls import SEARCH_DOCUMENTS
from agent.events import PassagesRetrieved, emit, step
from agent.state import Branch, SearchState
from agent.toolbox import DocumentSearch, EvidenceLedger
from tools.documents.scope import DocumentFilter
from tools.errors import Unavailable, UnknownName


@dataclass(frozen=True, slots=True)
class SearchDocuments:
    """Answer one call for passages; a store that is down costs this call, not the turn."""

    documents: DocumentSearch | None
    ledger: EvidenceLedger
    limit: int

    async def __call__(self, state: SearchState, config: RunnableConfig) -> Branch:
        call = state["call"]
        if self.documents is None:
            return {"notes": ["No documents are connected."], "used": [SEARCH_DOCUMENTS]}
        with step(SEARCH_DOCUMENTS, call=call.id, detail=call.query) as working:
            try:
                found = await self.documents.search(
                    call.query,
                    caller=caller_of(config),
                    collections=state["collections"],
                    limit=self.limit,
                    wanted=DocumentFilter(call.file, call.since, call.until),
                )
            except UnknownName as error:
                working.outcome = str(error)
                return {"notes": [str(error)], "used": [SEARCH_DOCUMENTS]}
            except Unavailable as error:
                working.outcome, said = str(error), [str(error)]
                return {"notes": said, "warnings": said, "used": [SEARCH_DOCUMENTS]}
            passages = found.passages
            ids = await self.ledger.record(thread_of(config), passages)
            emit(PassagesRetrieved(call.id, call.query, ids, passages))
            working.outcome = f"{len(passages)} passages"
        nothing = [] if passages else [f"No passage matches {call.query!r}."]
        return {
            "evidence": ids,
            "notes": nothing,
            "warnings": found.warnings,
            "used": [SEARCH_DOCUMENTS],
        }
