"""A database asked for an MCP client, a person's word between where the database wants one."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import partial
from typing import Any, cast
from uuid import uuid4

import anyio
from langchain_core.callbacks import BaseCallbackHandler
from langchain_core.runnables import RunnableConfig
from langgraph.types import Command

from agent.approval import UNASKED
from agent.caller import CALLER, THREAD
from agent.calls import QueryCall, new_call_id
from agent.graph import Machine, database_call
from agent.ledger import MemoryLedger
from agent.sources.offers import Offers
from agent.state import QueryState
from agent.toolbox import Toolbox
from serving.auth.scopes import RAW_SQL
from serving.conversations.store import ThreadStore, thread_key
from serving.http.mcp.arguments import QueryArguments, QueryOutcome
from serving.http.mcp.person import (
    REJECTED,
    InputRequired,
    Person,
    Wait,
    decision_in,
    form_for,
    form_of,
)
from serving.turns.approvals import Waiting, resume_command, waiting_in, waiting_on
from serving.turns.databases import database_for
from serving.wire.evidence import queries, query
from tools.caller import Caller
from tools.errors import BadInput
from tools.sql.run import Database

_NO_LONGER = "The statement no longer waits for a decision. Call the tool again."


@dataclass(frozen=True, slots=True)
class _Call:
    """A question whose statements a person approves, under the name of its call."""

    toolbox: Toolbox
    question: str
    database: str
    name: str


@dataclass(frozen=True, slots=True)
class Querying:
    """Asks a database in words or in SQL; `threads` keeps calls that wait for a person.

    `watching` are LangChain's callbacks, told of every call of a chat model.
    """

    toolbox: Toolbox
    threads: ThreadStore
    watching: Sequence[BaseCallbackHandler] = ()

    async def outcome(self, wanted: QueryArguments, caller: Caller, person: Person) -> QueryOutcome:
        """The statement that ran with its rows, or why there is none."""
        database = database_for(caller, wanted.database, self.toolbox.databases)
        if wanted.sql and not wanted.question:
            return await self._ran(wanted.sql, wanted.database, database, caller, person)
        if wanted.question and not wanted.sql:
            return await self._asked(wanted.question, wanted.database, caller, person)
        has_choice = RAW_SQL in caller.scopes
        raise BadInput(
            "Give either a question or one SELECT as sql." if has_choice else "Give a question."
        )

    async def _ran(
        self, sql: str, name: str, database: Database, caller: Caller, person: Person
    ) -> QueryOutcome:
        rule = self.toolbox.rules.get(name, UNASKED)
        if rule.may_ask:
            estimate = await database.aestimate(sql, caller=caller)
            if rule.asks(estimate):
                form = form_for(sql, name, _reach(name, estimate.tables, estimate.rows))
                said = await person.decide(Wait([form], name))
                if decision_in(said[form.id]).action == "reject":
                    return QueryOutcome(queries=[], notes=[REJECTED])
        return QueryOutcome(queries=[query(1, await database.arun(sql, caller=caller))])

    async def _asked(
        self, question: str, database: str, caller: Caller, person: Person
    ) -> QueryOutcome:
        ledger = MemoryLedger()
        toolbox = replace(self.toolbox, ledger=ledger)
        if toolbox.rules.get(database, UNASKED).may_ask:
            ended = await self._until_decided(toolbox, question, database, caller, person)
        else:
            config = self._config(caller, f"mcp/{uuid4().hex}")
            ended = await database_call(toolbox).ainvoke(_state(question, database), config)
        found, notes = queries(await ledger.read(ended.get("evidence", []))), ended.get("notes", [])
        if found or ended.get("settled"):  # a person ended it, who needs no other question
            return QueryOutcome(queries=found, notes=notes)
        own = {database: self.toolbox.databases[database]}
        offers = Offers(self.toolbox, caller, own, uses_documents=False)
        near = (await offers.near(question, ())).questions
        return QueryOutcome(queries=[], notes=notes, suggestions=list(near))

    async def _until_decided(
        self, toolbox: Toolbox, question: str, database: str, caller: Caller, person: Person
    ) -> dict[str, Any]:
        """The call to its end; while it waits, it is a thread of the caller's.

        One request goes on with it, however many are sent: that one takes its question.
        """
        call = person.goes_on or uuid4().hex
        name = f"mcp-{call}"  # no other thread of the caller's
        key = thread_key(caller, name)
        begin = partial(self.threads.begin, key, owner=caller.id, id_=name, question=question)
        if person.goes_on and not await self.threads.ask(lambda all_: all_.take_unanswered(key)):
            raise BadInput(_NO_LONGER)
        waits, is_left = _Call(toolbox, question, database, call), False
        try:
            if not person.goes_on:
                await begin()
            return await self._through(waits, person, self._config(caller, key))
        except InputRequired:
            await begin(is_asked=True)
            is_left = True
            raise
        finally:
            if not is_left:
                with anyio.CancelScope(shield=True):
                    await self.threads.delete(key)

    async def _through(self, call: _Call, person: Person, config: RunnableConfig) -> dict[str, Any]:
        machine = cast("Machine", database_call(call.toolbox, checkpointer=self.threads.saver))
        with self.threads.saying_why():
            if person.goes_on:
                ended, waiting = {}, await _waiting(machine, config)
            else:
                ended = await _step(machine, _state(call.question, call.database), config)
                waiting = waiting_in(ended.get("__interrupt__", ()))
            while waiting:
                forms = list(map(form_of, waiting.values()))
                said = await person.decide(Wait(forms, call.database, call.name))
                decided = {id_: decision_in(answer) for id_, answer in said.items()}
                ended = await _step(machine, resume_command(decided, waiting), config)
                waiting = waiting_in(ended.get("__interrupt__", ()))
        return ended

    def _config(self, caller: Caller, thread: str) -> RunnableConfig:
        named = {CALLER: caller, THREAD: thread}
        return RunnableConfig(configurable=named, callbacks=list(self.watching))


def _state(question: str, database: str) -> QueryState:
    return {"call": QueryCall(new_call_id(), question, database)}


async def _step(
    machine: Machine, given: QueryState | Command[Any], config: RunnableConfig
) -> dict[str, Any]:
    return await machine.ainvoke(cast("Any", given), config, durability="exit")


async def _waiting(machine: Machine, config: RunnableConfig) -> Waiting:
    waiting = await waiting_on(machine, config)
    if not waiting:
        raise BadInput(_NO_LONGER)
    return waiting


def _reach(database: str, tables: Sequence[str], rows: int | None) -> str:
    expected = "unknown" if rows is None else f"about {rows:,}"
    return f"{database} · tables: {', '.join(tables) or 'none'} · rows to read: {expected}"
