"""Counters for limits that all workers and replicas share, in the PostgreSQL of the threads."""

from dataclasses import dataclass
from time import time
from typing import Any

from limits.aio.storage import Storage
from sqlalchemy import Delete, Engine, Select, case, delete, func, select

from serving.conversations.records import dialects_insert
from serving.conversations.store import ThreadStore
from serving.conversations.tables import COUNTERS, RUNNING_TURNS


class SharedCounters(Storage):
    """A storage for `limits`: one statement counts, whoever counts at the same time.

    Raises:
        Unavailable: from every method, when the threads' database does not answer.
    """

    STORAGE_SCHEME = None  # made here, and not by an address

    def __init__(self, threads: ThreadStore) -> None:
        super().__init__()
        self._threads = threads

    @property
    def base_exceptions(self) -> tuple[type[Exception], ...]:
        """None to be translated: the store does."""
        return ()

    async def incr(self, key: str, expiry: int, amount: int = 1) -> int:
        """Count, in a window that begins with the first count after the last one."""
        return await self._threads.ask(lambda records: _count(records.engine, key, expiry, amount))

    async def get(self, key: str) -> int:
        """What was counted in the window that is open."""
        found = await self._threads.ask(lambda records: _read(records.engine, key))
        return found[0] if found and found[1] > time() else 0

    async def get_expiry(self, key: str) -> float:
        """When the window ends, in seconds since 1970."""
        found = await self._threads.ask(lambda records: _read(records.engine, key))
        return found[1] if found else time()

    async def check(self) -> bool:
        """Whether the database answers."""
        await self.get("")
        return True

    async def reset(self) -> int | None:
        """Forget everything that was counted."""
        await self._threads.ask(lambda records: _forget(records.engine, None))
        return None

    async def clear(self, key: str) -> None:
        """Forget what was counted under a key."""
        await self._threads.ask(lambda records: _forget(records.engine, key))


@dataclass(frozen=True, slots=True)
class SharedRunningTurns:
    """Callers' turns under way in all processes; of one that died, its turns stay for their time.

    Raises:
        Unavailable: from every method, when the threads' database does not answer.
    """

    threads: ThreadStore

    async def join(self, caller: str, turn: str, seconds: float) -> int:
        """Count a turn in; how many others there are."""
        return await self.threads.ask(lambda records: _join(records.engine, caller, turn, seconds))

    async def leave(self, caller: str, turn: str) -> None:
        """Count it out."""
        gone = delete(RUNNING_TURNS).where(
            RUNNING_TURNS.c.turn == turn, RUNNING_TURNS.c.caller == caller
        )
        await self.threads.ask(lambda records: _execute(records.engine, gone))

    async def others(self, caller: str) -> int:
        """How many there are."""
        return await self.threads.ask(lambda records: _others(records.engine, caller))


def _join(engine: Engine, caller: str, turn: str, seconds: float) -> int:
    insert: Any = dialects_insert(engine.dialect.name, COUNTERS)
    own = insert.values(key=f"turns of {caller}", amount=0, ends_at=0)
    # Its row is locked until the end, so that of two who join at once, one sees the other.
    alone = own.on_conflict_do_update(index_elements=["key"], set_={"amount": 0})
    now = time()
    over = delete(RUNNING_TURNS).where(
        RUNNING_TURNS.c.caller == caller, RUNNING_TURNS.c.ends_at <= now
    )
    with engine.begin() as connection:
        connection.execute(alone)
        connection.execute(over)
        others = connection.execute(_counted(caller, now)).scalar_one()
        connection.execute(
            RUNNING_TURNS.insert().values(caller=caller, turn=turn, ends_at=now + seconds)
        )
    return others


def _others(engine: Engine, caller: str) -> int:
    with engine.connect() as connection:
        return connection.execute(_counted(caller, time())).scalar_one()


def _counted(caller: str, now: float) -> Select[int]:
    here = select(func.count()).select_from(RUNNING_TURNS)
    return here.where(RUNNING_TURNS.c.caller == caller, RUNNING_TURNS.c.ends_at > now)


def _execute(engine: Engine, statement: Delete) -> None:
    with engine.begin() as connection:
        connection.execute(statement)


def _count(engine: Engine, key: str, expiry: int, amount: int) -> int:
    now = time()
    insert: Any = dialects_insert(engine.dialect.name, COUNTERS)
    insert = insert.values(key=key, amount=amount, ends_at=now + expiry)
    is_over = COUNTERS.c.ends_at <= now
    counted = insert.on_conflict_do_update(
        index_elements=["key"],
        set_={
            "amount": case((is_over, amount), else_=COUNTERS.c.amount + amount),
            "ends_at": case((is_over, now + expiry), else_=COUNTERS.c.ends_at),
        },
    ).returning(COUNTERS.c.amount)
    with engine.begin() as connection:
        return connection.execute(counted).scalar_one()


def _read(engine: Engine, key: str) -> tuple[int, float] | None:
    wanted = select(COUNTERS.c.amount, COUNTERS.c.ends_at).where(COUNTERS.c.key == key)
    with engine.connect() as connection:
        row = connection.execute(wanted).first()
    return (row.amount, row.ends_at) if row else None


def _forget(engine: Engine, key: str | None) -> None:
    every = delete(COUNTERS)
    _execute(engine, every if key is None else every.where(COUNTERS.c.key == key))
