"""`docsql serve` and the stand-in of TGI as processes, for load benchmarks."""

import itertools
import json
import sys
import time
from collections.abc import AsyncIterator, Callable, Generator, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import anyio
import httpx
from workplace import BIN, Process, Workplace, answers, free_ports, process

HERE = Path(__file__).parent
LIMIT_S = 120.0
QUESTIONS = ("How many customers do we have?", "What is the restocking fee for an opened server?")


@dataclass(frozen=True, slots=True)
class Served:
    """A running service and its process."""

    url: str
    process: Process
    model_url: str


@contextmanager
def served(place: Workplace, name: str, *, latency_s: float) -> Generator[Served]:
    """The service over a model that takes `latency_s` for every call."""
    (port,) = free_ports(1)
    chat = f"http://127.0.0.1:{port}"
    argv = [sys.executable, HERE / "stand_in_server.py", str(port), str(latency_s)]
    settings = {
        "DOCSQL_DATA": str(place.data),
        "DOCSQL_SERVICE__PORT": "0",
        "DOCSQL_THREADS__URI": str(place.scratch / f"{name}.db"),
        "DOCSQL_TELEMETRY__AUDIT": str(place.scratch / f"{name}.jsonl"),
        "DOCSQL_CHAT__URL": chat,
        "DOCSQL_CHAT__DECIDES": "model",
    }
    path = {"PYTHONPATH": str(HERE.parent / "standin")}
    with process(argv, path, folder=place.scratch / f"{name}-model") as model:
        model.wait_for(lambda: answers(f"{chat}/health"))
        with process([BIN / "docsql", "serve"], settings, folder=place.scratch / name) as service:
            file = place.data / "service.json"
            service.wait_for(file.is_file)
            url = str(json.loads(file.read_text(encoding="utf-8"))["url"])
            service.wait_for(lambda: answers(f"{url}/health"))
            yield Served(url, service, chat)


async def ask_on(url: str, clients: int, has_more: Callable[[], bool]) -> list[float]:
    """Seconds of each turn; every client asks the next question when it has its answer.

    Raises:
        RuntimeError: a turn failed, or did not end as it should.
    """
    taken: list[float] = []
    questions = itertools.cycle(QUESTIONS)

    async def one() -> None:
        async with httpx.AsyncClient(base_url=url, timeout=LIMIT_S, trust_env=False) as client:
            async for seconds in _turns(client, questions, has_more):
                taken.append(seconds)

    async with anyio.create_task_group() as group:
        for _ in range(clients):
            group.start_soon(one)
    return taken


async def _turns(
    client: httpx.AsyncClient, questions: Iterator[str], has_more: Callable[[], bool]
) -> AsyncIterator[float]:
    while has_more():
        began = time.perf_counter()
        body = {"input": {"question": next(questions)}}
        reply = await client.post("/agent/invoke", json=body)
        if reply.status_code != 200 or reply.json()["output"]["status"] != "answered":
            raise RuntimeError(f"A turn failed: {reply.status_code} {reply.text[:500]}")
        yield time.perf_counter() - began
