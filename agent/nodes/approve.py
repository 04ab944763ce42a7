from collections.abc import Mapping
from dataclasses import dataclass
from functools import partial

from langchain_core.runnables import RunnableConfig
from langgraph.types import interrupt

from agent.approval import UNASKED, ApprovalDecision, ApprovalRule, Request
from agent.caller import caller_of
from agent.events import step
from agent.fallback import REJECTED
from agent.repair import after_failure
from agent.state import QueryState, QueryUpdate
from tools.errors import Correctable, Unavailable
from tools.language.reader import reader
from tools.language.telling import Telling
from tools.sql.estimate import Estimate
from tools.sql.paraphrase import paraphrase
from tools.sql.run import Database

UNKNOWN = Estimate(rows=None, cost=None, tables=())
WAITS = "waits for approval"
EDITED = "Edited by a person."
"""How the outcome of a person's own statement begins; its explanation follows."""


@dataclass(frozen=True, slots=True)
class Approve:
    """Let a statement pass, or interrupt this branch until a person decides.

    A statement that the gate would refuse goes back to its writer instead, or to the person if
    they edited it.
    """

    databases: Mapping[str, Database]
    rules: Mapping[str, ApprovalRule]

    async def __call__(self, state: QueryState, config: RunnableConfig) -> QueryUpdate:
        call, sql, edited = state["call"], state.get("sql", ""), state.get("edited", False)
        rule = self.rules.get(call.database, UNASKED)
        database, problem, estimate = self.databases[call.database], "", UNKNOWN
        caller = caller_of(config)
        with step("approve", call=call.id) as working:
            try:
                # A resumed branch begins here again: this costs an EXPLAIN, and no model.
                estimate = await database.aestimate(sql, caller=caller)
            except Correctable as error:
                working.outcome = problem = str(error)
                if not edited:
                    return after_failure(state, problem)
            except Unavailable as error:
                working.outcome = str(error)
                return {"sql": "", "notes": [str(error)]}
            if not problem and not edited and not rule.asks(estimate):
                working.outcome = "needs no approval"
                return {"approved": sql}
            to = reader() or Telling.of(call.question)
            explain = partial(paraphrase, sql, dialect=database.dialect, to=to)
            explanation = await database.in_a_thread(explain, caller=caller)
            if not problem and edited:
                working.outcome = f"{EDITED} {explanation}"
                return {"approved": sql}
            working.outcome = WAITS
            request = Request(
                call=call.id,
                database=call.database,
                sql=sql,
                explanation=explanation,
                tables=estimate.tables,
                estimated_rows=estimate.rows,
                problem=problem,
            )
            decision: ApprovalDecision = interrupt(request)
            working.outcome = decision.action
        return _decided(decision, sql, call.id)


def _decided(decision: ApprovalDecision, sql: str, call: str) -> QueryUpdate:
    match decision.action:
        case "approve":
            return {"approved": sql}
        case "edit":
            return {"sql": decision.sql, "edited": True}
        case "reject":
            return {"sql": "", "notes": [REJECTED], "settled": [call]}
