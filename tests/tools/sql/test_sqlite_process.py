"""SQLite's statements in processes that can be ended, with the guard bypassed."""

import asyncio
import os
import signal
import sqlite3
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from tools.caller import Caller
from tools.errors import QueryFailed, TooSlow, Unavailable
from tools.sql.access import Access
from tools.sql.run import Database, StatementCaps
from tools.sql.source import Job
from tools.sql.sqlite import SqliteFile

MakeFile = Callable[..., Path]
Children = Callable[[], list[int]]

LIMIT_S = 0.4


def summed(*calls: str) -> str:
    return f"SELECT {' + '.join(calls)}"


LONG = "replace(printf('%400000s', ''), ' ', 'a')"
HALF = "replace(printf('%200000s', ''), ' ', 'a')"
MANY = "WITH RECURSIVE r(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM r LIMIT 100000) "
TIMES = range(40)
STUCK = {
    "like": summed(*(f"({LONG} LIKE '%{'a' * 990}{n}')" for n in TIMES)),
    "glob": summed(*(f"({LONG} GLOB '*{'[a-z]' * 195}{n}')" for n in TIMES)),
    "instr": summed(*(f"instr({LONG}, {HALF} || {n})" for n in TIMES)),
    "replace": summed(*(f"length(replace({LONG}, {HALF} || {n}, 1))" for n in TIMES)),
}
"""Statements that are for seconds in calls that nothing interrupts."""

TABLE = f"CREATE TABLE a (x); INSERT INTO a VALUES ({LONG});"  # noqa: S608
STUCK_IN_A_TABLE = summed(*(f"instr(x, substr(x, 200000) || {n})" for n in TIMES)) + " FROM a"
PROGRAM = """
import asyncio, signal, sys
from tools.caller import Caller
from tools.sql.run import Database

async def ask():
    database = Database.open(f"sqlite:///{sys.argv[1]}", time_limit_s=60)
    database.schema()
    stuck = [asyncio.create_task(database.arun(sys.argv[2], caller=Caller(f"{n}"))) for n in range(4)]
    asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, stuck[0].cancel)
    print("asked", flush=True)
    await stuck[0]

asyncio.run(ask())
"""


@pytest.fixture
def children() -> Children:
    """Tells the processes that were started in the test and run SQLite's statements."""
    before = children_of(os.getpid())
    return lambda: [child for child in children_of(os.getpid()) if child not in before]


@pytest.fixture
def source(make_file: MakeFile) -> Iterator[SqliteFile]:
    """A file of its own, so that its processes are the only ones."""
    with closing(
        SqliteFile(make_file("CREATE TABLE a (x);"), access=Access.of(None, ()), connections=2)
    ) as source:
        source.stamp()
        source.look()
        yield source


def run(source: SqliteFile, sql: str) -> list[tuple[Any, ...]]:
    return list(source.fetch(Job(sql, Caller("someone"), LIMIT_S)).rows)


@pytest.mark.parametrize("sql", STUCK.values(), ids=STUCK)
def test_a_call_that_nothing_interrupts_ends_with_its_process(
    sql: str, source: SqliteFile, children: Children
) -> None:
    assert run(source, "SELECT 1") == [(1,)]
    (child,) = children()
    started = time.monotonic()
    with pytest.raises(TooSlow, match=r"stopped after 0\.4 s"):
        run(source, sql)
    assert time.monotonic() - started < 5
    assert not is_running(child)
    assert run(source, "SELECT count(*) FROM a") == [(0,)]


def test_one_process_serves_statement_after_statement(
    source: SqliteFile, children: Children
) -> None:
    for number in range(20):
        assert run(source, f"SELECT {number}") == [(number,)]
        with pytest.raises(QueryFailed, match="no such column: nosuch"):
            run(source, "SELECT nosuch FROM a")
    assert len(children()) == 1


def test_every_value_comes_as_sqlite_has_it(source: SqliteFile) -> None:
    sql = "SELECT NULL, 9223372036854775807, -1, 1e999, 0.1, '\U0001f600', x'00ff', CAST(x'ff41' AS TEXT)"
    values = (None, 2**63 - 1, -1, float("inf"), 0.1, "\U0001f600", b"\x00\xff", "\ufffdA")
    assert run(source, sql) == [values]


def test_a_pattern_that_is_too_long_is_refused_by_the_engine(source: SqliteFile) -> None:
    with pytest.raises(QueryFailed, match="pattern too complex"):
        run(source, f"SELECT 'x' LIKE '{'%' * 1_001}'")


@pytest.mark.parametrize(
    "sql",
    [
        f"{MANY} SELECT n FROM r ORDER BY replace(printf('%400000s', n), ' ', 'a')",  # noqa: S608
        f"SELECT {', '.join(f'{LONG} || {n}' for n in range(1_900))}",
    ],
    ids=["a sort", "a wide row"],
)
def test_a_statement_has_so_much_memory_and_no_more(sql: str, source: SqliteFile) -> None:
    job = Job(sql, Caller("someone"), 20, rows=10)
    with pytest.raises(QueryFailed, match="needs more memory than it may have"):
        source.fetch(job)
    assert run(source, "SELECT 1") == [(1,)]


@pytest.mark.parametrize(
    ("number", "words"), [(signal.SIGKILL, "more memory"), (signal.SIGSEGV, "crashed")]
)
def test_a_process_that_breaks_down_fails_its_statement_alone(
    number: signal.Signals, words: str, source: SqliteFile, children: Children
) -> None:
    run(source, "SELECT 1")
    (child,) = children()
    threading.Timer(0.1, os.kill, (child, number)).start()
    with pytest.raises(QueryFailed, match=words):
        source.fetch(Job(STUCK["instr"], Caller("someone"), 20))
    assert run(source, "SELECT 1") == [(1,)]


def test_a_process_that_ended_between_statements_is_replaced(
    source: SqliteFile, children: Children
) -> None:
    for _ in range(3):
        assert run(source, "SELECT 1") == [(1,)]
        (child,) = children()
        os.kill(child, signal.SIGKILL)
        await_end(child)
        time.sleep(0.05)  # until all of its threads have ended


def test_a_process_without_work_leaves(make_file: MakeFile, children: Children) -> None:
    path = make_file("CREATE TABLE a (x);")
    idle = SqliteFile(path, access=Access.of(None, ()), connections=2, idle_s=0.2)
    with closing(idle):
        idle.look()
        for _ in range(2):
            assert run(idle, "SELECT 1") == [(1,)]
            (child,) = children()
            await_end(child)


def test_a_process_that_leaves_just_as_it_is_asked_is_replaced(make_file: MakeFile) -> None:
    path = make_file("CREATE TABLE a (x);")
    idle = SqliteFile(path, access=Access.of(None, ()), connections=2, idle_s=0.001)
    with closing(idle):
        idle.look()
        for number in range(60):
            time.sleep(number % 10 / 5_000)
            assert run(idle, f"SELECT {number}") == [(number,)]


def test_a_statement_that_is_stopped_in_such_a_call_is_gone_at_once(
    source: SqliteFile, children: Children
) -> None:
    job = Job(STUCK["instr"], Caller("someone"), 20)
    stopping = threading.Timer(0.3, job.stop.set)
    stopping.start()
    started = time.monotonic()
    with pytest.raises(TooSlow):
        source.fetch(job)
    assert time.monotonic() - started < 5
    stopping.join(5)
    assert children() == []
    assert run(source, "SELECT 1") == [(1,)]


def test_a_write_ahead_log_is_read(make_file: MakeFile) -> None:
    path = make_file("PRAGMA journal_mode = WAL; CREATE TABLE a (x); INSERT INTO a VALUES (1);")
    with closing(sqlite3.connect(path, isolation_level=None)) as writer:
        writer.execute("INSERT INTO a VALUES (2)")
        with closing(SqliteFile(path, access=Access.of(None, ()), connections=1)) as source:
            source.stamp()
            source.look()
            assert run(source, "SELECT sum(x) FROM a") == [(3,)]
            writer.execute("INSERT INTO a VALUES (3)")
            assert run(source, "SELECT sum(x) FROM a") == [(6,)]


def test_a_database_without_an_interpreter_is_unavailable(
    source: SqliteFile, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sys, "executable", "/nowhere/python")
    with pytest.raises(Unavailable, match="No SQLite process can be started"):
        run(source, "SELECT 1")
    monkeypatch.setattr(sys, "executable", "/bin/false")
    with pytest.raises(
        Unavailable, match="Check that '/bin/false' runs and has its module sqlite3"
    ):
        run(source, "SELECT 1")


@pytest.mark.parametrize("number", [signal.SIGKILL, signal.SIGTERM])
@pytest.mark.parametrize("sql", [STUCK_IN_A_TABLE, "SELECT 1"], ids=["stuck", "idle"])
def test_no_process_outlives_the_one_that_started_it(
    number: signal.Signals, sql: str, make_file: MakeFile
) -> None:
    path = make_file(TABLE)
    parent = subprocess.Popen(  # noqa: S603  # this very interpreter
        [sys.executable, "-c", PROGRAM, str(path), sql],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    )
    with parent:
        assert parent.stdout is not None
        parent.stdout.readline()
        deadline = time.monotonic() + 20
        wanted = 1 if sql == "SELECT 1" else 4
        while len(started := children_of(parent.pid)) < wanted and parent.poll() is None:
            assert time.monotonic() < deadline
            time.sleep(0.05)  # they need the processor to start
        if wanted > 1:
            time.sleep(0.5)  # and to get into the statement
        parent.send_signal(number)
        parent.wait(20)  # before a statement's own limit
    for child in started:
        await_end(child)


async def test_a_closed_database_stops_what_runs(
    make_file: MakeFile, caller: Caller, children: Children
) -> None:
    path = make_file(TABLE)
    source = SqliteFile(path, access=Access.of(None, ()), connections=4)
    database = Database(source, name="a", caps=StatementCaps(9, 900, 60))
    database.schema()
    stuck = asyncio.create_task(database.arun(STUCK_IN_A_TABLE, caller=caller))
    await asyncio.to_thread(await_child, children)
    started = time.monotonic()
    await asyncio.to_thread(database.close)
    assert time.monotonic() - started < 5
    with pytest.raises(TooSlow):
        await stuck
    assert children() == []


def children_of(parent: int) -> list[int]:
    """Its child processes that run SQLite statements."""
    found: list[int] = []
    for folder in Path("/proc").glob("[0-9]*"):
        try:
            command = (folder / "cmdline").read_bytes()
            state, its_parent = (folder / "stat").read_text("utf-8").rpartition(")")[2].split()[:2]
        except OSError:
            continue  # it has just ended
        if b"sqlite_child.py" in command and int(its_parent) == parent and state != "Z":
            found.append(int(folder.name))
    return found


def is_running(process: int) -> bool:
    try:
        stat = Path(f"/proc/{process}/stat").read_text("utf-8")
    except OSError:
        return False
    return stat.rpartition(")")[2].split()[0] != "Z"


def await_end(process: int) -> None:
    deadline = time.monotonic() + 20
    while is_running(process) and time.monotonic() < deadline:
        time.sleep(0.01)
    assert not is_running(process)


def await_child(children: Children) -> None:
    deadline = time.monotonic() + 10
    while not children() and time.monotonic() < deadline:
        time.sleep(0.01)
    time.sleep(0.3)
