"""Questions that people keep: each sees and deletes their own, and whoever has a link reads one."""

from collections.abc import Callable
from dataclasses import dataclass
from secrets import token_urlsafe
from typing import Any

from sqlalchemy import Connection, delete, func, insert, select

from serving.conversations.records import now
from serving.conversations.store import ThreadStore
from serving.conversations.tables import SAVED_QUESTIONS as SAVED
from serving.wire.saved import SavedQuestion, SavedQuestions, SharedQuestion
from tools.caller import Caller
from tools.errors import BadInput, UnknownName

MOST = 500
"""Questions that one person keeps."""
_ID_BYTES = 18
"""Of randomness in an id: it is all that a link needs, so that nobody may guess one."""


@dataclass(frozen=True, slots=True)
class SavedBook:
    """The kept questions, beside the threads.

    Raises:
        Unavailable: from every method, when the threads' database does not answer.
    """

    threads: ThreadStore

    async def listed(self, *, caller: Caller) -> SavedQuestions:
        """The caller's questions, the latest first."""
        wanted = select(SAVED).where(SAVED.c.owner == caller.id).order_by(SAVED.c.saved_at.desc())
        rows = await self._do(lambda connection: connection.execute(wanted).all())
        return SavedQuestions(questions=list(map(SavedQuestion.model_validate, rows)))

    async def keep(self, question: str, *, caller: Caller) -> SavedQuestion:
        """Keep a question; one that the caller has kept already stays as it is.

        Raises:
            BadInput: the caller keeps too many.
        """
        return SavedQuestion.model_validate(
            await self._do(lambda connection: _kept(connection, question, caller.id))
        )

    async def shared(self, id_: str) -> SharedQuestion:
        """The question behind a link, for anybody who has it.

        Raises:
            UnknownName: there is none, or it was deleted.
        """
        wanted = select(SAVED).where(SAVED.c.id == id_)
        row = await self._do(lambda connection: connection.execute(wanted).one_or_none())
        if row is None:
            raise _unknown(id_)
        return SharedQuestion.model_validate(row)

    async def delete(self, id_: str, *, caller: Caller) -> None:
        """Delete a question of the caller's; links to it lead nowhere then.

        Raises:
            UnknownName: there is none, or it is somebody else's.
        """
        gone = delete(SAVED).where(SAVED.c.id == id_, SAVED.c.owner == caller.id)
        if not await self._do(lambda connection: connection.execute(gone).rowcount):
            raise _unknown(id_)

    async def _do(self, work: Callable[[Connection], Any]) -> Any:
        def within(engine: Any) -> Any:
            with engine.begin() as connection:
                return work(connection)

        return await self.threads.ask(lambda records: within(records.engine))


def _kept(connection: Connection, question: str, owner: str) -> Any:
    own = SAVED.c.owner == owner
    same = select(SAVED).where(own, SAVED.c.question == question)
    if (known := connection.execute(same).first()) is not None:
        return known
    if connection.execute(select(func.count()).where(own)).scalar_one() >= MOST:
        raise BadInput(f"You keep {MOST} questions, which is the limit. Delete some first.")
    values = {
        "id": token_urlsafe(_ID_BYTES),
        "owner": owner,
        "question": question,
        "saved_at": now(),
    }
    connection.execute(insert(SAVED).values(values))
    return connection.execute(same).one()


def _unknown(id_: str) -> UnknownName:
    return UnknownName(f"There is no saved question {id_!r}, or it was deleted.")
