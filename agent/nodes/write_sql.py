from collections.abc import Mapping
from dataclasses import dataclass

from langchain_core.runnables import RunnableConfig

from agent.approval import UNASKED, ApprovalRule
from agent.caller import caller_of
from agent.drafts import SqlDraft
from agent.events import SqlDrafted, emit, step
from agent.repair import result_of_branch
from agent.reply import emit_thought
from agent.state import QueryState, QueryUpdate
from agent.toolbox import SqlTask, SqlWriter
from tools.errors import Unavailable
from tools.sql.run import Database


@dataclass(frozen=True, slots=True)
class WriteSql:
    """Have one statement written, or take the writer's word that it cannot be."""

    writer: SqlWriter
    databases: Mapping[str, Database]
    rules: Mapping[str, ApprovalRule]

    async def __call__(self, state: QueryState, config: RunnableConfig) -> QueryUpdate:
        call = state["call"]
        tries = state.get("attempts", [])
        needs_nobody = not self.rules.get(call.database, UNASKED).may_ask
        with step("write_sql", call=call.id, detail=call.question) as working:
            task = SqlTask(
                call.question,
                self.databases[call.database],
                caller_of(config),
                tuple(tries),
                may_execute=needs_nobody,
            )
            try:
                written = await self.writer.write(task)
            except Unavailable as error:
                working.outcome = str(error)
                return {"sql": "", "approved": "", **result_of_branch(state, str(error))}
            emit_thought("write_sql", written.thought, call=call.id)
            if not isinstance(written, SqlDraft):
                working.outcome = written.reason
                spent: QueryUpdate = {"sql": "", "approved": "", "usage": dict(written.usage)}
                return {**spent, **result_of_branch(state, written.reason)}
            emit(SqlDrafted(call.id, call.database, written.sql, len(tries) + 1))
        usage = dict(written.usage)
        drafted: QueryUpdate = {
            "sql": written.sql,
            "approved": written.sql if needs_nobody else "",
            "edited": False,
            "usage": usage,
        }
        return {**drafted, "notes": [written.note]} if written.note else drafted
