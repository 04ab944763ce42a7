"""Several processes that answer at one address, in front of parts that they can share."""

import os
import signal
import time
from collections.abc import Callable, Generator, Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any

import httpx
import psycopg
import pytest
from database_servers import postgres_server
from docsql_process import Folder, Service, events_in
from milvus_server import milvus_server
from prometheus_client.parser import text_string_to_metric_families
from standin_tgi import StartTgi, Text

from serving.config.settings import Settings, SettingsError
from serving.process.workers import require_shared_parts

SERVER = {"uri": "http://milvus:19530"}
POSTGRESQL = {"uri": "postgresql://docsql@db/threads"}
REFUSED: list[tuple[dict[str, Any], list[str], list[str]]] = [
    ({}, ["documents (Milvus Lite)", "threads (SQLite)", "DOCSQL_DOCUMENTS__URI", "DOCSQL_THREADS__URI"], []),
    ({"documents": SERVER}, ["threads (SQLite)", "DOCSQL_THREADS__URI"], ["documents", "DOCUMENTS"]),
    ({"threads": POSTGRESQL}, ["documents (Milvus Lite)", "DOCSQL_DOCUMENTS__URI"], ["threads", "THREADS"]),
    ({"documents": {"uri": "/data/passages.db"}, "threads": POSTGRESQL}, ["documents (Milvus Lite)"], ["threads"]),
    ({"documents": SERVER, "threads": {"uri": "/data/postgresql.db"}}, ["threads (SQLite)"], ["documents"]),
]  # fmt: skip
DRAIN_S = 5.0
STORY = Text("A long story. " * 40)


@pytest.mark.parametrize(("parts", "named", "unnamed"), REFUSED)
def test_an_embedded_part_is_refused_by_name_and_with_what_takes_its_place(
    parts: dict[str, Any], named: list[str], unnamed: list[str]
) -> None:
    settings = Settings.model_validate({"service": {"workers": 3}, **parts})
    with pytest.raises(SettingsError) as refused:
        require_shared_parts(settings)
    said = str(refused.value)
    for word in ["3 workers", "belong to one process", *named]:
        assert word in said
    for word in unnamed:
        assert word not in said


def test_parts_behind_servers_are_taken() -> None:
    require_shared_parts(Settings.model_validate({"documents": SERVER, "threads": POSTGRESQL}))


def test_the_command_ends_with_the_refusal(tmp_path: Path) -> None:
    home = Folder(tmp_path)
    result = home.run("serve", "--workers", "2")
    assert result.returncode == 1
    assert result.stderr.startswith("docsql: 2 workers cannot share the embedded documents")
    assert not home.data.exists()


def test_a_part_that_cannot_be_opened_is_said_once_and_ends_all(tmp_path: Path) -> None:
    settings = {
        "DOCSQL_DATABASES__SHOP__URL": "nonsense",
        "DOCSQL_DOCUMENTS__URI": "http://127.0.0.1:9",
        "DOCSQL_THREADS__URI": "postgresql://postgres@127.0.0.1:9/postgres",
        "DOCSQL_SERVICE__PORT": "0",
    }
    result = Folder(tmp_path, settings).run("serve", "--workers", "2")
    assert result.returncode == 1
    assert result.stderr.count("docsql: ") == 1
    assert "A database URL looks like" in result.stderr


@pytest.fixture(scope="module")
def servers(tmp_path_factory: pytest.TempPathFactory) -> Iterator[dict[str, str]]:
    """Settings with a server behind each part."""
    with ExitStack() as running:
        database = running.enter_context(postgres_server())
        uri = f"postgresql://postgres@127.0.0.1:{database.port}/postgres"
        with psycopg.connect(uri) as connection:
            connection.execute("CREATE TABLE repairs (id int)")
            connection.execute("INSERT INTO repairs SELECT generate_series(1, 7)")
        passages = tmp_path_factory.mktemp("milvus")
        yield {
            "DOCSQL_SERVICE__PORT": "0",
            "DOCSQL_SERVICE__WORKERS": "2",
            "DOCSQL_SERVICE__DRAIN_S": str(DRAIN_S),
            "DOCSQL_DOCUMENTS__URI": running.enter_context(milvus_server(passages)),
            "DOCSQL_DATABASES__SHOP__URL": uri,
            "DOCSQL_DATABASES__SHOP__ALLOWED_TABLES": '["repairs"]',
            "DOCSQL_THREADS__URI": uri,
        }


@pytest.fixture
def service(servers: dict[str, str], tmp_path: Path) -> Iterator[Service]:
    home = Folder(tmp_path, {**servers, "TMPDIR": str(tmp_path)})
    with home.fresh.serving() as running:
        yield running


def test_workers_share_threads_and_counts_are_replaced_and_leave_nothing(
    service: Service,
) -> None:
    first, second = workers_of(service)
    with stopped(second):
        thread = ask(service, "How many repairs are there?")["thread_id"]
        instance = get(service, "/health").json()["instance"]
    assert list(service.folder.path.glob("docsql-*"))
    with stopped(first):
        ask(service, "How many repairs are there?", thread)
        assert get(service, "/health").json()["instance"] == instance
        assert turns_counted(service) == 2
    asked = get(service, f"/threads/{thread}").json()["turns"]
    assert len(asked) == 2

    os.kill(first, signal.SIGKILL)
    wait_until(lambda: len(set(workers_of(service)) - {first}) == 2)
    (third,) = set(workers_of(service)) - {first, second}
    with stopped(second):
        ask(service, "How many repairs are there?", thread)
        assert turns_counted(service) == 3

    before = descendants(service.process.pid)
    service.process.send_signal(signal.SIGTERM)
    assert service.process.wait(3 * DRAIN_S) == 0
    assert {second, third} < set(before)
    assert not list(service.folder.path.glob("docsql-*"))
    wait_until(lambda: not any(Path(f"/proc/{pid}").exists() for pid in before))


def _parent_alone(service: Service) -> list[int]:
    return [service.process.pid]


def _every_process(service: Service) -> list[int]:
    """The processes that systemd signals when it stops a unit."""
    return [*workers_of(service), service.process.pid]


@pytest.mark.parametrize("signalled", [_parent_alone, _every_process])
def test_workers_that_are_stopped_end_their_turns_first_and_keep_them(
    servers: dict[str, str],
    tmp_path: Path,
    tgi_server: StartTgi,
    signalled: Callable[[Service], list[int]],
) -> None:
    model = tgi_server(lambda _: STORY, token_delay_s=0.02)
    settings = {**servers, "DOCSQL_CHAT__URL": model.url}
    with Folder(tmp_path, settings).fresh.serving() as service, ExitStack() as streams:
        first, second = workers_of(service)
        open_turns: dict[str, Iterator[str]] = {}
        for busy, other in ((first, second), (second, first)):
            with stopped(other):
                thread = f"{signalled.__name__}-{busy}"
                open_turns[thread] = streams.enter_context(begun(service, thread))
        every = [*descendants(service.process.pid), service.process.pid]
        for process in signalled(service):
            os.kill(process, signal.SIGTERM)
        answers = {thread: events_in("\n".join(lines))[-1] for thread, lines in open_turns.items()}
        assert service.process.wait(3 * DRAIN_S) == 0
        wait_until(lambda: not any(Path(f"/proc/{pid}").exists() for pid in every))
    assert [answer["event"] for answer in answers.values()] == ["answer", "answer"]
    with Folder(tmp_path, {**settings, "DOCSQL_SERVICE__WORKERS": "1"}).serving() as again:
        for thread, answer in answers.items():
            (kept,) = get(again, f"/threads/{thread}").json()["turns"]
            assert kept["answer"]["answer"] == answer["answer"]["answer"] == STORY.text


def test_workers_end_when_their_parent_is_killed(service: Service) -> None:
    left = descendants(service.process.pid)
    service.process.kill()
    service.process.wait()
    wait_until(lambda: not any(Path(f"/proc/{pid}").exists() for pid in left))


def ask(service: Service, question: str, thread: str | None = None) -> dict[str, Any]:
    """The answer, by a connection of its own."""
    sent = {"question": question, **({"thread_id": thread} if thread else {})}
    reply = httpx.post(
        f"{service.url}/agent/invoke", json={"input": sent}, trust_env=False, timeout=30
    )
    answer: dict[str, Any] = reply.raise_for_status().json()["output"]
    assert [query["rows"] for query in answer["queries"]] == [[[7]]], answer
    return answer


@contextmanager
def begun(service: Service, thread: str) -> Generator[Iterator[str]]:
    """A turn that is being answered on a stream: the lines that are still to come."""
    body = {"input": {"question": "Tell me a story", "mode": "chat", "thread_id": thread}}
    with httpx.stream(
        "POST", f"{service.url}/agent/stream", json=body, trust_env=False, timeout=30
    ) as reply:
        lines = reply.iter_lines()
        assert any('"event":"token"' in line for line in lines)
        yield lines


def get(service: Service, path: str) -> httpx.Response:
    return httpx.get(f"{service.url}{path}", trust_env=False, timeout=30).raise_for_status()


def turns_counted(service: Service) -> float:
    families = text_string_to_metric_families(get(service, "/metrics").text)
    samples = [sample for family in families for sample in family.samples]
    assert [s.value for s in samples if s.name == "docsql_turns_running"] == [0]
    return sum(sample.value for sample in samples if sample.name == "docsql_turns_total")


def workers_of(service: Service) -> list[int]:
    """The workers' process ids; the parent has another child, which multiprocessing needs."""
    return [
        pid
        for pid in children(service.process.pid)
        if "spawn_main" in Path(f"/proc/{pid}/cmdline").read_text(encoding="utf-8")
    ]


def children(pid: int) -> list[int]:
    listed = Path(f"/proc/{pid}/task/{pid}/children").read_text(encoding="ascii")
    return [int(child) for child in listed.split()]


def descendants(pid: int) -> list[int]:
    return [each for child in children(pid) for each in (child, *descendants(child))]


@contextmanager
def stopped(worker: int) -> Generator[None]:
    """While a worker does nothing, only the other one can answer."""
    os.kill(worker, signal.SIGSTOP)
    try:
        yield
    finally:
        os.kill(worker, signal.SIGCONT)


def wait_until(is_so: Callable[[], bool], within_s: float = 30.0) -> None:
    deadline = time.monotonic() + within_s
    while not is_so():
        assert time.monotonic() < deadline
        time.sleep(0.05)
