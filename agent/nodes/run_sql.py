from collections.abc import Mapping
from dataclasses import dataclass

from langchain_core.runnables import RunnableConfig

from agent.caller import caller_of, thread_of
from agent.events import RowsRead, step, tell
from agent.routes import MAX_REPAIRS
from agent.state import QueryState, QueryUpdate
from agent.toolbox import Attempt, Ledger
from tools.errors import Correctable, Unavailable
from tools.sql.run import Database


@dataclass(frozen=True, slots=True)
class RunSql:
    """Pass a statement through the gate and read its rows, or keep the error for a repair."""

    databases: Mapping[str, Database]
    ledger: Ledger

    async def __call__(self, state: QueryState, config: RunnableConfig) -> QueryUpdate:
        call, sql = state["call"], state.get("sql", "")
        with step("run_sql", call=call.id) as working:
            try:
                result = await self.databases[call.database].arun(sql, caller=caller_of(config))
            except Correctable as error:
                working.outcome = str(error)
                return _failed(state, Attempt(sql, str(error)))
            except Unavailable as error:
                working.outcome = str(error)
                return {"sql": "", "notes": [str(error)]}
            (id_,) = await self.ledger.record(thread_of(config), [result])
            tell(RowsRead(call.id, id_, result))
            more = "+" if result.truncated else ""
            working.outcome = f"{len(result.rows)}{more} rows"
        return {"sql": "", "evidence": [id_]}


def _failed(state: QueryState, attempt: Attempt) -> QueryUpdate:
    attempts = [*state.get("attempts", []), attempt]
    if len(attempts) <= MAX_REPAIRS:
        return {"attempts": attempts}
    given_up = f"No statement for {state['call'].question!r} could be run: {attempt.error}"
    return {"attempts": attempts, "notes": [given_up]}
