"""Answers under the names that OpenAI's Responses API gave them, and what they go on from."""

from collections.abc import AsyncGenerator, Callable
from contextlib import asynccontextmanager, suppress
from dataclasses import asdict, dataclass
from uuid import uuid4

import anyio
from sqlalchemy import Engine, and_, insert, select

from agent.state import Exchange
from serving.conversations.follow_ups import claim_thread, forget_response, leave_thread
from serving.conversations.service import Conversations
from serving.conversations.store import thread_id_of
from serving.conversations.tables import RESPONSES
from serving.wire.answer import Answer
from tools.caller import Caller
from tools.errors import DocsqlError

MOST_BEFORE = 50
"""Responses that a new thread looks back through: far more than a rewritten question needs."""


@dataclass(frozen=True, slots=True)
class KeptResponse:
    """One response; `asked` is JSON of the request, `turn` names the answer."""

    id: str
    thread: str
    owner: str
    turn: str
    previous: str
    made_at: str
    asked: str


@dataclass(frozen=True, slots=True)
class Responses:
    """A caller's own responses.

    Raises:
        Unavailable: from every method, when the threads' database does not answer.
    """

    conversations: Conversations

    async def keep(self, response: KeptResponse) -> None:
        """Remember a response under its id."""
        await self.conversations.threads.ask(lambda records: _keep(records.engine, response))

    async def find(self, id_: str, *, caller: Caller) -> KeptResponse | None:
        """The response, None where the caller has none of that id."""
        return await self.conversations.threads.ask(
            lambda records: _found(records.engine, id_, caller.id)
        )

    async def answer(self, response: KeptResponse, *, caller: Caller) -> Answer:
        """The answer that it is."""
        return await self.conversations.answer(response.turn, caller=caller)

    @asynccontextmanager
    async def continued(
        self, response: KeptResponse, *, caller: Caller, seconds: float
    ) -> AsyncGenerator[str | None]:
        """The id of the thread on which a follow-up continues; None: it has to begin another.

        A follow-up continues on the response's thread unless something was said there since, or
        is being said now. It has the thread until it ends, for so many seconds at most.
        """
        thread, id_ = response.thread, uuid4().hex
        may_continue = not self.conversations.alone(thread).locked() and await self._do(
            lambda engine: claim_thread(engine, thread, response.turn, id_, seconds=seconds)
        )
        if not may_continue:
            yield None
            return
        try:
            yield thread_id_of(thread)
        finally:
            with anyio.CancelScope(shield=True), suppress(DocsqlError):
                await self._leave(thread, id_, caller)

    async def before(self, response: KeptResponse, *, caller: Caller) -> list[Exchange]:
        """What was said up to this response, itself included, the oldest first."""
        said: list[Exchange] = []
        at: KeptResponse | None = response
        while at and len(said) < MOST_BEFORE:
            turn = at.turn
            kept = await self.conversations.threads.ask(
                lambda records, turn=turn: records.turn(turn, owner=caller.id)
            )
            if kept:
                answer = Answer.model_validate_json(kept.answer)
                said.append(Exchange(question=kept.question, answer=answer.answer))
            at = await self.find(at.previous, caller=caller) if at.previous else None
        return said[::-1]

    async def forget(self, response: KeptResponse, *, caller: Caller) -> None:
        """Delete a response, and with the last one of its thread the thread."""
        id_, thread = response.id, response.thread
        if not await self._do(lambda engine: forget_response(engine, id_, thread)):
            await self.conversations.delete(thread_id_of(thread), caller=caller)

    async def _leave(self, thread: str, id_: str, caller: Caller) -> None:
        """End a follow-up; its thread is deleted if all its responses were, meanwhile."""
        if not await self._do(lambda engine: leave_thread(engine, thread, id_)):
            await self.conversations.delete(thread_id_of(thread), caller=caller)

    async def _do(self, work: Callable[[Engine], bool]) -> bool:
        return await self.conversations.threads.ask(lambda records: work(records.engine))


def _keep(engine: Engine, response: KeptResponse) -> None:
    with engine.begin() as connection:
        connection.execute(insert(RESPONSES), [asdict(response)])


def _found(engine: Engine, id_: str, owner: str) -> KeptResponse | None:
    wanted = select(RESPONSES).where(and_(RESPONSES.c.id == id_, RESPONSES.c.owner == owner))
    with engine.connect() as connection:
        row = connection.execute(wanted).mappings().first()
    return KeptResponse(**row) if row else None
