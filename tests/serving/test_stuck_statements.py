"""Statements in uninterruptible calls: what else waits for them, and what is left behind."""

import signal
import sqlite3
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from pathlib import Path

import httpx
import pytest
from docsql_process import Folder, Service

STUCK = f"SELECT {' + '.join(f'instr(x, substr(x, 200000) || {n})' for n in range(60))} FROM a"  # noqa: S608
"""Half a minute in one row; the limit is twice as long."""


@pytest.fixture
def busy(tmp_path: Path) -> Iterator[Service]:
    with closing(sqlite3.connect(tmp_path / "long.sqlite")) as made:
        made.executescript(
            "CREATE TABLE a (x); INSERT INTO a VALUES (replace(printf('%400000s', ''), ' ', 'a'))"
        )
    settings = {
        "DOCSQL_DATABASES__LONG__URL": f"sqlite:///{tmp_path / 'long.sqlite'}",
        "DOCSQL_DATABASES__LONG__TIME_LIMIT_S": "60",
        "DOCSQL_SERVICE__DRAIN_S": "1",
    }
    with Folder(tmp_path, settings).serving() as service:
        yield service


def ask(service: Service, sql: str, *, wait_s: float) -> int:
    """The status of the answer to one statement; 0 if the client did not wait for it."""
    arguments = {"database": "long", "sql": sql}
    call = {"name": "query_database", "arguments": arguments}
    body = {"jsonrpc": "2.0", "id": 1, "method": "tools/call", "params": call}
    accepted = {"Accept": "application/json, text/event-stream"}
    try:
        answer = httpx.post(
            f"{service.url}/mcp", json=body, headers=accepted, timeout=wait_s, trust_env=False
        )
    except httpx.TransportError:
        return 0
    return answer.status_code


def test_who_hangs_up_gives_the_place_up_and_a_stopped_service_leaves_nothing(
    busy: Service,
) -> None:
    assert ask(busy, "SELECT count(*) FROM a", wait_s=60) == 200
    with ThreadPoolExecutor(6) as threads:
        hung_up = [threads.submit(ask, busy, STUCK, wait_s=2) for _ in range(6)]
        assert [each.result() for each in hung_up] == [0] * 6
        began = time.monotonic()
        assert ask(busy, "SELECT count(*) FROM a", wait_s=60) == 200
        assert time.monotonic() - began < 5
        stopped = [threads.submit(ask, busy, STUCK, wait_s=30) for _ in range(6)]
        time.sleep(1)
        busy.process.send_signal(signal.SIGTERM)
        assert busy.process.wait(20) == 0
        assert 200 not in [each.result() for each in stopped]
    assert processes_on(busy.folder.path / "long.sqlite") == []


def processes_on(file: Path) -> list[int]:
    """Those that have the file open."""
    found: list[int] = []
    for process in Path("/proc").glob("[0-9]*"):
        try:
            is_open = any(descriptor.resolve() == file for descriptor in (process / "fd").iterdir())
        except OSError:
            continue  # it has just ended, or is another user's
        if is_open:
            found.append(int(process.name))
    return found
