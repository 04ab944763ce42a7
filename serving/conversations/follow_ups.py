"""The follow-ups of responses that are running: only one at a time continues a thread.

The others branch, whichever worker or replica runs them.
"""

from time import time

from sqlalchemy import Connection, Engine, and_, delete, func, select

from serving.conversations.records import dialects_insert
from serving.conversations.tables import FOLLOW_UPS, RESPONSES, TURNS


def claim_thread(engine: Engine, thread: str, turn: str, id_: str, *, seconds: float) -> bool:
    """Claim a thread for a follow-up of its turn; whether it may continue there.

    It may if the turn is the thread's last one and no other follow-up is running. The claim ends
    with `leave_thread`, or after so many seconds where its process died.
    """
    here, now = FOLLOW_UPS.c.thread == thread, time()
    row = {"thread": thread, "id": id_, "ends_at": now + seconds}
    insert = dialects_insert(engine.dialect.name, FOLLOW_UPS).values(**row)
    with engine.begin() as connection:
        connection.execute(delete(FOLLOW_UPS).where(and_(here, FOLLOW_UPS.c.ends_at <= now)))
        if not connection.execute(insert.on_conflict_do_nothing()).rowcount:
            return False
        # Read after the claim: whoever had it before has stored their turn by now.
        if _last_turn(connection, thread) == turn:
            return True
        connection.execute(delete(FOLLOW_UPS).where(here))
        return False


def leave_thread(engine: Engine, thread: str, id_: str) -> bool:
    """End a claim; whether the thread still has a response."""
    ours = and_(FOLLOW_UPS.c.thread == thread, FOLLOW_UPS.c.id == id_)
    with engine.begin() as connection:
        connection.execute(delete(FOLLOW_UPS).where(ours))
        return _responses(connection, thread) > 0


def forget_response(engine: Engine, id_: str, thread: str) -> bool:
    """Delete a response; whether its thread has another one, or will have."""
    running = and_(FOLLOW_UPS.c.thread == thread, FOLLOW_UPS.c.ends_at > time())
    counted = select(func.count()).select_from(FOLLOW_UPS).where(running)
    with engine.begin() as connection:
        connection.execute(delete(RESPONSES).where(RESPONSES.c.id == id_))
        follow_ups = connection.execute(counted).scalar_one()
        return _responses(connection, thread) + follow_ups > 0


def _last_turn(connection: Connection, thread: str) -> str | None:
    latest = TURNS.c.asked_at.desc()
    last = select(TURNS.c.id).where(TURNS.c.thread == thread).order_by(latest).limit(1)
    return connection.execute(last).scalar_one_or_none()


def _responses(connection: Connection, thread: str) -> int:
    counted = select(func.count()).select_from(RESPONSES).where(RESPONSES.c.thread == thread)
    return connection.execute(counted).scalar_one()
