from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from functools import partial

from langchain_core.runnables import RunnableConfig

from agent.approval import UNASKED, ApprovalRule
from agent.caller import caller_of, thread_of
from agent.events import RowsFetched, RunningStep, SqlDrafted, emit, step
from agent.once import tried
from agent.repair import after_empty_result, after_failure, may_ask_about_empty, result_of_branch
from agent.rivals import is_unlikely
from agent.same_rows import is_empty
from agent.second import TwoReadings
from agent.state import QueryState, QueryUpdate
from agent.toolbox import EvidenceLedger, SqlTask
from agent.weigh import Weigh
from tools.caller import Caller
from tools.errors import Correctable, Unavailable
from tools.sql.count import count_rows
from tools.sql.near import near_values
from tools.sql.run import Database, QueryResult
from tools.sql.strays import told

CONFIRMED = "confirmed by a second reading"
UNLIKELY = (
    "The rows of the database {name} were left out: they more likely answer another question."
)


@dataclass(frozen=True, slots=True)
class RunSql:
    """Pass an approved statement through the gate and read its rows, or keep the error."""

    databases: Mapping[str, Database]
    ledger: EvidenceLedger
    rules: Mapping[str, ApprovalRule]
    weigh: Weigh = field(default_factory=Weigh)

    async def __call__(self, state: QueryState, config: RunnableConfig) -> QueryUpdate:
        call, sql = state["call"], state.get("approved", "")
        with step("run_sql", call=call.id) as working:
            try:
                result = await self._run(call.database, sql, caller_of(config))
                result = await self._counted(result, caller_of(config))
            except Correctable as error:
                working.outcome = str(error)
                return await self._failed(state, str(error), config, working)
            except Unavailable as error:
                working.outcome = str(error)
                return {"sql": "", **result_of_branch(state, str(error))}
            working.outcome = _size(result)
            instead = await self._instead(state, result, caller_of(config))
            if instead:
                working.outcome = instead
                (id_,) = await self._kept(state, self.weigh.alone(state, result), config)
                return after_empty_result(state, id_, instead)
            reading = await self.weigh.read(state, result, self._task(state, config))
            return await self._weighed(state, reading, result.sql, config, working)

    async def _failed(
        self, state: QueryState, error: str, config: RunnableConfig, working: RunningStep
    ) -> QueryUpdate:
        """What other statements of the writer agree on, or the error for it to mend."""
        reading, usage = await self.weigh.instead(state, self._task(state, config), error)
        if reading is None:
            return {**after_failure(state, error), "usage": dict(usage)}
        return await self._weighed(state, reading, "", config, working)

    async def _weighed(
        self,
        state: QueryState,
        reading: TwoReadings,
        known: str,
        config: RunnableConfig,
        working: RunningStep,
    ) -> QueryUpdate:
        """The rows as evidence, with how sure they are; or why they are not sure enough.

        `known` is the statement that a reader of the events knows of already.
        """
        call, task = state["call"], self._task(state, config)
        given, usage = reading.result, dict(reading.usage)
        is_approved = self.rules.get(call.database, UNASKED).when == "always"
        if not is_approved and (doubt := await self.weigh.doubt(reading, task)):
            working.outcome = doubt
            return {"sql": "", "notes": [doubt], "usage": usage, "settled": [call.id]}
        if is_unlikely(call, given):
            working.outcome = UNLIKELY.format(name=call.database)
            return {"sql": "", "notes": [UNLIKELY.format(name=call.database)], "usage": usage}
        if given.sql != known:
            emit(SqlDrafted(call.id, call.database, given.sql, len(task.attempts) + 1))
        working.outcome = f"{_size(given)}, {CONFIRMED}" if given.confirmed else _size(given)
        kept = await self._kept(state, given, config)
        said = [*reading.warnings, *told(given.sql, task.database.schema())]
        settled = [call.id] if given.rows else []
        found: QueryUpdate = {"sql": "", "evidence": kept, "warnings": said, "usage": usage}
        return {**found, "settled": settled}

    async def _kept(
        self, state: QueryState, result: QueryResult, config: RunnableConfig
    ) -> list[str]:
        """The id of the rows in the ledger."""
        (id_,) = await self.ledger.record(thread_of(config), [result])
        emit(RowsFetched(state["call"].id, id_, result))
        return [id_]

    def _task(self, state: QueryState, config: RunnableConfig) -> SqlTask:
        call = state["call"]
        return SqlTask(
            call.question,
            self.databases[call.database],
            caller_of(config),
            tuple(state.get("attempts", [])),
            may_execute=not self.rules.get(call.database, UNASKED).may_ask,
        )

    async def _run(self, name: str, sql: str, caller: Caller) -> QueryResult:
        """An approved statement runs unchanged, or not at all; what was tried is not run again."""
        database = self.databases[name]
        may_ask = self.rules.get(name, UNASKED).may_ask
        if not may_ask and (known := tried(database, sql, caller=caller)) is not None:
            return known
        run = database.arun if may_ask else database.arun_as_meant
        return await run(sql, caller=caller)

    async def _counted(self, result: QueryResult, caller: Caller) -> QueryResult:
        """With the number of all rows, where some were held back; a person approves no count."""
        if not result.truncated or self.rules.get(result.database, UNASKED).may_ask:
            return result
        database = self.databases[result.database]
        count = partial(count_rows, database, result.sql, caller=caller)
        return replace(result, total_rows=await database.in_a_thread(count, caller=caller))

    async def _instead(self, state: QueryState, result: QueryResult, caller: Caller) -> str:
        """Stored values near the filter texts of an empty result.

        Not with approval, because the person has not seen this extra query.
        """
        name = state["call"].database
        may_ask = self.rules.get(name, UNASKED).may_ask
        is_verified = state.get("verified") is not None
        if may_ask or is_verified or not is_empty(result) or not may_ask_about_empty(state):
            return ""
        try:
            database = self.databases[name]
            look = partial(near_values, database, result.sql, caller=caller)
            near = await database.in_a_thread(look, caller=caller)
        except (Correctable, Unavailable):
            return ""
        if not near:
            return ""
        return f"It runs, and finds nothing: {'; '.join(map(str, near))}."


def _size(result: QueryResult) -> str:
    read = len(result.rows)
    if not result.truncated:
        return f"{read} rows"
    return f"{read} of {result.total_rows} rows" if result.total_rows else f"{read}+ rows"
