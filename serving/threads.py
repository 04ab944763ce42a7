"""Conversations in one SQLite file: LangGraph's checkpoints, and the evidence beside them."""

from collections.abc import Sequence
from contextlib import AsyncExitStack
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Self, cast

import aiosqlite
from langgraph.checkpoint.serde.jsonplus import JsonPlusSerializer
from langgraph.checkpoint.sqlite.aio import AsyncSqliteSaver

from agent.ledger import evidence_id
from agent.toolbox import Evidence
from tools.errors import Unavailable
from tools.sql.run import QueryResult

# What a thread may hold besides plain values; anything else in the file is refused when read.
OUR_TYPES = [
    ("agent.approval", "Decision"),
    ("agent.approval", "Request"),
    ("agent.calls", "QueryCall"),
    ("agent.calls", "SearchCall"),
    ("agent.toolbox", "Attempt"),
    ("tools.documents.passage", "FoundPassage"),
    ("tools.documents.passage", "Passage"),
    ("tools.sql.run", "QueryResult"),
]
EVIDENCE_TABLE = """
CREATE TABLE IF NOT EXISTS evidence (
    id TEXT PRIMARY KEY, thread TEXT NOT NULL, kind TEXT NOT NULL, item BLOB NOT NULL
);
CREATE INDEX IF NOT EXISTS evidence_of_thread ON evidence (thread);
"""


@dataclass(frozen=True, slots=True)
class Threads:
    """What turns leave behind: `saver` for the graph, and a ledger of evidence by id.

    The two keep a connection each, so that neither commits what the other has begun.
    """

    saver: AsyncSqliteSaver
    connection: aiosqlite.Connection
    serializer: JsonPlusSerializer

    @classmethod
    async def open(cls, path: Path) -> Self:
        """Open the file, or begin it.

        Raises:
            Unavailable: the file cannot be written or is no SQLite database.
        """
        serializer = JsonPlusSerializer(allowed_msgpack_modules=OUR_TYPES)
        async with AsyncExitStack() as opened:
            try:
                path.parent.mkdir(parents=True, exist_ok=True)
                checkpoints = await opened.enter_async_context(aiosqlite.connect(path))
                # Without transactions: a turn that is left between a write and its commit would
                # keep the file locked for all others.
                evidence = await opened.enter_async_context(
                    aiosqlite.connect(path, isolation_level=None)
                )
                await _prepare(checkpoints)
                await _prepare(evidence)
                saver = AsyncSqliteSaver(checkpoints, serde=serializer)
                await saver.setup()
                await evidence.executescript(EVIDENCE_TABLE)
            except (OSError, aiosqlite.Error) as error:
                raise Unavailable(
                    f"The threads cannot be kept in {str(path)!r}: {error}. "
                    "Set DOCSQL_THREADS__URI or DOCSQL_DATA to a place that can be written."
                ) from error
            opened.pop_all()  # a connection that is left open keeps the process from ending
        return cls(saver, evidence, serializer)

    async def record(self, thread: str, items: Sequence[Evidence]) -> list[str]:
        """Keep the items with their thread and give each an id of its own."""
        rows = [
            (evidence_id(thread, item), thread, *self.serializer.dumps_typed(item))
            for item in items
        ]
        # A cursor that is left to the garbage collector resets its statement in this thread while
        # the connection's own thread may be using it again: SQLite calls that misuse.
        async with self.connection.executemany(
            "INSERT OR REPLACE INTO evidence VALUES (?, ?, ?, ?)", rows
        ):
            pass
        return [row[0] for row in rows]

    async def read(self, ids: Sequence[str]) -> list[Evidence]:
        """The items of those ids, in that order; one that was deleted is left out."""
        if not ids:
            return []
        marks = ", ".join("?" * len(ids))
        found = await self.connection.execute_fetchall(
            f"SELECT id, kind, item FROM evidence WHERE id IN ({marks})",  # noqa: S608  # marks only
            list(ids),
        )
        items = {row[0]: self.serializer.loads_typed((row[1], row[2])) for row in found}
        return [_restored(cast("Evidence", items[id_])) for id_ in ids if id_ in items]

    async def delete(self, thread: str) -> None:
        """Forget a thread with its evidence."""
        await self.saver.adelete_thread(thread)
        await self.connection.execute_fetchall("DELETE FROM evidence WHERE thread = ?", (thread,))

    async def close(self) -> None:
        """Give up both connections."""
        await self.connection.close()
        await self.saver.conn.close()


def _restored(item: Evidence) -> Evidence:
    """What was kept as it was: the serializer turns tuples into lists."""
    if isinstance(item, QueryResult):
        rows = tuple(tuple(row) for row in item.rows)
        return replace(item, columns=tuple(item.columns), rows=rows)
    return item


async def _prepare(connection: aiosqlite.Connection) -> None:
    # A power cut may lose the last turn, never the file; a turn would wait for the disk otherwise.
    await connection.execute_fetchall("PRAGMA journal_mode = WAL")
    await connection.execute_fetchall("PRAGMA synchronous = NORMAL")
