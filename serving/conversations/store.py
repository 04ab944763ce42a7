"""Conversations, in one SQLite file or in PostgreSQL: checkpoints, and what is shown of them."""

import asyncio
from collections.abc import AsyncGenerator, Callable, Generator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import AsyncExitStack, asynccontextmanager, contextmanager, suppress
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar, cast
from urllib.parse import quote

from langchain_core.runnables import RunnableConfig
from langgraph.checkpoint.serde.jsonplus import JsonPlusSerializer
from langgraph.checkpoint.serde.types import INTERRUPT
from sqlalchemy import URL, Engine, create_engine, event

from agent.ledger import evidence_id
from agent.toolbox import Evidence
from serving.conversations.checkpoints.serializer import serializer
from serving.conversations.checkpoints.sqlite import SqliteCheckpoints
from serving.conversations.place import ThreadsPlace
from serving.conversations.recent import RecentEvidence
from serving.conversations.records import KeptTurn, Records
from serving.conversations.tables import TABLES
from tools.caller import Caller
from tools.errors import Unavailable
from tools.sql.run import QueryResult

if TYPE_CHECKING:
    from serving.conversations.checkpoints.postgres import PostgresCheckpoints

T = TypeVar("T")

PRUNED_EVERY = 10
"""Turns of a thread; `make bench ARGS="--only threads"` measures what it costs and saves."""
_BUSY_S = 30.0
"""Seconds that a writer waits for another one of the same file."""
_CONNECTIONS = 4
"""And threads that use them."""
_PATIENCE_S = 5
"""Seconds that a turn waits for a connection to PostgreSQL."""
_SWEEP_S = 3600.0


@dataclass(frozen=True, slots=True)
class ThreadStore:
    """Storage of turns: `saver` for the graph, a ledger of evidence, and the turns.

    Statements run in threads and are never interrupted, so a cancelled turn leaves no lock behind.
    """

    saver: "SqliteCheckpoints | PostgresCheckpoints"
    place: ThreadsPlace
    records: Records
    _workers: ThreadPoolExecutor
    _serializer: JsonPlusSerializer
    _recent: RecentEvidence = field(default_factory=RecentEvidence)

    async def record(self, thread: str, items: Sequence[Evidence]) -> list[str]:
        """Keep the items with their thread and give each an id of its own."""
        ids = [evidence_id(thread, item) for item in items]
        packed = map(self._serializer.dumps_typed, items)
        rows = [
            {"id": id_, "thread": thread, "kind": kind, "item": item}
            for id_, (kind, item) in zip(ids, packed, strict=True)
        ]
        await self._do(partial(self.records.keep_evidence, rows))
        self._recent.put(thread, dict(zip(ids, items, strict=True)))
        return ids

    async def read(self, ids: Sequence[str]) -> list[Evidence]:
        """The items of those ids, in that order; deleted ones are left out."""
        items = {id_: item for id_ in ids if (item := self._recent.get(id_)) is not None}
        if missing := [id_ for id_ in ids if id_ not in items]:
            found = await self._do(partial(self.records.evidence, missing))
            for id_, packed in found.items():
                items[id_] = _restored(cast("Evidence", self._serializer.loads_typed(packed)))
        return [items[id_] for id_ in ids if id_ in items]

    async def begin(
        self,
        thread: str,
        *,
        owner: str,
        id_: str,
        question: str,
        settings: str = "{}",
        is_asked: bool = False,
    ) -> None:
        """Create the thread before a turn writes to it; what `is_asked` is kept as unanswered."""
        about = {"owner": owner, "id_": id_, "question": question, "settings": settings}
        await self._do(partial(self.records.begin, thread, **about, is_asked=is_asked))

    async def has_interrupt(self, thread: str) -> bool:
        """Whether a statement waits for a person on the thread."""
        config = RunnableConfig(configurable={"thread_id": thread, "checkpoint_ns": ""})
        with self.saying_why():
            found = await self.saver.aget_tuple(config)
        return any(channel == INTERRUPT for _, channel, _ in (found and found.pending_writes) or ())

    async def forget_memory(self, thread: str) -> None:
        """Delete a thread's checkpoints; what was asked and answered on it stays."""
        with self.saying_why():
            await self.saver.adelete_thread(thread)

    async def forget_turns(self, thread: str, turns: Sequence[KeptTurn]) -> None:
        """Forget turns of a thread with all that is theirs alone."""
        self._recent.forget(thread)
        gone = {turn.id for turn in turns}
        rest = [
            turn
            for turn in await self._do(partial(self.records.turns, thread))
            if turn.id not in gone
        ]
        await self._do(partial(self.records.forget_turns, turns, rest=rest))

    async def keep(
        self, turn: KeptTurn, steps: Sequence[Any] = (), *, is_over: bool = True
    ) -> None:
        """Store an answered question, and from time to time delete all checkpoints but the last.

        Every checkpoint holds the whole history: without pruning, a thread grows with the square
        of its turns. A turn that waits for a person still needs all of them.
        """
        self._recent.forget(turn.thread)
        turns = await self._do(partial(self.records.keep_turn, turn, steps))
        if is_over and turns % PRUNED_EVERY == 0:
            await self._prune(turn.thread)

    async def _prune(self, thread: str) -> None:
        if isinstance(self.saver, SqliteCheckpoints):
            await self._do(partial(self.records.prune_sqlite, thread))
        else:
            with self.saying_why():
                await self.saver.aprune([thread])

    async def ask(self, question: Callable[[Records], T]) -> T:
        """The stored records."""
        return await self._do(partial(question, self.records))

    async def delete(self, thread: str) -> dict[str, int]:
        """Forget a thread; how many rows of each table there were.

        Raises:
            Unavailable: the database does not answer, or rows are left over.
        """
        before = await self._do(partial(self.records.count, thread))
        self._recent.forget(thread)
        with self.saying_why():
            await self.saver.adelete_thread(thread)
        await self._do(partial(self.records.delete, thread))
        left = {k: n for k, n in (await self._do(partial(self.records.count, thread))).items() if n}
        if left:
            raise Unavailable(
                f"The thread was not deleted completely: {left} rows are left. Delete it again."
            )
        return before

    async def forget_older(self, days: float) -> int:
        """Delete the threads on which nothing was asked for so long; how many they were."""
        moment = (datetime.now(UTC) - timedelta(days=days)).isoformat(timespec="microseconds")
        old = await self._do(partial(self.records.older_than, moment))
        for thread in old:
            await self.delete(thread)
        return len(old)

    @contextmanager
    def saying_why(self) -> Generator[None]:
        """Translate a driver's error, the saver's included, into our error tree."""
        try:
            yield
        except self.place.faults as error:
            raise self.place.unavailable(error) from error

    async def _do(self, work: Callable[[], T]) -> T:
        with self.saying_why():
            return await asyncio.get_running_loop().run_in_executor(self._workers, work)


def thread_key(caller: Caller, thread_id: str) -> str:
    """A thread is its owner's by construction: no request can name another's."""
    return f"{quote(caller.id, safe='')}/{thread_id}"


def thread_id_of(key: str) -> str:
    """The name that the owner has for a thread."""
    return key.partition("/")[2]


@asynccontextmanager
async def open_threads(uri: str, *, keep_days: float | None = None) -> AsyncGenerator[ThreadStore]:
    """Open or create a file, or the tables of a `postgresql://` server.

    With `keep_days`, older threads are deleted now and once an hour.

    Raises:
        Unavailable: it cannot be reached or written, or is not a database.
    """
    place = ThreadsPlace(uri)
    async with AsyncExitStack() as opened:
        try:
            threads = await _open(place, opened)
        except (OSError, *place.faults) as error:
            raise place.unavailable(error) from error
        if keep_days is not None:
            await threads.forget_older(keep_days)
            sweeping = asyncio.create_task(_sweep(threads, keep_days))
            opened.callback(sweeping.cancel)
        yield threads


async def _open(place: ThreadsPlace, opened: AsyncExitStack) -> ThreadStore:
    workers = ThreadPoolExecutor(_CONNECTIONS, thread_name_prefix="threads")
    if place.is_server:
        from serving.conversations.checkpoints.postgres import postgres_checkpoints

        engine, uri = _postgres(place.url), place.url.render_as_string(hide_password=False)
        opened.callback(engine.dispose)
        tables = partial(TABLES.create_all, engine)
        saver = await opened.enter_async_context(
            postgres_checkpoints(uri, also=tables, most=_CONNECTIONS, patience_s=_PATIENCE_S)
        )
    else:
        file = Path(place.uri)
        file.parent.mkdir(parents=True, exist_ok=True)
        saver = await opened.enter_async_context(
            SqliteCheckpoints(file, serde=serializer(), busy_s=_BUSY_S)
        )
        engine = _sqlite(place.uri)
        opened.callback(engine.dispose)
        TABLES.create_all(engine)
    # Before the engine closes: a connection that a statement still has would stay open.
    opened.callback(workers.shutdown)
    return ThreadStore(saver, place, Records(engine), workers, serializer())


def _postgres(url: URL) -> Engine:
    return create_engine(
        url.set(drivername="postgresql+psycopg"),
        pool_size=_CONNECTIONS,
        pool_timeout=_PATIENCE_S,
        pool_pre_ping=True,  # the server may have been restarted
        connect_args={"connect_timeout": _PATIENCE_S},
    )


def _sqlite(path: str) -> Engine:
    url = URL.create("sqlite", database=path)
    engine = create_engine(url, pool_size=_CONNECTIONS, connect_args={"timeout": _BUSY_S})
    event.listen(engine, "connect", _prepare)
    return engine


def _prepare(connection: Any, _record: object) -> None:
    connection.execute("PRAGMA synchronous = NORMAL").close()


async def _sweep(threads: ThreadStore, days: float) -> None:
    while True:
        await asyncio.sleep(_SWEEP_S)
        with suppress(Unavailable):  # turns say so, too; the next hour may be better
            await threads.forget_older(days)


def _restored(item: Evidence) -> Evidence:
    """A stored value in its original form: the serializer turns tuples into lists."""
    if isinstance(item, QueryResult):
        rows = tuple(tuple(row) for row in item.rows)
        metrics = tuple((name, text) for name, text in item.metrics)
        codes = tuple((column, value, meaning) for column, value, meaning in item.codes)
        columns, origins = tuple(item.columns), tuple((d, f, s) for d, f, s in item.origins)
        use = item.verified and replace(
            item.verified, filled=tuple((old, new) for old, new in item.verified.filled)
        )
        told = replace(item, metrics=metrics, codes=codes, origins=origins, verified=use)
        return replace(told, columns=columns, rows=rows)
    return item
