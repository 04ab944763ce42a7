import asyncio
import gc
import json
import threading
import warnings
from collections.abc import Iterator
from contextlib import AbstractAsyncContextManager, suppress
from datetime import UTC, datetime, timedelta
from pathlib import Path
from weakref import ref

import pytest
from database_servers import RunningServer, postgres_server
from langchain_core.runnables import RunnableConfig
from langgraph.checkpoint.base import empty_checkpoint
from langgraph.checkpoint.sqlite.aio import AsyncSqliteSaver
from sqlalchemy import text

from serving.conversations.records import KeptTurn, Records, now
from serving.conversations.store import PRUNED_EVERY, ThreadStore, open_threads, thread_key
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
KINDS = ["sqlite", "postgresql"]


@pytest.fixture(scope="module")
def postgres() -> Iterator[RunningServer]:
    with postgres_server() as server:
        yield server


@pytest.fixture(params=KINDS)
def uri(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """Where threads are kept; the PostgreSQL is the same for the whole module."""
    if request.param == "sqlite":
        return str(tmp_path / "threads.db")
    return address_of(request.getfixturevalue("postgres"))


def address_of(server: RunningServer) -> str:
    return f"postgresql://postgres:secret@127.0.0.1:{server.port}/postgres"


def opened(folder: Path) -> AbstractAsyncContextManager[ThreadStore]:
    return open_threads(str(folder / "threads.db"))


async def test_threads_are_searched_in_the_words_of_their_answers(uri: str) -> None:
    async with open_threads(uri) as threads:
        await threads.begin("ann/s", owner="ann", id_="s", question="Hello 50%")
        answer = json.dumps({"answer": "It takes “two” days.", "status": "answered"})
        await threads.keep(KeptTurn("t1", "ann/s", "ann", now(), "How long?", answer, ()))

        async def found(search: str, owner: str = "ann") -> int:
            listed, _ = await threads.ask(
                lambda records: records.threads(owner, limit=5, before=None, search=search)
            )
            return len(listed)

        wanted = ["“TWO” days", "how long", "hello 50%", "day hel", "answered", "5_%", "ello", "."]
        assert [await found(each) for each in wanted] == [1, 1, 1, 1, 0, 0, 0, 1]
        assert await found("days", owner="bob") == 0


async def test_hits_in_titles_come_first_on_every_page_of_a_search(uri: str) -> None:
    titles = ["Shed 1", "Roof 2", "A shed 3", "Roof 4", "Roof 5"]
    async with open_threads(uri) as threads:
        for title in titles:
            key = f"ann/{title}"
            await threads.begin(key, owner="ann", id_=title, question=title)
            answer = json.dumps({"answer": "Paint the shed." if title != "Roof 5" else "Washed."})
            await threads.keep(KeptTurn(title, key, "ann", now(), title, answer, ()))
        before, pages = None, list[list[str]]()
        while not pages or before:
            found, before = await threads.ask(
                lambda records, at=before: records.threads(
                    "ann", limit=1 + len(pages), before=at, search="shed"
                )
            )
            pages.append([each.title for each in found])
    assert pages == [["A shed 3"], ["Shed 1", "Roof 4"], ["Roof 2"]]


async def test_a_question_is_unanswered_until_its_turn_is_kept(uri: str) -> None:
    async with open_threads(uri) as threads:
        for question in ("Who?", "Why?"):
            about = {"owner": "ann", "id_": "s", "question": question}
            await threads.begin("ann/s", **about, is_asked=True)
        assert await threads.ask(lambda records: records.unanswered("ann/s")) == "Why?"
        await threads.keep(KeptTurn("t1", "ann/s", "ann", now(), "Why?", "{}", ()))
        assert await threads.ask(lambda records: records.unanswered("ann/s")) == ""
        await threads.begin("ann/s", owner="ann", id_="s", question="files.md")
        assert await threads.ask(lambda records: records.unanswered("ann/s")) == ""


async def test_a_long_question_is_cut_after_a_word_as_title(tmp_path: Path) -> None:
    async with opened(tmp_path) as threads:
        asked = "How many orders were placed in each of the regions that we opened since the spring of 2019?"
        await threads.begin("ann/s", owner="ann", id_="s", question=asked)
        kept = await threads.ask(lambda records: records.thread("ann/s"))
        assert kept is not None
        assert (
            kept.title
            == "How many orders were placed in each of the regions that we opened since the…"
        )


async def test_evidence_outlives_the_process_that_recorded_it(uri: str) -> None:
    async with open_threads(uri) as threads:
        ids = await threads.record("local/a", [ROWS, FOUND])
    async with open_threads(uri) as reopened:
        assert await reopened.read(list(reversed(ids))) == [FOUND, ROWS]


async def test_checkpoints_of_langgraphs_own_saver_are_read_and_gone_on_with(
    tmp_path: Path,
) -> None:
    config = RunnableConfig(configurable={"thread_id": "local/a", "checkpoint_ns": ""})
    file = tmp_path / "threads.db"
    async with AsyncSqliteSaver.from_conn_string(str(file)) as theirs:
        first = await theirs.aput(config, empty_checkpoint(), {"source": "input"}, {})
        await theirs.aput_writes(first, [("answer", "42")], "task")
    async with opened(tmp_path) as threads:
        found = await threads.saver.aget_tuple(config)
        assert found is not None
        assert found.pending_writes == [("task", "answer", "42")]
        await threads.saver.aput(found.config, empty_checkpoint(), {"source": "loop"}, {})
        listed = [each.metadata async for each in threads.saver.alist(config)]
        assert [each["source"] for each in listed if "source" in each] == ["loop", "input"]


async def test_a_thread_is_deleted_with_all_it_left_and_no_other(uri: str) -> None:
    async with open_threads(uri) as threads:
        gone = await _lived_on(threads, "local/gone")
        kept = await _lived_on(threads, "local/kept")
        deleted = await threads.delete("local/gone")
        assert {name for name, rows in deleted.items() if rows} >= {
            "threads", "turns", "evidence", "checkpoints",
        }  # fmt: skip
        assert any(rows for name, rows in deleted.items() if "writes" in name)
        assert not any((await threads.ask(lambda r: r.count("local/gone"))).values())
        assert await threads.read([*gone, *kept]) == [ROWS, FOUND]
        assert await threads.ask(lambda records: records.count("local/kept")) == deleted
        await threads.delete("local/kept")


async def test_every_tenth_turn_leaves_only_the_last_checkpoint_of_its_thread(uri: str) -> None:
    async with open_threads(uri) as threads:
        left: list[int] = []
        for turn in range(PRUNED_EVERY):
            await _lived_on(threads, "local/long", is_kept=False)
            await threads.keep(_turn("local/long"), is_over=turn != 3)
            counted = await threads.ask(lambda records: records.count("local/long"))
            left.append(counted["checkpoints"])
        assert left == [*range(1, PRUNED_EVERY), 1]
        assert len(await threads.ask(lambda r: r.turns("local/long"))) == PRUNED_EVERY
        await threads.delete("local/long")


async def test_threads_that_nobody_used_for_so_long_are_forgotten(uri: str) -> None:
    async with open_threads(uri) as threads:
        await _lived_on(threads, "local/old")
        await _lived_on(threads, "local/new")
        old = (datetime.now(UTC) - timedelta(days=31)).isoformat(timespec="microseconds")
        with threads.records.engine.begin() as connection:
            age = text("UPDATE threads SET updated_at = :old WHERE thread = 'local/old'")
            connection.execute(age, {"old": old})
    async with open_threads(uri, keep_days=30) as threads:
        assert not any((await threads.ask(lambda r: r.count("local/old"))).values())
        assert (await threads.ask(lambda r: r.count("local/new")))["turns"] == 1
        await threads.delete("local/new")


async def test_several_workers_may_begin_the_same_tables_at_once(postgres: RunningServer) -> None:
    async def begin() -> None:
        async with open_threads(address_of(postgres)) as threads:
            assert await threads.read(["nothing"]) == []

    await asyncio.gather(*(begin() for _ in range(4)))


async def test_a_server_that_is_gone_is_said_and_found_again(postgres: RunningServer) -> None:
    async with open_threads(address_of(postgres)) as threads:
        ids = await threads.record("local/a", [ROWS])
        [old] = await threads.record("local/b", [ROWS])
        await threads.keep(_turn("local/b"))
        postgres.stop()
        try:
            assert await threads.read(ids) == [ROWS]  # its turn is under way, and remembers it
            with pytest.raises(Unavailable) as e:
                await threads.read([old])
            assert str(e.value) == (
                f"The PostgreSQL server at 127.0.0.1:{postgres.port} (database 'postgres') that "
                "stores the threads cannot be reached: Connection refused. Start it, or correct "
                "DOCSQL_THREADS__URI."
            )
            with pytest.raises(Unavailable, match="DOCSQL_THREADS__URI"):
                await threads.delete("local/a")
        finally:
            postgres.start()
        assert await threads.read([*ids, old]) == [ROWS, ROWS]
        await threads.delete("local/a")
        await threads.delete("local/b")
        assert await threads.read([*ids, old]) == []


async def test_a_server_that_refuses_says_why(postgres: RunningServer) -> None:
    address = address_of(postgres).removesuffix("postgres") + "nowhere"
    with pytest.raises(Unavailable) as e:
        await open_threads(address).__aenter__()
    assert str(e.value) == (
        f"Threads cannot be stored in the PostgreSQL server at 127.0.0.1:{postgres.port} (database "
        "'nowhere'): database \"nowhere\" does not exist. Correct the server, or DOCSQL_THREADS__URI."
    )


async def test_a_file_that_is_no_database_is_said_and_nothing_stays_open(tmp_path: Path) -> None:
    (tmp_path / "threads.db").write_text("words" * 1000, encoding="utf-8")
    with pytest.raises(Unavailable, match=r"not a database\. Set DOCSQL_THREADS__URI"):
        await opened(tmp_path).__aenter__()


async def test_a_folder_that_cannot_be_made_is_said(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("", encoding="utf-8")
    with pytest.raises(Unavailable, match="Set DOCSQL_THREADS__URI"):
        await opened(tmp_path / "file").__aenter__()


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
    uri: str,
) -> None:
    async with open_threads(uri) as threads:
        for steps in range(4):
            left = asyncio.create_task(threads.record("local/left", [ROWS, FOUND]))
            for _ in range(steps):
                await asyncio.sleep(0)
            left.cancel()
            with suppress(asyncio.CancelledError):  # a quick one has written by now
                await left
            async with asyncio.timeout(5):  # in another thread: what was left may yet be written
                await threads.record("local/other", [ROWS, FOUND])
                await threads.delete("local/other")


async def _lived_on(threads: ThreadStore, thread: str, *, is_kept: bool = True) -> list[str]:
    """Leave in a thread what a turn leaves: evidence, a checkpoint with a write, and the answer."""
    await threads.begin(thread, owner="local", id_=thread, question="Why?")
    ids = await threads.record(thread, [ROWS, FOUND])
    config: RunnableConfig = {"configurable": {"thread_id": thread, "checkpoint_ns": ""}}
    checkpoint = empty_checkpoint()
    checkpoint["channel_values"] = {"answer": "Because."}
    checkpoint["channel_versions"] = {"answer": "1"}
    saved = await threads.saver.aput(config, checkpoint, {"step": 1}, {"answer": "1"})
    await threads.saver.aput_writes(saved, [("answer", "Because.")], "task")
    if is_kept:
        await threads.ask(lambda records: records.keep_turn(_turn(thread, evidence=ids)))
    return ids


def _turn(thread: str, *, evidence: list[str] | None = None) -> KeptTurn:
    moment = now()
    return KeptTurn(f"{thread}{moment}", thread, "local", moment, "Why?", "{}", evidence or [])


async def test_a_statement_that_was_left_keeps_no_connection_open(postgres: RunningServer) -> None:
    def slow(records: Records) -> None:
        with records.engine.connect() as connection:
            begun.set()
            connection.execute(text("SELECT pg_sleep(0.3)"))

    begun = threading.Event()
    with warnings.catch_warnings(record=True) as told:
        warnings.simplefilter("always")
        async with open_threads(f"postgresql://postgres@127.0.0.1:{postgres.port}/postgres") as it:
            left = asyncio.create_task(it.ask(slow))
            await asyncio.to_thread(begun.wait)
            left.cancel()
        gc.collect()
    assert [each for each in told if "still open" in str(each.message)] == []


class _Question(str):
    """A text of which one can see whether anybody still has it."""


async def test_a_question_that_was_kept_stays_in_the_database_and_not_in_the_process(
    tmp_path: Path,
) -> None:
    question = _Question("How many owls are there?")
    seen = ref(question)
    async with opened(tmp_path) as threads:
        threads.records.begin("ann/s", owner="ann", id_="s", question=question)
        del question
        threads.records.begin("ann/t", owner="ann", id_="t", question="How many wolves are there?")
        gc.collect()
        assert seen() is None
