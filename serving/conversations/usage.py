"""What callers' turns cost, by day and model, in the database that keeps their threads."""

import asyncio
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import asdict, dataclass, replace
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import Engine, Table, and_, func, select

from serving.conversations.records import dialects_insert
from serving.conversations.store import ThreadStore
from serving.conversations.tables import ESTIMATES, USAGE
from serving.observability.token_counts import TokenCount
from tools.errors import Unavailable

FLUSH_S = 1.0
"""Seconds that costs are gathered before they are written; as much is lost where a process dies."""


@dataclass(frozen=True, slots=True)
class Used:
    """What one caller used of one model on one day; `seconds` are those of the model's calls.

    `estimated_tokens` is how many of the tokens no server has counted.
    """

    day: str
    caller: str
    model: str
    calls: int = 0
    input_tokens: int = 0
    output_tokens: int = 0
    seconds: float = 0.0
    estimated_tokens: int = 0

    def with_(self, more: "Used") -> "Used":
        """Both together, under the names of this one."""
        return replace(
            self,
            calls=self.calls + more.calls,
            input_tokens=self.input_tokens + more.input_tokens,
            output_tokens=self.output_tokens + more.output_tokens,
            seconds=self.seconds + more.seconds,
            estimated_tokens=self.estimated_tokens + more.estimated_tokens,
        )


class UsageBook:
    """Adds up what models cost; calls are gathered for a moment and written together."""

    def __init__(self, threads: ThreadStore) -> None:
        self._threads = threads
        self._gathered: dict[tuple[str, str, str], Used] = {}
        self._timer: asyncio.TimerHandle | None = None
        self._writing = asyncio.Lock()
        self._tasks = set[asyncio.Task[None]]()

    def note(self, caller: str, model: str, count: TokenCount, *, seconds: float) -> None:
        """Add one call of a model."""
        key = (_today(), caller, model)
        call = Used(*key, 1, count.read, count.written, seconds, count.estimated)
        self._gathered[key] = self._gathered[key].with_(call) if key in self._gathered else call
        if self._timer is None:
            self._timer = asyncio.get_running_loop().call_later(FLUSH_S, self._write_soon)

    async def flush(self) -> None:
        """Write what is gathered, also for a caller that leaves meanwhile.

        Raises:
            Unavailable: the database does not answer; what was gathered is kept for the next time.
        """
        await asyncio.shield(self._kept(asyncio.ensure_future(self._flush())))

    async def _flush(self) -> None:
        async with self._writing:
            gathered, self._gathered = self._gathered, {}
            if not gathered:
                return
            try:
                rows = list(gathered.values())
                await self._threads.ask(lambda records: _add(records.engine, rows))
            except Unavailable:
                self._gathered = _sum(gathered, self._gathered)
                raise

    async def close(self) -> None:
        """Write what is left, if it can be."""
        if self._timer is not None:
            self._timer.cancel()
        with suppress(Unavailable):
            await self.flush()

    async def tokens_of(self, caller: str, *, since: str) -> int:
        """The tokens that a caller has used since a day.

        Raises:
            Unavailable: the database does not answer.
        """
        await self.flush()
        return await self._threads.ask(lambda records: _tokens(records.engine, caller, since))

    async def records(self, *, since: str, until: str) -> list[Used]:
        """All that was used from one day to another, both included, by day, caller and model."""
        await self.flush()
        return await self._threads.ask(lambda records: _between(records.engine, since, until))

    def _write_soon(self) -> None:
        self._timer = None
        self._kept(asyncio.ensure_future(self._write()))

    def _kept(self, task: "asyncio.Task[None]") -> "asyncio.Task[None]":
        """A task that is not collected before its end."""
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)
        return task

    async def _write(self) -> None:
        with suppress(Unavailable):  # turns say so, too; what was gathered is not lost
            await self.flush()


def _today() -> str:
    return f"{datetime.now(UTC):%Y-%m-%d}"


def _sum(
    first: dict[tuple[str, str, str], Used], second: dict[tuple[str, str, str], Used]
) -> dict[tuple[str, str, str], Used]:
    both = {key: one.with_(second[key]) if key in second else one for key, one in first.items()}
    return {**second, **both}


def _add(engine: Engine, rows: Sequence[Used]) -> None:
    ordered = [asdict(row) for row in sorted(rows, key=_key)]
    estimated = [row for row in ordered if row["estimated_tokens"]]
    with engine.begin() as connection:
        for table, given in ((USAGE, ordered), (ESTIMATES, estimated)):
            if given:
                names = [column.name for column in table.columns]
                own = [{name: row[name] for name in names} for row in given]
                connection.execute(_adding(engine, table), own)


def _adding(engine: Engine, table: Table) -> Any:
    insert: Any = dialects_insert(engine.dialect.name, table)
    key = [column.name for column in table.primary_key]
    sums = {
        column.name: column + insert.excluded[column.name]
        for column in table.columns
        if column.name not in key
    }
    return insert.on_conflict_do_update(index_elements=key, set_=sums)


def _key(row: Used) -> tuple[str, str, str]:
    """One order for everybody who writes, so that no two wait for each other."""
    return row.day, row.caller, row.model


def _tokens(engine: Engine, caller: str, since: str) -> int:
    spent = func.coalesce(func.sum(USAGE.c.input_tokens + USAGE.c.output_tokens), 0)
    wanted = select(spent).where(and_(USAGE.c.caller == caller, USAGE.c.day >= since))
    with engine.connect() as connection:
        return int(connection.execute(wanted).scalar_one())


def _between(engine: Engine, since: str, until: str) -> list[Used]:
    of_one = [USAGE.c[name] == ESTIMATES.c[name] for name in ("day", "caller", "model")]
    estimated = func.coalesce(ESTIMATES.c.estimated_tokens, 0).label("estimated_tokens")
    both = USAGE.outerjoin(ESTIMATES, and_(*of_one))
    wanted = select(*USAGE.c, estimated).select_from(both)
    wanted = wanted.where(and_(USAGE.c.day >= since, USAGE.c.day <= until))
    ordered = wanted.order_by(USAGE.c.day, USAGE.c.caller, USAGE.c.model)
    with engine.connect() as connection:
        return [Used(**row) for row in connection.execute(ordered).mappings()]
