from collections.abc import Mapping
from dataclasses import dataclass

from langchain_core.runnables import RunnableConfig

from agent.approval import UNASKED, ApprovalRule
from agent.caller import caller_of
from agent.drafts import SqlDeclined, SqlDraft
from agent.events import RunningStep, SqlDrafted, emit, step
from agent.repair import result_of_branch
from agent.reply import emit_thought
from agent.state import QueryState, QueryUpdate, add_counts
from agent.toolbox import SqlTask, SqlWriter
from agent.verified import as_verified, read_as_verified, verified_draft
from tools.errors import Unavailable
from tools.sql.run import Database


@dataclass(frozen=True, slots=True)
class WriteSql:
    """Have one statement written, or take the writer's word that it cannot be.

    A verified query goes first. Where the `writer` has none that runs, the `second` one is asked for
    its own.
    """

    writer: SqlWriter
    databases: Mapping[str, Database]
    rules: Mapping[str, ApprovalRule]
    second: SqlWriter | None = None

    async def __call__(self, state: QueryState, config: RunnableConfig) -> QueryUpdate:
        call = state["call"]
        with step("write_sql", call=call.id, detail=call.question) as working:
            task = self._task(state, config)
            if state.get("failure"):
                return await self._turned(state, task, working)
            written = call.written if task.attempts or call.written else await self._verified(task)
            written = await _written(self.writer, task, ahead=written)
            if isinstance(written, SqlDraft):
                written = await as_verified(task, written)
            emit_thought("write_sql", written.thought, call=call.id)
            if isinstance(written, SqlDraft):
                return self._drafted(written, task, state)
            working.outcome = written.reason
            turned = await self._turned({**state, "failure": written.reason}, task, working)
        return {**turned, "usage": add_counts(dict(written.usage), turned.get("usage", {}))}

    async def _verified(self, task: SqlTask) -> SqlDraft | None:
        """The verified query that the question is, by its words or by how it is read."""
        return await verified_draft(task) or await read_as_verified(task, self.second)

    def _task(self, state: QueryState, config: RunnableConfig) -> SqlTask:
        call = state["call"]
        tries, may_execute = tuple(state.get("attempts", [])), self._needs_nobody(call.database)
        database = self.databases[call.database]
        return SqlTask(call.question, database, caller_of(config), tries, may_execute)

    async def _turned(self, state: QueryState, task: SqlTask, working: RunningStep) -> QueryUpdate:
        """What the second writer has, or the first one's failure."""
        failure = state.get("failure", "")
        written = None if self.second is None else await _written(self.second, task.afresh())
        if not isinstance(written, SqlDraft):
            return {"sql": "", "approved": "", **result_of_branch(state, failure)}
        working.outcome = failure
        return {**self._drafted(written, task, state), "spare": False, "failure": failure}

    def _drafted(self, draft: SqlDraft, task: SqlTask, state: QueryState) -> QueryUpdate:
        call, tries = state["call"], len(task.attempts)
        emit(SqlDrafted(call.id, call.database, draft.sql, tries + 1))
        drafted: QueryUpdate = {
            "sql": draft.sql,
            "approved": draft.sql if task.may_execute else "",
            "edited": False,
            "usage": dict(draft.usage),
            "likelihood": draft.likelihood,
            "spare": self.second is not None,
            "verified": draft.verified,
        }
        return {**drafted, "notes": [draft.note]} if draft.note else drafted

    def _needs_nobody(self, database: str) -> bool:
        return not self.rules.get(database, UNASKED).may_ask


async def _written(
    writer: SqlWriter, task: SqlTask, *, ahead: SqlDraft | SqlDeclined | None = None
) -> SqlDraft | SqlDeclined:
    """What a writer makes of the task; one that is away has no statement.

    What was written `ahead`, while the model decided, is a first try.
    """
    if ahead is not None and not task.attempts:
        return ahead
    try:
        return await writer.write(task)
    except Unavailable as error:
        return SqlDeclined(str(error))
