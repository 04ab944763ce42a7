import asyncio
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from pathlib import Path

import aiosqlite
import pytest

from serving.threads import Threads
from serving.turn import thread_key
from tools.caller import Caller
from tools.documents.passage import FoundPassage, Passage
from tools.errors import Unavailable
from tools.sql.run import QueryResult

ROWS = QueryResult("shop", "SELECT 1", ("one",), ((1,),), truncated=False, elapsed_s=0.1)
FOUND = FoundPassage(
    Passage(
        id="p",
        document_id="d",
        collection="default",
        source="a.md",
        title="A",
        content_hash="c",
        ordinal=0,
        page=None,
        section="",
        text="text",
    ),
    score=1.0,
)


@asynccontextmanager
async def opened(folder: Path) -> AsyncGenerator[Threads]:
    """Closed whatever happens: a connection that is left open keeps the process from ending."""
    threads = await Threads.open(folder / "threads.db")
    try:
        yield threads
    finally:
        await threads.close()


async def test_evidence_outlives_the_process_that_recorded_it(tmp_path: Path) -> None:
    async with opened(tmp_path) as threads:
        ids = await threads.record("local/a", [ROWS, FOUND])
    async with opened(tmp_path) as reopened:
        assert await reopened.read(list(reversed(ids))) == [FOUND, ROWS]


async def test_evidence_is_deleted_with_its_thread_and_no_other(tmp_path: Path) -> None:
    async with opened(tmp_path) as threads:
        gone = await threads.record("local/a", [ROWS])
        kept = await threads.record("local/b", [ROWS])
        await threads.delete("local/a")
        assert await threads.read([*gone, *kept]) == [ROWS]


async def test_a_file_that_is_no_database_is_said_and_nothing_stays_open(tmp_path: Path) -> None:
    (tmp_path / "threads.db").write_text("words" * 1000, encoding="utf-8")
    with pytest.raises(Unavailable, match=r"not a database\. Set DOCSQL_THREADS__URI"):
        await Threads.open(tmp_path / "threads.db")


async def test_a_folder_that_cannot_be_made_is_said(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("", encoding="utf-8")
    with pytest.raises(Unavailable, match="Set DOCSQL_THREADS__URI"):
        await Threads.open(tmp_path / "file" / "threads.db")


PAIRS = [
    (("a", "b/c"), ("a/b", "c")),
    (("a", "x"), ("b", "x")),
    (("a%2Fb", "c"), ("a/b", "c")),
    (("", "a/b"), ("a", "b")),
]


@pytest.mark.parametrize(("one", "other"), PAIRS)
def test_no_two_callers_share_a_thread(one: tuple[str, str], other: tuple[str, str]) -> None:
    assert thread_key(Caller(id=one[0]), one[1]) != thread_key(Caller(id=other[0]), other[1])


async def test_a_turn_that_is_left_while_it_writes_keeps_nobody_else_from_writing(
    tmp_path: Path,
) -> None:
    async with opened(tmp_path) as threads:
        for steps in range(4):
            left = asyncio.create_task(threads.record("local/a", [ROWS, FOUND]))
            for _ in range(steps):
                await asyncio.sleep(0)
            left.cancel()
            with pytest.raises(asyncio.CancelledError):
                await left
            async with aiosqlite.connect(tmp_path / "threads.db", timeout=0.2) as other:
                await other.execute_fetchall("DELETE FROM evidence")
                await other.commit()
