"""Counters for limits that all workers and replicas share, in the PostgreSQL of the threads."""

from time import time
from typing import Any

from limits.aio.storage import Storage
from sqlalchemy import Engine, case, delete, select

from serving.conversations.records import dialects_insert
from serving.conversations.store import ThreadStore
from serving.conversations.tables import COUNTERS


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
    with engine.begin() as connection:
        connection.execute(every if key is None else every.where(COUNTERS.c.key == key))
