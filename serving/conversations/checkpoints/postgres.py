"""LangGraph's checkpoints in PostgreSQL; apart, since a file of threads takes no driver of it."""

import asyncio
from collections.abc import AsyncGenerator, Callable, Sequence
from contextlib import asynccontextmanager, suppress

from langchain_core.runnables import RunnableConfig
from langgraph.checkpoint.base import (
    ChannelVersions,
    Checkpoint,
    CheckpointMetadata,
    CheckpointTuple,
)
from langgraph.checkpoint.postgres.aio import AsyncPostgresSaver
from psycopg import AsyncConnection
from psycopg.errors import DeadlockDetected, SerializationFailure
from psycopg.rows import DictRow, dict_row
from psycopg_pool import AsyncConnectionPool, PoolTimeout
from typing_extensions import override

from serving.conversations.checkpoints.new_thread import is_of_a_new_thread
from serving.conversations.checkpoints.serializer import serializer
from tools.storable import storable

_SETUP_LOCK = 8710
_SETUP_POLL_S = 0.1


class PostgresCheckpoints(AsyncPostgresSaver):
    """LangGraph's own saver, which prunes a thread that another worker prunes too."""

    @override
    async def aget_tuple(self, config: RunnableConfig) -> CheckpointTuple | None:
        """The checkpoint that `config` names, or a thread's last one."""
        return None if is_of_a_new_thread(config) else await super().aget_tuple(config)

    @override
    async def aput(
        self,
        config: RunnableConfig,
        checkpoint: Checkpoint,
        metadata: CheckpointMetadata,
        new_versions: ChannelVersions,
    ) -> RunnableConfig:
        """Keep a checkpoint; its texts are kept as JSONB, which takes no NUL (of a cell, say)."""
        values = {
            name: storable(value) if isinstance(value, str) else value
            for name, value in checkpoint["channel_values"].items()
        }
        fit: Checkpoint = {**checkpoint, "channel_values": values}
        return await super().aput(config, fit, metadata, new_versions)

    @override
    async def aprune(self, thread_ids: Sequence[str], *, strategy: str = "keep_latest") -> None:
        """Keep the last checkpoint of each thread alone."""
        # The other worker does what there is to do.
        with suppress(SerializationFailure, DeadlockDetected):
            await super().aprune(thread_ids, strategy=strategy)


@asynccontextmanager
async def postgres_checkpoints(
    uri: str, *, also: Callable[[], None], most: int, patience_s: float
) -> AsyncGenerator[PostgresCheckpoints]:
    """Checkpoints in PostgreSQL, over a pool that checks connections before use.

    `also` creates further tables. The pool has `most` connections; a caller waits at most
    `patience_s` seconds for one.
    """
    settings = {"autocommit": True, "prepare_threshold": 0, "row_factory": dict_row}
    pool = AsyncConnectionPool[AsyncConnection[DictRow]](
        uri,
        min_size=1,
        max_size=most,
        timeout=patience_s,
        kwargs=settings,
        check=AsyncConnectionPool[AsyncConnection[DictRow]].check_connection,
        open=False,
    )
    try:
        try:
            await pool.open(wait=True, timeout=patience_s)
        except PoolTimeout:
            await _require_connection(uri, patience_s)
            raise
        saver = PostgresCheckpoints(pool, serde=serializer())
        async with _setting_up(pool):
            await saver.setup()
            await asyncio.to_thread(also)
        yield saver
    finally:
        await pool.close()


async def _require_connection(uri: str, patience_s: float) -> None:
    """Connect once without the pool, which does not say why it cannot."""
    connection = await AsyncConnection.connect(uri, connect_timeout=int(patience_s))
    await connection.close()


@asynccontextmanager
async def _setting_up(pool: AsyncConnectionPool[AsyncConnection[DictRow]]) -> AsyncGenerator[None]:
    """Let one worker at a time create the tables.

    It polls, because CREATE INDEX CONCURRENTLY would wait for a session that waits in a statement.
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
