"""Parts that die under load: errors are clear, and the service recovers."""

import threading
import time
from collections import deque
from collections.abc import Callable, Generator, Iterator
from contextlib import AbstractContextManager, ExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx
import psycopg
import pytest
from database_servers import RunningServer, postgres_server
from docsql_process import Folder, Service
from milvus_server import milvus_server
from standin_server import serve
from standin_tgi import Calls, Reply, Text, TgiStandIn

CLIENTS = 4
SOON_S = 60.0
"""Seconds in which a fault has to show, and after it all has to be well again."""
SQL = "SELECT COUNT(*) AS n FROM repairs"


def model(body: dict[str, Any]) -> Reply:
    """Calls both tools, writes the statement, and answers."""
    said: str = body["messages"][0]["content"]
    if "Write one SELECT" in said:
        return Text(SQL)
    if said.startswith("# decide"):
        query = {"question": "How many repairs?", "database": "shop"}
        return Calls(
            [("query_database", query), ("search_documents", {"query": "returned within days"})]
        )
    return Text("There are 7 repairs.")


class Mortal:
    """A server that is started again on the port that it had."""

    def __init__(self, start_at: Callable[[int], AbstractContextManager[str]]) -> None:
        self._start_at = start_at
        self._running = ExitStack()
        self.url = self._running.enter_context(start_at(0))

    def stop(self) -> None:
        self._running.close()

    def start(self) -> None:
        self._running.enter_context(self._start_at(int(self.url.rsplit(":", 1)[1])))


@dataclass(frozen=True, slots=True)
class World:
    """A service with every part on a server of its own."""

    service: Service
    chat: Mortal
    database: RunningServer
    milvus: Mortal


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory, documents: Path) -> Iterator[World]:
    with ExitStack() as running:
        passages = tmp_path_factory.mktemp("milvus")
        chat = Mortal(lambda port: serve(TgiStandIn(model).app, port=port))
        running.callback(chat.stop)
        milvus = Mortal(lambda port: milvus_server(passages, port=port))
        running.callback(milvus.stop)
        database = running.enter_context(postgres_server())
        uri = f"postgresql://postgres@127.0.0.1:{database.port}/postgres"
        with psycopg.connect(uri) as connection:
            connection.execute("CREATE TABLE repairs (id int)")
            connection.execute("INSERT INTO repairs SELECT generate_series(1, 7)")
        settings = {
            "DOCSQL_SERVICE__PORT": "0",
            "DOCSQL_CHAT__URL": chat.url,
            "DOCSQL_DOCUMENTS__URI": milvus.url,
            "DOCSQL_DATABASES__SHOP__URL": uri,
            "DOCSQL_DATABASES__SHOP__ALLOWED_TABLES": '["repairs"]',
            "DOCSQL_THREADS__URI": uri,
        }
        home = Folder(tmp_path_factory.mktemp("faults"), settings)
        service = running.enter_context(home.serving())
        taken = home.run("ingest", str(documents))
        assert taken.returncode == 0, taken.stderr
        yield World(service, chat, database, milvus)


@dataclass
class Load:
    """Clients that ask on and on; the last replies count."""

    replies: deque[httpx.Response] = field(
        default_factory=lambda: deque[httpx.Response](maxlen=999)
    )
    broken: list[str] = field(default_factory=list[str])
    _changed: threading.Condition = field(default_factory=threading.Condition)
    _over: threading.Event = field(default_factory=threading.Event)

    def ask_on(self, url: str) -> None:
        body = {"input": {"question": "How many repairs are there, and the return policy?"}}
        with httpx.Client(base_url=url, trust_env=False, timeout=SOON_S) as client:
            while not self._over.is_set():
                try:
                    reply = client.post("/agent/invoke", json=body)
                except httpx.HTTPError as error:
                    self.broken.append(repr(error))
                    return
                with self._changed:
                    self.replies.append(reply)
                    self._changed.notify_all()

    def wait_for(self, is_so: Callable[[httpx.Response], bool], *, in_a_row: int = 1) -> None:
        """Wait until that many replies in a row, from now on, are so."""
        with self._changed:
            self.replies.clear()
            deadline = time.monotonic() + SOON_S
            while sum(1 for _ in self.replies) < in_a_row or not all(
                map(is_so, list(self.replies)[-in_a_row:])
            ):
                left = deadline - time.monotonic()
                said = [reply.text[:300] for reply in list(self.replies)[-3:]]
                assert left > 0 and not self.broken, (said, self.broken)  # noqa: PT018
                self._changed.wait(left)

    def stop(self) -> None:
        self._over.set()


@contextmanager
def load_on(world: World) -> Generator[Load]:
    load = Load()
    clients = [
        threading.Thread(target=load.ask_on, args=(world.service.url,)) for _ in range(CLIENTS)
    ]
    for client in clients:
        client.start()
    try:
        load.wait_for(is_well, in_a_row=CLIENTS)
        yield load
    finally:
        load.stop()
        for client in clients:
            client.join()


def is_well(reply: httpx.Response) -> bool:
    """An answer from both tools."""
    if reply.status_code != 200:
        return False
    answer = reply.json()["output"]
    has_rows = [q["rows"] for q in answer["queries"]] == [[[7]]]
    return answer["route"] == "both" and has_rows and not answer["warnings"]


FAULTS: list[tuple[str, Callable[[World], None], Callable[[World], None], str]] = [
    ("model server", lambda w: w.chat.stop(), lambda w: w.chat.start(), "The chat model at"),
    (
        "database and threads",
        lambda w: w.database.stop(),
        lambda w: w.database.start(),
        "DOCSQL_THREADS__URI",
    ),
]


@pytest.mark.parametrize(
    ("kill", "start", "named"), [fault[1:] for fault in FAULTS], ids=[f[0] for f in FAULTS]
)
def test_a_part_that_dies_is_named_in_a_clear_error_and_found_again(
    world: World, kill: Callable[[World], None], start: Callable[[World], None], named: str
) -> None:
    with load_on(world) as load:
        kill(world)
        try:
            load.wait_for(lambda reply: reply.status_code == 503)
            failed = list(load.replies)
        finally:
            start(world)
        load.wait_for(is_well, in_a_row=2 * CLIENTS)
    problems = [reply.json() for reply in failed if reply.status_code != 200]
    assert {reply.status_code for reply in failed} <= {200, 503}
    assert {problem["act"] for problem in problems} == {"operator"}
    assert any(named in problem["error"] for problem in problems), problems


def test_without_its_vector_store_what_the_databases_know_is_answered(world: World) -> None:
    def is_half(reply: httpx.Response) -> bool:
        """The rows, and word on what is missing."""
        if reply.status_code != 200:
            return False
        answer = reply.json()["output"]
        said = f"The vector store at {world.milvus.url} does not answer."
        has_rows = [q["rows"] for q in answer["queries"]] == [[[7]]]
        return has_rows and any(said in warning for warning in answer["warnings"])

    with load_on(world) as load:
        world.milvus.stop()
        try:
            load.wait_for(is_half, in_a_row=2 * CLIENTS)
            states = states_of(world.service)
            sent = {"input": {"question": "How may I return?", "mode": "documents"}}
            refused = httpx.post(f"{world.service.url}/agent/invoke", json=sent, timeout=SOON_S)
        finally:
            world.milvus.start()
        load.wait_for(is_well, in_a_row=2 * CLIENTS)
    said = refused.text
    assert "The vector store at" in said
    assert "does not answer" in said
    assert states == {
        "database shop": True,
        "documents": False,
        "threads": True,
        "chat": True,
        "status": True,
    }


def test_ready_says_which_part_is_down(world: World) -> None:
    world.chat.stop()
    try:
        states = states_of(world.service)
    finally:
        world.chat.start()
    well = dict.fromkeys(("database shop", "documents", "threads"), True)
    assert states == {**well, "chat": False, "status": False}
    world.database.stop()
    try:
        states = states_of(world.service)
    finally:
        world.database.start()
    assert (states["threads"], states["documents"], states["status"]) == (False, True, False)


def states_of(service: Service) -> dict[str, bool]:
    """Each part by its name, and whether the whole may be sent questions."""
    reply = httpx.get(f"{service.url}/ready", trust_env=False, timeout=SOON_S)
    assert httpx.get(f"{service.url}/health", trust_env=False).is_success
    whole = reply.json()
    assert whole["ready"] == (reply.status_code == 200)
    for each in whole["dependencies"]:
        assert bool(each["problem"]) != each["ready"], each
    return {each["name"]: each["ready"] for each in whole["dependencies"]} | {
        "status": whole["ready"]
    }


def test_a_service_that_starts_before_its_parts_finds_them_when_they_come(
    tmp_path: Path, documents: Path
) -> None:
    with ExitStack() as running:
        chat = running.enter_context(serve(TgiStandIn(model).app))
        milvus = Mortal(lambda port: milvus_server(tmp_path / "milvus", port=port))
        running.callback(milvus.stop)
        database = running.enter_context(postgres_server())
        uri = f"postgresql://postgres@127.0.0.1:{database.port}/postgres"
        with psycopg.connect(uri) as connection:
            connection.execute("CREATE TABLE repairs AS SELECT generate_series(1, 7) AS id")
        settings = {
            "DOCSQL_SERVICE__PORT": "0",
            "DOCSQL_CHAT__URL": chat,
            "DOCSQL_DOCUMENTS__URI": milvus.url,
            "DOCSQL_DATABASES__SHOP__URL": uri,
            "DOCSQL_DATABASES__SHOP__ALLOWED_TABLES": '["repairs"]',
        }
        home = Folder(tmp_path, settings)
        assert home.run("ingest", str(documents)).returncode == 0
        milvus.stop()
        database.stop()
        try:
            service = running.enter_context(home.serving())
            away = states_of(service)
            listed = httpx.get(f"{service.url}/documents", timeout=SOON_S)
        finally:
            database.start()
        half = _asked_until(service, lambda reply: reply.json()["output"]["queries"] != [])
        milvus.start()
        _asked_until(service, is_well)
        assert httpx.get(f"{service.url}/documents", timeout=SOON_S).json()
        back = states_of(service)
    well = dict.fromkeys(("database shop", "documents", "threads", "chat", "status"), True)
    assert away == {**well, "database shop": False, "documents": False}
    assert (listed.status_code, listed.json()["act"]) == (503, "operator")
    assert f"The vector store at {milvus.url} does not answer." in listed.text
    assert half.json()["output"]["queries"][0]["rows"] == [[7]]
    assert back == well


def _asked_until(service: Service, is_so: Callable[[httpx.Response], bool]) -> httpx.Response:
    body = {"input": {"question": "How many repairs are there, and the return policy?"}}
    deadline = time.monotonic() + SOON_S
    while True:
        reply = httpx.post(f"{service.url}/agent/invoke", json=body, timeout=SOON_S)
        if reply.status_code == 200 and is_so(reply):
            return reply
        assert time.monotonic() < deadline, reply.text
