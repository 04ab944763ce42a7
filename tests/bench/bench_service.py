"""What the whole service adds to a language model that takes its time, and to one that takes none."""

import json
import os
import sys
import time
from collections.abc import Generator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import httpx
from figure import Figure, Section, percentile
from workplace import BIN, Process, Workplace, answers, free_ports, process

HERE = Path(__file__).parent
TURNS = 30
FIRST_TOKEN_S = 0.2
ASKED = {
    "Database": ("How many customers do we have?", 3),
    "Documents": ("What is the restocking fee for an opened server?", 2),
}
LIMIT_S = 60.0


@dataclass(frozen=True, slots=True)
class Turn:
    """Seconds until the first token and until the end."""

    first: float
    whole: float


def measure(place: Workplace) -> Section:
    """Turns over HTTP at 200 ms to each first token, then the processor time at none."""
    with _service(place, FIRST_TOKEN_S) as (_, url):
        slow = {kind: _turns(place, url, asked) for kind, (asked, _) in ASKED.items()}
    with _service(place, 0.0) as (service, url):
        busy = {kind: _busy(place, service, url, asked) for kind, (asked, _) in ASKED.items()}
    figures = [figure for kind in ASKED for figure in _figures(kind, slow[kind], busy[kind])]
    return Section(
        "The whole service beside a language model",
        "`docsql serve` and a stand-in of TGI as processes of their own, `/agent/stream` from a "
        "third; the stand-in waits before the first token of each reply.",
        figures,
    )


@contextmanager
def _service(place: Workplace, first_token_s: float) -> Generator[tuple[Process, str]]:
    (port,) = free_ports(1)
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
    }
    with process(argv, paths, folder=scratch / "stand-in") as server:
        server.wait_for(lambda: answers(f"{url}/health"))
        with process([BIN / "docsql", "serve"], settings, folder=scratch / "serve") as service:
            told = place.data / "service.json"
            service.wait_for(told.is_file)
            address = str(json.loads(told.read_text(encoding="utf-8"))["url"])
            service.wait_for(lambda: answers(f"{address}/health"))
            yield service, address


def _turns(place: Workplace, url: str, question: str) -> list[Turn]:
    place.say(f"{TURNS} turns of the service: {question}")
    with httpx.Client(base_url=url, timeout=LIMIT_S, trust_env=False) as client:
        _turn(client, question)
        return [_turn(client, question) for _ in range(TURNS)]


def _turn(client: httpx.Client, question: str) -> Turn:
    began, first, last = time.perf_counter(), 0.0, ""
    body = {"input": {"question": question}}
    with client.stream("POST", "/agent/stream", json=body) as reply:
        for line in reply.iter_lines():
            if not first and '"event":"token"' in line:
                first = time.perf_counter() - began
            last = line if line.startswith("data:") and "{" in line else last
    if '"status":"answered"' not in last:
        raise RuntimeError(f"The turn went astray: {last}")
    return Turn(first, time.perf_counter() - began)


def _busy(place: Workplace, service: Process, url: str, question: str) -> float:
    """Seconds of processor time that one answer takes."""
    with httpx.Client(base_url=url, timeout=LIMIT_S, trust_env=False) as client:
        _turn(client, question)
        before = _processor_s(service)
        place.say(f"{TURNS} turns at no latency: {question}")
        for _ in range(TURNS):
            _turn(client, question)
    return (_processor_s(service) - before) / TURNS


def _processor_s(service: Process) -> float:
    """User and system time of the process (proc_pid_stat(5), fields 14 and 15)."""
    stat = Path(f"/proc/{service.running.pid}/stat").read_text(encoding="ascii")
    fields = stat.rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def _figures(kind: str, turns: Sequence[Turn], busy: float) -> list[Figure]:
    calls = ASKED[kind][1]
    ideal = calls * FIRST_TOKEN_S
    whole = percentile([turn.whole for turn in turns], 50)
    first = percentile([turn.first for turn in turns], 50)
    sequence = f"{calls} model calls in sequence at {1000 * FIRST_TOKEN_S:g} ms"
    how = f"p50 of {TURNS} turns, {sequence} taken off"
    return [
        Figure(f"{kind} turn, what we add", 1000 * (whole - ideal), "ms", how, 20),
        Figure("… first token over the ideal", first / ideal, "times", sequence, 1.05),
        Figure("… processor time", 1000 * busy, "ms", "at no latency, of the service alone", 20),
    ]
