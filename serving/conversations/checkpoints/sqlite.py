"""LangGraph's checkpoints in a SQLite file, for an event loop."""

import asyncio
import sqlite3
from collections.abc import AsyncIterator, Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from functools import partial
from pathlib import Path
from typing import Any, Self, TypeVar

from langchain_core.runnables import RunnableConfig
from langgraph.checkpoint.base import (
    ChannelVersions,
    Checkpoint,
    CheckpointMetadata,
    CheckpointTuple,
)
from langgraph.checkpoint.serde.base import SerializerProtocol
from langgraph.checkpoint.sqlite import SqliteSaver

from serving.conversations.checkpoints.new_thread import is_of_a_new_thread

T = TypeVar("T")


class SqliteCheckpoints(SqliteSaver):
    """LangGraph's own saver, with one uninterrupted thread call per operation.

    Its `AsyncSqliteSaver` uses a thread call per cursor, statement and fetch, 22 in a database
    turn, and leaves the file locked if it is cancelled between a statement and its commit.
    Both use the same tables. A write waits at most `busy_s` seconds for another one.
    """

    def __init__(self, path: Path, *, serde: SerializerProtocol, busy_s: float) -> None:
        connection = sqlite3.connect(path, timeout=busy_s, check_same_thread=False)
        super().__init__(connection, serde=serde)
        self._worker = ThreadPoolExecutor(1, thread_name_prefix="checkpoints")

    async def __aenter__(self) -> Self:
        try:
            await self._do(self._prepare)
        except BaseException:
            await self._close()
            raise
        return self

    async def __aexit__(self, *_: object) -> None:
        await self._close()

    async def _close(self) -> None:
        await self._do(self.conn.close)
        self._worker.shutdown()

    def _prepare(self) -> None:
        self.setup()
        # A power cut may lose the last turn, never the file; a turn would wait for the disk otherwise.
        with closing(self.conn.execute("PRAGMA synchronous = NORMAL")):
            pass

    async def aget_tuple(self, config: RunnableConfig) -> CheckpointTuple | None:
        """The checkpoint that `config` names, or a thread's last one."""
        if is_of_a_new_thread(config):
            return None
        return await self._do(partial(self.get_tuple, config))

    async def alist(
        self,
        config: RunnableConfig | None,
        *,
        filter: dict[str, Any] | None = None,
        before: RunnableConfig | None = None,
        limit: int | None = None,
    ) -> AsyncIterator[CheckpointTuple]:
        """The checkpoints, newest first."""
        listed = partial(self.list, config, filter=filter, before=before, limit=limit)
        for found in await self._do(lambda: [*listed()]):
            yield found

    async def aput(
        self,
        config: RunnableConfig,
        checkpoint: Checkpoint,
        metadata: CheckpointMetadata,
        new_versions: ChannelVersions,
    ) -> RunnableConfig:
        """Keep a checkpoint; the configuration that names it."""
        return await self._do(partial(self.put, config, checkpoint, metadata, new_versions))

    async def aput_writes(
        self,
        config: RunnableConfig,
        writes: Sequence[tuple[str, Any]],
        task_id: str,
        task_path: str = "",
    ) -> None:
        """Keep what a task wrote after a checkpoint."""
        await self._do(partial(self.put_writes, config, writes, task_id, task_path))

    async def adelete_thread(self, thread_id: str) -> None:
        """Forget a thread's checkpoints."""
        await self._do(partial(self.delete_thread, thread_id))

    async def _do(self, work: Callable[[], T]) -> T:
        return await asyncio.get_running_loop().run_in_executor(self._worker, work)
