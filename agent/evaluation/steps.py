"""What the baselines have in common: one look-up through the tools of a turn, and a turn's end.

A statement passes the gate as any other does. Nothing is repaired, weighed or checked.
"""

from langchain_core.runnables import RunnableConfig

from agent.approval import UNASKED
from agent.asides import split_asides
from agent.caller import caller_of, thread_of
from agent.calls import QUERY_DATABASE, SearchCall
from agent.events import AnswerToken, RowsFetched, SqlDrafted, emit, step
from agent.fallback import NOT_FOUND, is_not_found
from agent.nodes.search_documents import SearchDocuments
from agent.state import AgentState, AgentUpdate, Branch, Counts, Exchange
from agent.support import only_declines
from agent.toolbox import Toolbox
from tools.errors import DocsqlError, Refused
from tools.sql.run import QueryResult


async def look_up_rows(
    toolbox: Toolbox, call: str, database: str, sql: str, config: RunnableConfig
) -> Branch:
    """Run one statement; `notes` say why it gave nothing."""
    emit(SqlDrafted(call, database, sql, 1))
    with step("run_sql", call=call) as working:
        try:
            result = await _run(toolbox, database, sql, config)
        except DocsqlError as error:
            working.outcome = str(error)
            return {"notes": [str(error)], "used": [QUERY_DATABASE]}
        working.outcome = f"{len(result.rows)} rows"
        ids = await toolbox.ledger.record(thread_of(config), [result])
        emit(RowsFetched(call, ids[0], result))
    return {"evidence": ids, "used": [QUERY_DATABASE]}


async def look_up_passages(
    toolbox: Toolbox, call: SearchCall, state: AgentState, config: RunnableConfig
) -> Branch:
    """Search once; every passage found is handed on."""
    search = SearchDocuments(toolbox.documents, toolbox.ledger, toolbox.passages)
    return await search({"call": call, "collections": state.get("collections")}, config)


def ended(state: AgentState, said: str, usage: Counts) -> AgentUpdate:
    """The end of a turn, with what the model said as its answer."""
    answer = split_asides(said).said.strip() or f"{NOT_FOUND} an answer."
    emit(AnswerToken(answer))
    question = state["question"]
    is_declined = is_not_found(answer) or only_declines(answer, question)
    status = "declined" if is_declined else "answered"
    return {
        "answer": answer,
        "status": status,
        "usage": usage,
        "history": [Exchange(question=question, answer=answer, status=status)],
        "calls": [],
    }


async def _run(toolbox: Toolbox, database: str, sql: str, config: RunnableConfig) -> QueryResult:
    if toolbox.rules.get(database, UNASKED).may_ask:
        raise Refused(
            f"A person is asked before a statement runs in {database!r}, which a baseline cannot do."
        )
    return await toolbox.databases[database].arun(sql, caller=caller_of(config))
