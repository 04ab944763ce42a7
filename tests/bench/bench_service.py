"""Overhead of the whole service, with and without model latency."""

import json
import sys
import time
from collections.abc import Generator, Sequence
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

import httpx
from figure import Figure, Section, percentile
from workplace import BIN, Process, Workplace, answers, free_ports, process

HERE = Path(__file__).parent
TURNS = 30
FIRST_TOKEN_S = 0.2
LIMIT_S = 60.0


@dataclass(frozen=True, slots=True)
class Asked:
    """A question, the model calls in sequence that it takes, and what its last line has to hold."""

    name: str
    question: str
    calls: int
    is_whole: str


QUESTIONS = (
    Asked("Database turn", "How many customers do we have?", 3, '"status":"answered"'),
    Asked(
        "Documents turn",
        "What is the restocking fee for an opened server?",
        2,
        '"status":"answered"',
    ),
)
BARE = Asked("A bare agent's turn", "How many customers do we have?", 2, "[1]")


@dataclass(frozen=True, slots=True)
class Turn:
    """Seconds until the first token and until the end, and of the server's processor."""

    first: float
    whole: float
    busy: float


@dataclass(frozen=True, slots=True)
class Door:
    """A server that is asked, and its process."""

    url: str
    process: Process


def measure(place: Workplace) -> Section:
    """Turns over HTTP at 200 ms to each first token, then the processor time at none."""
    slow = _measured(place, FIRST_TOKEN_S)
    quick = _measured(place, 0.0)
    figures = [
        figure
        for asked in (*QUESTIONS, BARE)
        for figure in _figures(asked, slow[asked.name], quick[asked.name])
    ]
    return Section(
        "The whole service beside a language model",
        "`docsql serve` and a stand-in of TGI as processes of their own, `/agent/stream` from a "
        "third; the stand-in waits before the first token of each reply. The bare agent is the least "
        "that LangGraph behind LangServe can be (`tests/bench/bare_agent.py`), asked in turns with "
        "the service: how far a machine is from that on which it added 28 ms and took 17, for which "
        "the targets were set.",
        figures,
    )


def _measured(place: Workplace, first_token_s: float) -> dict[str, list[Turn]]:
    turns: dict[str, list[Turn]] = {asked.name: [] for asked in (*QUESTIONS, BARE)}
    with _doors(place, first_token_s) as (service, bare):
        for asked in QUESTIONS:
            place.say(f"{TURNS} turns at {1000 * first_token_s:g} ms: {asked.question}")
            with _client(service) as ours, _client(bare) as theirs:
                for number in range(TURNS + 1):  # the first one is not counted
                    pair = (_turn(ours, service, asked), _turn(theirs, bare, BARE))
                    if number:
                        turns[asked.name].append(pair[0])
                        turns[BARE.name].append(pair[1])
    return turns


@contextmanager
def _doors(place: Workplace, first_token_s: float) -> Generator[tuple[Door, Door]]:
    """The service and the bare agent, in front of one stand-in."""
    port, bare_port = free_ports(2)
    url, bare_url = f"http://127.0.0.1:{port}", f"http://127.0.0.1:{bare_port}"
    argv = [sys.executable, HERE / "stand_in_server.py", str(port), str(first_token_s)]
    paths = {"PYTHONPATH": str(HERE.parent / "standin")}
    scratch = place.scratch / f"service-{first_token_s}"
    settings = {
        "DOCSQL_DATA": str(place.data),
        "DOCSQL_SERVICE__PORT": "0",
        "DOCSQL_THREADS__URI": str(scratch / "threads.db"),
        "DOCSQL_CHAT__URL": url,
        "DOCSQL_CHAT__TOOLS": "guided",
    }
    with ExitStack() as stack:
        server = stack.enter_context(process(argv, paths, folder=scratch / "stand-in"))
        server.wait_for(lambda: answers(f"{url}/health"))
        argv = [sys.executable, HERE / "bare_agent.py", str(bare_port), url, scratch]
        bare = stack.enter_context(process(argv, {}, folder=scratch / "bare"))
        bare.wait_for(lambda: answers(f"{bare_url}/openapi.json"))
        argv = [BIN / "docsql", "serve"]
        service = stack.enter_context(process(argv, settings, folder=scratch / "serve"))
        told = place.data / "service.json"
        service.wait_for(told.is_file)
        address = str(json.loads(told.read_text(encoding="utf-8"))["url"])
        service.wait_for(lambda: answers(f"{address}/health"))
        yield Door(address, service), Door(bare_url, bare)


def _client(door: Door) -> httpx.Client:
    return httpx.Client(base_url=door.url, timeout=LIMIT_S, trust_env=False)


def _turn(client: httpx.Client, door: Door, asked: Asked) -> Turn:
    before = _processor_s(door.process)
    began, first, last = time.perf_counter(), 0.0, ""
    body = {"input": {"question": asked.question}}
    with client.stream("POST", "/agent/stream", json=body) as reply:
        for line in reply.iter_lines():
            if not first and ('"event":"token"' in line or line.startswith('data: "')):
                first = time.perf_counter() - began
            last = line if line.startswith("data:") and "[1]" in line else last
    whole = time.perf_counter() - began
    if asked.is_whole not in last:
        raise RuntimeError(f"The turn went astray: {last}")
    return Turn(first, whole, _processor_s(door.process) - before)


def _processor_s(server: Process) -> float:
    """Seconds on a processor of all threads (proc_pid_schedstat(5), in nanoseconds)."""
    threads = Path(f"/proc/{server.running.pid}/task")
    spent = 0
    for thread in threads.iterdir():
        with suppress(FileNotFoundError):  # it has ended since
            spent += int((thread / "schedstat").read_text(encoding="ascii").split()[0])
    return spent / 1e9


def _figures(asked: Asked, slow: Sequence[Turn], quick: Sequence[Turn]) -> list[Figure]:
    ideal = asked.calls * FIRST_TOKEN_S
    whole = percentile([turn.whole for turn in slow], 50)
    first = percentile([turn.first for turn in slow], 50)
    busy = percentile([turn.busy for turn in quick], 50)
    sequence = f"{asked.calls} model calls in sequence at {1000 * FIRST_TOKEN_S:g} ms"
    how = f"p50 of {len(slow)} turns, {sequence} taken off"
    of_all = f"p50 of {len(quick)} turns at no latency, of the server alone"
    added, took = 1000 * (whole - ideal), 1000 * busy
    if asked is BARE:
        return [
            Figure(f"{asked.name}, what it adds", added, "ms", how),
            Figure("… processor time", took, "ms", of_all),
        ]
    return [
        Figure(f"{asked.name}, what it adds", added, "ms", how, 20),
        Figure("… first token over the ideal", first / ideal, "times", sequence, 1.05),
        Figure("… processor time", took, "ms", of_all, 20),
    ]
