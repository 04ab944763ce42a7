from collections.abc import Mapping
from dataclasses import dataclass

from langchain_core.runnables import RunnableConfig

from agent.caller import caller_of, thread_of
from agent.events import RowsRead, step, tell
from agent.repair import failed
from agent.state import QueryState, QueryUpdate
from agent.toolbox import Ledger
from tools.errors import Correctable, Unavailable
from tools.sql.run import Database


@dataclass(frozen=True, slots=True)
class RunSql:
    """Pass an approved statement through the gate and read its rows, or keep the error."""

    databases: Mapping[str, Database]
    ledger: Ledger

    async def __call__(self, state: QueryState, config: RunnableConfig) -> QueryUpdate:
        call, sql = state["call"], state.get("approved", "")
        with step("run_sql", call=call.id) as working:
            try:
                result = await self.databases[call.database].arun(sql, caller=caller_of(config))
            except Correctable as error:
                working.outcome = str(error)
                return failed(state, str(error))
            except Unavailable as error:
                working.outcome = str(error)
                return {"sql": "", "notes": [str(error)]}
            (id_,) = await self.ledger.record(thread_of(config), [result])
            tell(RowsRead(call.id, id_, result))
            more = "+" if result.truncated else ""
            working.outcome = f"{len(result.rows)}{more} rows"
        return {"sql": "", "evidence": [id_]}
