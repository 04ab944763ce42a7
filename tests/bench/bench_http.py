"""The same turns through HTTP, on a service that runs as `docsql serve`."""

import asyncio
import itertools
import json
import time
from collections.abc import Iterator, Sequence
from pathlib import Path

import httpx
from figure import Figure, Section, percentile, spread
from workplace import BIN, Process, Workplace, answers, process

TURNS = 200
CLIENTS = 10
LOAD = 300
LIMIT_S = 60.0


def measure(place: Workplace) -> Section:
    """One client, then ten, then what the service weighs."""
    settings = {
        "DOCSQL_DATA": str(place.data),
        "DOCSQL_SERVICE__PORT": "0",
        "DOCSQL_THREADS__URI": str(place.scratch / "http.db"),
    }
    folder = place.scratch / "serve"
    began = time.perf_counter()
    with process([BIN / "docsql", "serve"], settings, folder=folder) as service:
        url = service_url(place.data, service)
        start = Figure(
            "From start to `/health`", time.perf_counter() - began, "s", "`docsql serve`"
        )
        figures = [start, *_memory_and_turns(place, service, url), *_load(place, url)]
    return Section(
        "Through HTTP",
        "`docsql serve` on a port of its own and `POST /agent/invoke` from another process on the "
        "same cores, one connection a client.",
        figures,
    )


def service_url(data: Path, service: Process) -> str:
    """The address that a service leaves in its data folder, once it answers there."""
    file = data / "service.json"
    service.wait_for(file.is_file)
    url = str(json.loads(file.read_text(encoding="utf-8"))["url"])
    service.wait_for(lambda: answers(f"{url}/health"))
    return url


def _memory_and_turns(place: Workplace, service: Process, url: str) -> Iterator[Figure]:
    fresh = service.resident_mb()
    yield Figure("Resident memory after the start", fresh, "MB", "`VmRSS` of `docsql serve`")
    with httpx.Client(base_url=url, timeout=LIMIT_S, trust_env=False) as client:
        place.say(f"{TURNS} mixed turns over HTTP")
        _series(client, mixed_questions(place), TURNS)
        after = service.resident_mb()
        yield Figure(f"Resident memory after {TURNS} turns", after, "MB", "all kinds of questions")
        for route, name in (("sql", "Database question"), ("documents", "Documents question")):
            place.say(f"{TURNS} turns over HTTP: {name}")
            seconds = _series(client, place.questions(route), TURNS)
            yield from spread(f"{name}, 1 client", seconds, f"{TURNS} turns, warm")


def _series(client: httpx.Client, questions: Sequence[str], count: int) -> list[float]:
    taken: list[float] = []
    for question in itertools.islice(itertools.cycle(questions), count):
        began = time.perf_counter()
        client.post("/agent/invoke", json=_body(question)).raise_for_status()
        taken.append(time.perf_counter() - began)
    return taken


def _body(question: str) -> dict[str, object]:
    return {"input": {"question": question}}


def mixed_questions(place: Workplace) -> list[str]:
    """The sample's questions, those of each kind in turn."""
    routes = [place.questions(route) for route in ("sql", "documents", "both", "chat")]
    return [question for row in itertools.zip_longest(*routes) for question in row if question]


def _load(place: Workplace, url: str) -> list[Figure]:
    place.say(f"{LOAD} turns from {CLIENTS} clients")
    began = time.perf_counter()
    questions = mixed_questions(place)
    seconds = asyncio.run(ask_in_turns(url, questions, clients=CLIENTS, turns=LOAD))
    whole = time.perf_counter() - began
    how = f"{LOAD} turns of all kinds, each client asking the next when it has its answer"
    return [
        Figure(f"Throughput, {CLIENTS} clients", LOAD / whole, "turns/s", how),
        Figure(f"Turn, {CLIENTS} clients, p95", 1000 * percentile(seconds, 95), "ms", "the same"),
    ]


async def ask_in_turns(
    url: str, questions: Sequence[str], *, clients: int, turns: int
) -> list[float]:
    """Seconds of each turn; every client asks the next question when it has its answer."""
    waiting = itertools.islice(itertools.cycle(questions), turns)
    taken: list[float] = []

    async def ask_on() -> None:
        async with httpx.AsyncClient(base_url=url, timeout=LIMIT_S, trust_env=False) as client:
            for question in waiting:
                began = time.perf_counter()
                reply = await client.post("/agent/invoke", json=_body(question))
                reply.raise_for_status()
                taken.append(time.perf_counter() - began)

    async with asyncio.TaskGroup() as group:
        for _ in range(clients):
            group.create_task(ask_on())
    return taken
