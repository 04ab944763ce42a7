"""Answers under the names that OpenAI's Responses API gave them, and what they go on from."""

from collections.abc import Sequence
from dataclasses import asdict, dataclass

from sqlalchemy import Engine, and_, delete, func, insert, select

from agent.state import Exchange
from serving.conversations.service import Conversations
from serving.conversations.tables import RESPONSES, TURNS
from serving.wire.answer import Answer
from tools.caller import Caller

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

    async def goes_on(self, response: KeptResponse) -> bool:
        """Whether nothing was said on its thread since, so that the thread itself can go on."""
        turns = await self.conversations.threads.ask(
            lambda records: _turns(records.engine, response.thread)
        )
        return turns[-1:] == [response.turn]

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
        left = await self.conversations.threads.ask(
            lambda records: _forget(records.engine, response)
        )
        if not left:
            answer = await self.answer(response, caller=caller)
            await self.conversations.delete(answer.thread_id, caller=caller)


def _keep(engine: Engine, response: KeptResponse) -> None:
    with engine.begin() as connection:
        connection.execute(insert(RESPONSES), [asdict(response)])


def _found(engine: Engine, id_: str, owner: str) -> KeptResponse | None:
    wanted = select(RESPONSES).where(and_(RESPONSES.c.id == id_, RESPONSES.c.owner == owner))
    with engine.connect() as connection:
        row = connection.execute(wanted).mappings().first()
    return KeptResponse(**row) if row else None


def _turns(engine: Engine, thread: str) -> Sequence[str]:
    wanted = select(TURNS.c.id).where(TURNS.c.thread == thread).order_by(TURNS.c.asked_at)
    with engine.connect() as connection:
        return connection.execute(wanted).scalars().all()


def _forget(engine: Engine, response: KeptResponse) -> int:
    """Delete it; how many its thread still has."""
    counted = select(func.count()).where(RESPONSES.c.thread == response.thread)
    with engine.begin() as connection:
        connection.execute(delete(RESPONSES).where(RESPONSES.c.id == response.id))
        return connection.execute(counted).scalar_one()
