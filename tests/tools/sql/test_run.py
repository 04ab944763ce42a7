import asyncio
import gc
import sqlite3
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing, nullcontext, suppress
from hashlib import sha256
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import URL

from tools.audit import NoAudit, StatementRead
from tools.caller import Caller
from tools.errors import BadInput, QueryFailed, Refused, TooSlow, Unavailable
from tools.sql.access import Access
from tools.sql.estimate import Estimate
from tools.sql.run import Database, StatementCaps
from tools.sql.source import FetchedRows, Job
from tools.sql.sqlite import SqliteFile

OpenFile = Callable[..., Database]
MakeFile = Callable[..., Path]

ENDLESS = "WITH RECURSIVE r(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM r) SELECT count(*) FROM r"
ODD_NAMES = ["a b.sqlite", "what?.sqlite", "a#b.sqlite", "100%41.sqlite", "ü&=;+.sqlite"]


class WatchedFile(SqliteFile):
    """Tells when a statement begins to run."""

    lent = threading.Semaphore(0)

    def fetch(self, job: Job) -> FetchedRows:
        self.lent.release()
        return super().fetch(job)


def test_an_attack_is_refused_and_changes_nothing(
    attack: dict[str, str],
    shop: Database,
    shop_file: Path,
    caller: Caller,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.chdir(tmp_path)
    before = sha256(shop_file.read_bytes()).digest()
    with pytest.raises(Refused):
        shop.run(attack["sql"], caller=caller)
    assert sha256(shop_file.read_bytes()).digest() == before
    assert list(tmp_path.iterdir()) == []


def test_a_legitimate_question_gives_what_sqlite_gives(
    legitimate: dict[str, str], shop: Database, shop_file: Path, caller: Caller
) -> None:
    with closing(sqlite3.connect(shop_file)) as plain:
        cursor = plain.execute(legitimate["sql"])
        columns, rows = tuple(column[0] for column in cursor.description), tuple(cursor)
    result = shop.run(legitimate["sql"], caller=caller)
    assert result.rows == rows
    if len(set(columns)) == len(columns):  # or they are told apart
        assert result.columns == columns
    assert not result.truncated
    assert result.sql == legitimate["sql"]
    assert result.database == "shop"


@pytest.mark.parametrize(
    ("sql", "columns"),
    [
        (
            "SELECT c.name, r.name, c.id FROM customers c JOIN regions r ON r.id = c.region_id",
            ("customers.name", "regions.name", "id"),
        ),
        (
            "SELECT r.name, inner_one.name FROM regions r JOIN regions inner_one ON "
            "inner_one.parent_id = r.id",
            ("r.name", "inner_one.name"),
        ),
        ("SELECT 1 AS n, 2 AS n, 3 AS n", ("n", "n (2)", "n (3)")),
        ("SELECT name, 'x' AS name FROM regions", ("regions.name", "name")),
    ],
)
def test_columns_of_one_name_are_told_apart(
    sql: str, columns: tuple[str, ...], shop: Database, caller: Caller
) -> None:
    assert shop.run(sql, caller=caller).columns == columns


def test_a_bomb_ends_near_the_limit_and_the_next_question_works(
    bomb: dict[str, str], shop: Database, caller: Caller
) -> None:
    started = time.monotonic()
    try:
        result = shop.run(bomb["sql"], caller=caller)
        ended = "truncated" if result.truncated else "ran"
    except (TooSlow, QueryFailed, Refused) as error:
        ended = type(error).__name__
    assert ended in bomb["ends"]
    assert time.monotonic() - started < 5  # the limit is 0.4 s; the rest is a slow machine's
    assert shop.run("SELECT count(*) FROM orders", caller=caller).rows == ((6,),)


def test_the_words_of_a_stopped_statement_name_the_limit(shop: Database, caller: Caller) -> None:
    with pytest.raises(TooSlow, match=r"stopped after 0\.4 s\. Filter more"):
        shop.run(ENDLESS, caller=caller)


@pytest.mark.parametrize(
    ("sql", "row_cap", "byte_cap", "rows", "truncated"),
    [
        ("SELECT id FROM t", 3, 1000, 3, False),
        ("SELECT id FROM t", 2, 1000, 2, True),
        ("SELECT id FROM t", 10, 16, 2, True),
        ("SELECT body FROM t", 10, 250, 2, True),
        ("SELECT body FROM t", 10, 300, 3, False),
        ("SELECT body FROM t", 10, 50, 0, True),
        ("SELECT id FROM t WHERE id > 5", 10, 1000, 0, False),
    ],
)
def test_caps_hold_rows_back_and_say_so(
    *,
    sql: str,
    row_cap: int,
    byte_cap: int,
    rows: int,
    truncated: bool,
    make_file: MakeFile,
    open_file: OpenFile,
    caller: Caller,
) -> None:
    script = "CREATE TABLE t (id, body); INSERT INTO t SELECT value, printf('%100d', value) "
    path = make_file(script + "FROM json_each('[1, 2, 3]');")
    result = open_file(path, row_cap=row_cap, byte_cap=byte_cap).run(sql, caller=caller)
    assert (len(result.rows), result.truncated) == (rows, truncated)


def test_an_engine_error_is_told_in_the_engines_words(shop: Database, caller: Caller) -> None:
    with pytest.raises(QueryFailed, match="misuse of aggregate"):
        shop.run("SELECT id FROM orders WHERE count(*) > 1", caller=caller)


def test_a_view_may_show_what_it_reads_of_a_closed_table(shop: Database, caller: Caller) -> None:
    found = shop.run("SELECT person, band FROM salary_bands ORDER BY person", caller=caller)
    assert found.rows == (("Ann", 5), ("Bob", 6))


class KeptAudit(NoAudit):
    """Remembers the statements, and can be full."""

    def __init__(self) -> None:
        self.statements: list[StatementRead] = []
        self.is_full = False

    def statement(self, read: StatementRead) -> None:
        if self.is_full:
            raise Unavailable("The disk is full.")
        self.statements.append(read)


OUTCOMES = [
    ("SELECT x FROM a", None, "ran", 2),
    ("DELETE FROM a", Refused, "refused", 0),
    ("SELECT json_extract('x', '$') FROM a", QueryFailed, "failed", 0),
    (ENDLESS, TooSlow, "too_slow", 0),
]


@pytest.mark.parametrize(("sql", "error", "outcome", "rows"), OUTCOMES)
async def test_every_statement_is_written_down_with_its_caller_and_outcome(
    make_file: MakeFile,
    open_file: OpenFile,
    caller: Caller,
    sql: str,
    error: type[Exception] | None,
    outcome: str,
    rows: int,
) -> None:
    audit, path = KeptAudit(), make_file("CREATE TABLE a (x); INSERT INTO a VALUES (1), (2);")
    database = open_file(path, audit=audit, name="shop", time_limit_s=0.2)
    with pytest.raises(error) if error else nullcontext():
        await database.arun(sql, caller=caller)
    (read,) = audit.statements
    assert (read.caller, read.database, read.sql) == (caller, "shop", sql)
    assert (read.outcome, read.rows) == (outcome, rows)


def test_what_cannot_be_written_down_is_not_handed_on(
    make_file: MakeFile, open_file: OpenFile, caller: Caller
) -> None:
    audit = KeptAudit()
    database = open_file(make_file("CREATE TABLE a (x);"), audit=audit)
    audit.is_full = True
    with pytest.raises(Unavailable, match="The disk is full"):
        database.run("SELECT x FROM a", caller=caller)


def test_a_check_runs_nothing(shop: Database) -> None:
    shop.check(ENDLESS)
    with pytest.raises(Refused):
        shop.check("DELETE FROM orders")


def test_a_new_table_is_seen_by_the_next_statement(
    make_file: MakeFile, open_file: OpenFile, caller: Caller
) -> None:
    path = make_file("CREATE TABLE a (x); INSERT INTO a VALUES (1);")
    database = open_file(path)
    first = database.schema()
    assert database.schema() is first
    with pytest.raises(Refused, match="no table 'b'"):
        database.run("SELECT x FROM b", caller=caller)
    make_file("CREATE TABLE b (x); INSERT INTO b VALUES (2); DROP TABLE a;")
    assert database.run("SELECT x FROM b", caller=caller).rows == ((2,),)
    assert database.schema().fingerprint != first.fingerprint
    with pytest.raises(Refused, match="no table 'a'"):
        database.run("SELECT x FROM a", caller=caller)


def test_a_replaced_file_is_read_anew(
    make_file: MakeFile, open_file: OpenFile, caller: Caller
) -> None:
    path = make_file("CREATE TABLE a (x); INSERT INTO a VALUES (1);")
    database = open_file(path)
    assert database.run("SELECT x FROM a", caller=caller).rows == ((1,),)
    make_file("CREATE TABLE a (x); INSERT INTO a VALUES (2);", "new.sqlite").rename(path)
    assert database.run("SELECT x FROM a", caller=caller).rows == ((2,),)


@pytest.mark.parametrize("name", ODD_NAMES)
def test_any_path_can_be_opened(
    name: str, make_file: MakeFile, open_file: OpenFile, caller: Caller
) -> None:
    path = make_file("CREATE TABLE a (x); INSERT INTO a VALUES (1);", name)
    assert open_file(path).run("SELECT x FROM a", caller=caller).rows == ((1,),)
    as_text = URL.create("sqlite", database=str(path)).render_as_string()
    with closing(Database.open(as_text)) as database:
        assert database.run("SELECT x FROM a", caller=caller).rows == ((1,),)


def test_a_missing_file_is_never_made_and_found_once_it_is_there(
    tmp_path: Path, make_file: MakeFile, open_file: OpenFile, caller: Caller
) -> None:
    path = tmp_path / "made.sqlite"
    database = open_file(path)
    with pytest.raises(Unavailable, match=r"no database file at .*made\.sqlite.* Set the path"):
        database.run("SELECT 1", caller=caller)
    assert not path.exists()
    make_file("CREATE TABLE a (x);")
    assert database.run("SELECT count(*) FROM a", caller=caller).rows == ((0,),)


def test_what_is_no_database_is_unavailable(tmp_path: Path, open_file: OpenFile) -> None:
    text = tmp_path / "notes.sqlite"
    text.write_text("These are notes. " * 500, "utf-8")
    for path in (text, tmp_path):
        with pytest.raises(Unavailable, match="cannot be read"):
            open_file(path).schema()


def test_a_database_that_a_writer_locks_is_unavailable(
    make_file: MakeFile, open_file: OpenFile, caller: Caller
) -> None:
    path = make_file("CREATE TABLE a (x);")
    database = open_file(path)
    with closing(sqlite3.connect(path, isolation_level=None)) as writer:
        writer.execute("BEGIN EXCLUSIVE")
        with pytest.raises(Unavailable, match="locked"):
            database.run("SELECT x FROM a", caller=caller)
    assert database.run("SELECT x FROM a", caller=caller).rows == ()


def test_an_empty_database_has_nothing_to_ask_for(
    make_file: MakeFile, open_file: OpenFile, caller: Caller
) -> None:
    database = open_file(make_file())
    assert database.schema().tables == ()
    with pytest.raises(Refused, match="There is none to choose from"):
        database.run("SELECT x FROM a", caller=caller)


@pytest.mark.parametrize(
    ("url", "words"),
    [
        ("shop.sqlite", "looks like 'sqlite:////path"),
        ("firebird://localhost/shop", "'firebird' are not supported"),
        ("sqlite://", "Give the path of a SQLite file"),
        ("sqlite:///:memory:", "Give the path of a SQLite file"),
        ("sqlite:///file:shop.sqlite?mode=rwc&uri=true", "Give the path of a SQLite file"),
    ],
)
def test_a_url_that_names_no_file_is_bad_input(url: str, words: str) -> None:
    with pytest.raises(BadInput, match=words):
        Database.open(url)


def test_bytes_that_are_no_text_do_not_break_a_result(
    make_file: MakeFile, open_file: OpenFile, caller: Caller
) -> None:
    path = make_file("CREATE TABLE a (x); INSERT INTO a VALUES (CAST(x'ff41' AS TEXT)), (x'00ff');")
    rows = open_file(path).run("SELECT x FROM a", caller=caller).rows
    assert rows == (("\ufffdA",), (b"\x00\xff",))


def test_eight_threads_share_one_database(shop: Database, caller: Caller) -> None:
    def ask(number: int) -> object:
        return shop.run(f"SELECT {number % 50} + 1", caller=caller).rows

    with ThreadPoolExecutor(8) as threads:
        answers = list(threads.map(ask, range(400)))
    assert answers == [((1 + number % 50,),) for number in range(400)]


async def test_many_tasks_share_one_database(shop: Database, caller: Caller) -> None:
    asked = [shop.arun(f"SELECT {n}", caller=caller) for n in range(40)]
    assert [result.rows for result in await asyncio.gather(*asked)] == [((n,),) for n in range(40)]


async def test_a_cancelled_task_stops_its_statement(shop_file: Path, caller: Caller) -> None:
    source = WatchedFile(shop_file, access=Access.of(None, ()), connections=4)
    caps = StatementCaps(rows=10, bytes=1_000, seconds=60)
    with closing(Database(source, name="watched", caps=caps)) as database:
        tasks = [asyncio.create_task(database.arun(ENDLESS, caller=caller)) for _ in range(4)]
        for _ in tasks:
            assert await asyncio.to_thread(source.lent.acquire, timeout=10)
        for task in tasks:
            task.cancel()
        async with asyncio.timeout(10):
            ended = await asyncio.gather(*tasks, return_exceptions=True)
            assert all(isinstance(error, asyncio.CancelledError) for error in ended)
            result = await database.arun("SELECT count(*) FROM orders", caller=caller)
    assert result.rows == ((6,),)


class BusyFile(SqliteFile):
    """Its statements take as long as they may, unless they are stopped."""

    def fetch(self, job: Job) -> FetchedRows:
        if "orders" in job.text:
            return super().fetch(job)
        ended = threading.Event()
        with job.stop.ends_by(ended.set):
            ended.wait(job.seconds)
        raise TooSlow("It was stopped.")


@pytest.fixture
def busy(shop_file: Path) -> Iterator[Database]:
    source = BusyFile(shop_file, access=Access.of(None, ()), connections=4)
    with closing(Database(source, name="busy", caps=StatementCaps(10, 1_000, 20))) as database:
        database.schema()
        yield database


async def test_one_callers_statements_do_not_hold_up_anothers(busy: Database) -> None:
    slow = [
        asyncio.create_task(busy.arun("SELECT id FROM products", caller=Caller("ann")))
        for _ in range(30)
    ]
    await asyncio.sleep(0.2)
    async with asyncio.timeout(2):
        for _ in range(3):
            await busy.arun("SELECT count(*) FROM orders", caller=Caller("bob"))
            await busy.aestimate("SELECT count(*) FROM orders", caller=Caller("bob"))
    await give_up(slow)


async def test_a_cancelled_task_is_over_at_once_and_its_place_is_free(busy: Database) -> None:
    for _ in range(3):
        slow = [
            asyncio.create_task(busy.arun("SELECT 1 FROM products", caller=Caller("ann")))
            for _ in range(12)
        ]
        await asyncio.sleep(0.1)
        async with asyncio.timeout(1):
            await give_up(slow)
            await busy.arun("SELECT count(*) FROM orders", caller=Caller("ann"))


def test_a_thread_waits_for_its_place_as_a_task_does(busy: Database) -> None:
    with ThreadPoolExecutor(6) as threads:
        slow = [
            threads.submit(busy.run, "SELECT 1 FROM products", caller=Caller("ann"))
            for _ in range(6)
        ]
        threading.Event().wait(0.2)
        found = busy.run("SELECT count(*) FROM orders", caller=Caller("bob"))
        assert found.rows == ((6,),)
        busy.close()
        for each in slow:
            with pytest.raises((TooSlow, Unavailable)):
                each.result(5)


async def test_work_of_several_statements_is_stopped_with_its_task(busy: Database) -> None:
    begun, ended = threading.Event(), threading.Event()
    ann = Caller("ann")

    def work() -> None:
        begun.set()
        for _ in range(100):
            with suppress(TooSlow):
                busy.run("SELECT 1 FROM products", caller=ann)
        ended.set()

    task = asyncio.create_task(busy.in_a_thread(work, caller=ann))
    assert await asyncio.to_thread(begun.wait, 5)
    await give_up([task])
    assert await asyncio.to_thread(ended.wait, 2)
    assert (await busy.arun("SELECT count(*) FROM orders", caller=ann)).rows == ((6,),)


async def test_what_a_cancelled_task_leaves_is_not_told_to_the_log(
    busy: Database, caplog: pytest.LogCaptureFixture
) -> None:
    task = asyncio.create_task(busy.arun("SELECT 1 FROM products", caller=Caller("ann")))
    await asyncio.sleep(0.1)
    await give_up([task])
    await asyncio.sleep(0.1)
    del task
    gc.collect()
    assert caplog.records == []


async def give_up(tasks: Sequence[asyncio.Task[Any]]) -> None:
    for task in tasks:
        task.cancel()
    ended = await asyncio.gather(*tasks, return_exceptions=True)
    assert all(isinstance(error, asyncio.CancelledError) for error in ended)


async def test_a_closed_database_runs_nothing(
    make_file: MakeFile, open_file: OpenFile, caller: Caller
) -> None:
    database = open_file(make_file("CREATE TABLE a (x);"))
    database.close()
    with pytest.raises(Unavailable, match="is closed"):
        database.run("SELECT x FROM a", caller=caller)
    with pytest.raises(Unavailable, match="is closed"):
        await database.arun("SELECT x FROM a", caller=caller)


def test_an_estimate_names_the_tables_and_their_rows_and_runs_nothing(
    shop: Database, caller: Caller
) -> None:
    sql = "WITH o AS (SELECT * FROM orders) SELECT p.name FROM o JOIN Products p ON o.id = p.id"
    assert shop.estimate(sql, caller=caller) == Estimate(6, None, ("orders", "products"))
    assert shop.estimate("SELECT 1", caller=caller) == Estimate(None, None, ())
    assert shop.estimate(ENDLESS, caller=caller) == Estimate(None, None, ())
    with pytest.raises(Refused):
        shop.estimate("DELETE FROM orders", caller=caller)
