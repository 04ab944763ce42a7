"""LangGraph's checkpoints: what they may hold, and where they are kept in PostgreSQL."""

import asyncio
from collections.abc import AsyncGenerator, Callable
from contextlib import asynccontextmanager

from langgraph.checkpoint.postgres.aio import AsyncPostgresSaver
from langgraph.checkpoint.serde.jsonplus import JsonPlusSerializer
from psycopg import AsyncConnection
from psycopg.rows import DictRow, dict_row
from psycopg_pool import AsyncConnectionPool

# What a thread may hold besides plain values; anything else is refused when it is read.
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
PATIENCE_S = 5.0
"""Seconds that a turn waits for a connection to PostgreSQL before it says that there is none."""
CONNECTIONS = 4
_SETUP_LOCK = 8710
_SETUP_POLL_S = 0.1


def serializer() -> JsonPlusSerializer:
    """Writes our values and plain ones, and reads no others."""
    return JsonPlusSerializer(allowed_msgpack_modules=OUR_TYPES)


@asynccontextmanager
async def postgres_checkpoints(
    uri: str, *, also: Callable[[], None]
) -> AsyncGenerator[AsyncPostgresSaver]:
    """Checkpoints in PostgreSQL, over connections that are looked at before they are lent.

    `also` makes the tables that stand beside them.
    """
    settings = {"autocommit": True, "prepare_threshold": 0, "row_factory": dict_row}
    pool = AsyncConnectionPool[AsyncConnection[DictRow]](
        uri,
        min_size=1,
        max_size=CONNECTIONS,
        timeout=PATIENCE_S,
        kwargs=settings,
        check=AsyncConnectionPool[AsyncConnection[DictRow]].check_connection,
        open=False,
    )
    try:
        await pool.open(wait=True, timeout=PATIENCE_S)
        saver = AsyncPostgresSaver(pool, serde=serializer())
        async with _setting_up(pool):
            await saver.setup()
            await asyncio.to_thread(also)
        yield saver
    finally:
        await pool.close()


@asynccontextmanager
async def _setting_up(pool: AsyncConnectionPool[AsyncConnection[DictRow]]) -> AsyncGenerator[None]:
    """One worker at a time makes the tables.

    It polls: who waits inside a statement would be waited for by CREATE INDEX CONCURRENTLY.
    """
    async with pool.connection() as connection:
        while not await _got(connection, "pg_try_advisory_lock"):  # noqa: ASYNC110  # another process holds it
            await asyncio.sleep(_SETUP_POLL_S)
        try:
            yield
        finally:
            await _got(connection, "pg_advisory_unlock")


async def _got(connection: AsyncConnection[DictRow], function: str) -> bool:
    said = await connection.execute(f"SELECT {function}(%s) AS got", (_SETUP_LOCK,))  # pyright: ignore[reportArgumentType]  # one of two names above
    row = await said.fetchone()
    return bool(row and row["got"])
