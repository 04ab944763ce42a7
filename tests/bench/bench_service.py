"""Overhead of the whole service, with and without model latency."""

import json
import sys
import time
from collections.abc import Generator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path

import httpx
from figure import Figure, Section, percentile
from workplace import BIN, Process, Workplace, answers, free_ports, process

from serving.parts.databases import DEMO_DATABASE

HERE = Path(__file__).parent
TURNS = 30
FIRST_TOKEN_S = 0.2
LIMIT_S = 60.0
_SCHEDULED = 2
"""Linux's clock of what was scheduled, in the lowest bits of a clock's number."""


@dataclass(frozen=True, slots=True)
class Asked:
    """A question, the model calls in sequence that it takes, and what its last line has to hold."""

    name: str
    question: str
    calls: int
    is_whole: str


QUESTIONS = (
    # Three calls, of which the statement is written while the model decides.
    Asked("Database turn", "How many customers do we have?", 2, '"status":"answered"'),
    Asked(
        "Documents turn",
        "What is the restocking fee for an opened server?",
        2,
        '"status":"answered"',
    ),
)
BARE = Asked("A bare agent's turn", "How many customers do we have?", 2, "[1]")
WRITING = Asked("A bare agent's turn with SQL", BARE.question, 3, "[1]")
MOST, LEAST = 1.15, 0.85
"""Of what the bare agent takes in the same run, and of the turns that it answers in a second."""


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
        for asked in (*QUESTIONS, BARE, WRITING)
        for figure in _figures(asked, _Run(slow, FIRST_TOKEN_S), _Run(quick, 0.0))
    ]
    return Section(
        "The whole service beside a language model",
        "`docsql serve` and a stand-in of TGI as processes of their own, `/agent/stream` from a "
        "third; the stand-in waits before the first token of each reply. The bare agent is the least "
        "that LangGraph behind LangServe can be (`tests/bench/bare_agent.py`), asked in turns with "
        "the service. Its model and tools answer the same, it keeps checkpoints, and it has neither "
        "documents nor a gate nor evidence; a second one has SQL written and runs it. The targets are shares of what it takes in the same run, "
        "so that they hold on any machine, however busy.",
        figures,
    )


def _measured(place: Workplace, first_token_s: float) -> dict[str, list[Turn]]:
    turns: dict[str, list[Turn]] = {asked.name: [] for asked in (*QUESTIONS, BARE, WRITING)}
    with _doors(place, first_token_s) as (service, bare, writing):
        for asked in QUESTIONS:
            place.say(f"{TURNS} turns at {1000 * first_token_s:g} ms: {asked.question}")
            beside = [(service, asked), (bare, BARE), (writing, WRITING)]
            with _client(service) as ours, _client(bare) as theirs, _client(writing) as others:
                for number in range(TURNS + 1):  # the first one is not counted
                    for client, (door, one) in zip((ours, theirs, others), beside, strict=True):
                        taken = _turn(client, door, one)
                        if number:
                            turns[one.name].append(taken)
    return turns


@contextmanager
def _doors(place: Workplace, first_token_s: float) -> Generator[tuple[Door, Door, Door]]:
    """The service, the bare agent and the one that writes SQL, in front of one stand-in."""
    port, *bare_ports = free_ports(3)
    url = f"http://127.0.0.1:{port}"
    argv = [sys.executable, HERE / "stand_in_server.py", str(port), str(first_token_s)]
    paths = {"PYTHONPATH": str(HERE.parent / "standin")}
    scratch = place.scratch / f"service-{first_token_s}"
    settings = {
        "DOCSQL_DATA": str(place.data),
        "DOCSQL_SERVICE__PORT": "0",
        "DOCSQL_THREADS__URI": str(scratch / "threads.db"),
        "DOCSQL_CHAT__URL": url,
        "DOCSQL_CHAT__TOOLS": "guided",
        # The stand-in fails the exam, after which the rules would choose in its place.
        "DOCSQL_CHAT__DECIDES": "model",
    }
    with ExitStack() as stack:
        server = stack.enter_context(process(argv, paths, folder=scratch / "stand-in"))
        server.wait_for(lambda: answers(f"{url}/health"))
        databases = [[], [place.data / DEMO_DATABASE]]
        bare, writing = (
            stack.enter_context(_bare(port, url, scratch / f"bare-{port}", *database))
            for port, database in zip(bare_ports, databases, strict=True)
        )
        argv = [BIN / "docsql", "serve"]
        service = stack.enter_context(process(argv, settings, folder=scratch / "serve"))
        told = place.data / "service.json"
        service.wait_for(told.is_file)
        address = str(json.loads(told.read_text(encoding="utf-8"))["url"])
        service.wait_for(lambda: answers(f"{address}/health"))
        yield Door(address, service), bare, writing


@contextmanager
def _bare(port: int, model: str, folder: Path, *database: Path) -> Generator[Door]:
    """The bare agent in a process; with a database, it has a statement written and runs it."""
    url = f"http://127.0.0.1:{port}"
    argv = [sys.executable, HERE / "bare_agent.py", str(port), model, folder, *database]
    with process(argv, {}, folder=folder) as running:
        running.wait_for(lambda: answers(f"{url}/openapi.json"))
        yield Door(url, running)


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
    """Seconds of processor of all its threads, of those that ended too (clock_getcpuclockid(3))."""
    return time.clock_gettime((~server.running.pid << 3) | _SCHEDULED)


@dataclass(frozen=True, slots=True)
class _Run:
    """The turns of every kind at one latency, by name."""

    turns: Mapping[str, Sequence[Turn]]
    first_token_s: float

    def added_ms(self, asked: Asked) -> float:
        """The p50 of what turns take longer than their model calls."""
        whole = percentile([turn.whole for turn in self.turns[asked.name]], 50)
        return 1000 * (whole - asked.calls * self.first_token_s)

    def busy_ms(self, asked: Asked) -> float:
        """The p50 of the processor's time of turns."""
        return 1000 * percentile([turn.busy for turn in self.turns[asked.name]], 50)

    def a_second(self, asked: Asked) -> float:
        """Turns that one client gets in a second."""
        turns = self.turns[asked.name]
        return len(turns) / sum(turn.whole for turn in turns)


def _figures(asked: Asked, slow: _Run, quick: _Run) -> list[Figure]:
    number = len(slow.turns[asked.name])
    sequence = f"{asked.calls} model calls in sequence at {1000 * slow.first_token_s:g} ms"
    added, busy, rate = slow.added_ms(asked), quick.busy_ms(asked), quick.a_second(asked)
    how = f"p50 of {number} turns, {sequence} taken off"
    plain = [
        Figure(f"{asked.name}, what it adds", added, "ms", how),
        Figure("… processor time", busy, "ms", f"p50 of {number} turns at no latency, all threads"),
        Figure("… answers", rate, "a second", "one client, at no latency"),
    ]
    if asked in (BARE, WRITING):
        return plain
    first = percentile([turn.first for turn in slow.turns[asked.name]], 50)
    ideal = asked.calls * slow.first_token_s
    beside = "of the bare agent's in this run"
    writes = "of the bare agent's that has SQL written by a third call and runs it"
    more = Figure("… the same, beside one with SQL", busy / quick.busy_ms(WRITING), "times", writes)
    is_of_rows = asked.question == WRITING.question
    return [
        *plain,
        Figure("… first token over the ideal", first / ideal, "times", sequence, 1.05),
        Figure("… adds", added / slow.added_ms(BARE), "times", beside, MOST),
        Figure("… takes of the processor", busy / quick.busy_ms(BARE), "times", beside, MOST),
        *([more] if is_of_rows else []),
        Figure("… answers", rate / quick.a_second(BARE), "times", beside, LEAST, is_least=True),
    ]
