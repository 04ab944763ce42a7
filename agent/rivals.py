"""One question for both a database and the documents, if it is unclear which of them has the answer.

A small model cannot tell either: Qwen2.5-Coder-1.5B chose right for half of a stranger's questions.
The results can be compared, since rows and quoted sentences each come with a probability.
"""

from typing_extensions import TypedDict

from agent.advice import Advice
from agent.calls import (
    QUERY_DATABASE,
    SEARCH_DOCUMENTS,
    Call,
    ConnectedSources,
    QueryCall,
    SearchCall,
    new_call_id,
)
from agent.quoting import EvidenceReader
from agent.second import DIFFERS
from agent.state import AgentState
from agent.toolbox import EvidenceLedger
from tools.documents.passage import FoundPassage
from tools.language.telling import is_told
from tools.sql.result import QueryResult

_SURE = 0.5
"""Confidence from which rows count whatever the question's words are."""
_PLACED = 0.55
"""Share of a question's words that a database has a place for, from which less sure rows count.

Of 40 of a stranger's questions asked of a 1.5B model, rows of .4 to `_SURE` were right for 2 of 7 with
as much (they are told with a warning), and for 1 of 11 with less.
"""
_TELLING = 0.7
"""How well a sentence of the documents has to answer to leave the database out."""


def rival_calls(question: str, connected: ConnectedSources, advice: Advice) -> list[Call]:
    """The question for the likeliest database and for the documents, or for the one that is clear."""
    searches = [SearchCall(new_call_id(), question)] if connected.documents is not None else []
    is_searched = any(isinstance(call, SearchCall) for call in advice.calls)
    if searches and is_searched and advice.documents and advice.documents.share >= _TELLING:
        return [*searches]
    name = advice.likeliest() or (
        next(iter(connected.databases)) if len(connected.databases) == 1 else None
    )
    if name is None:
        return [*searches]
    placed = advice.databases[name].share if searches and name in advice.databases else None
    return [QueryCall(new_call_id(), question, name, placed=placed), *searches]


def is_unlikely(call: QueryCall, result: QueryResult) -> bool:
    """Whether these rows hardly answer: unsure, of a question that the database knows little of."""
    is_rival = call.placed is not None and call.placed < _PLACED
    return is_rival and result.confidence is not None and result.confidence < _SURE


class LikelierEvidence(TypedDict, total=False):
    """What stays of a turn where a database and the documents were asked the same.

    Notes on the source that had no answer are dropped, since a small model would answer with them.
    """

    evidence: list[str]
    notes: list[str]
    used: list[str]
    warnings: list[str]


async def likelier(
    state: AgentState, ledger: EvidenceLedger, reader: EvidenceReader
) -> LikelierEvidence:
    """The rows or the passages, whichever more likely answer; nothing where no rivals were asked."""
    if not any(isinstance(c, QueryCall) and c.placed is not None for c in state.get("calls", [])):
        return {}
    found = dict.fromkeys(state.get("evidence", []))
    read = dict(zip(found, await ledger.read([*found]), strict=True))
    rows = {id_: one for id_, one in read.items() if isinstance(one, QueryResult)}
    passages = {id_: one for id_, one in read.items() if isinstance(one, FoundPassage)}
    if not (rows or passages):
        return {}
    if not passages:
        return {"used": [QUERY_DATABASE], "notes": []}
    if not rows:
        return {"used": [SEARCH_DOCUMENTS], "notes": []}
    of_rows = max(1.0 if r.confidence is None else r.confidence for r in rows.values())
    quoted = await reader.quote(state.get("standalone", ""), [*passages.values()])
    if (quoted.confidence or 0.0) <= of_rows:
        return {"evidence": [*rows], "used": [QUERY_DATABASE], "notes": []}
    # That two readings differed is about the rows, which are left out.
    said = [one for one in state.get("warnings", []) if not is_told(DIFFERS, one)]
    return {"evidence": [*passages], "used": [SEARCH_DOCUMENTS], "warnings": said, "notes": []}
