"""One, two and four workers at one address, in front of PostgreSQL and a stand-in of Milvus."""

import asyncio
import os
import time
from collections.abc import Generator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from multiprocessing import get_context
from pathlib import Path

from bench_http import ask_in_turns, mixed_questions, service_url
from database_servers import postgres_server
from figure import Breakdown, Figure, Section, percentile, written
from milvus_server import milvus_server
from rich.console import Console
from workplace import BIN, Workplace, process

from serving.cli.demonstration import load_sample
from serving.config.data import DocumentsSettings
from serving.config.settings import Settings

WORKERS = (1, 2, 4)
CLIENTS = 12
WARM_UP, LOAD = 240, 480
_TICKS_A_SECOND = os.sysconf("SC_CLK_TCK")


@dataclass(frozen=True, slots=True)
class Load:
    """Turns under load: their seconds, and the processor's for a turn in the workers and behind."""

    seconds: Sequence[float]
    a_second: float
    busy: float
    behind: float
    resident_mb: float


def measure(place: Workplace) -> Section:
    """The same load on each number of workers."""
    with _shared_parts(place) as settings:
        loads = {count: _loaded(place, settings, count) for count in WORKERS}
    cores, first = len(os.sched_getaffinity(0)), loads[WORKERS[0]]
    return Section(
        "Several workers",
        "`docsql serve --workers N` with the embedded models, threads in PostgreSQL, and Milvus Lite's "
        f"own server process in Milvus' place. {CLIENTS} clients ask all kinds of questions. Clients, "
        f"workers and servers share the {cores} cores of the machine, so throughput grows until these "
        "are busy. The processor time of a turn says what more cores would give.",
        [figure for count in WORKERS for figure in _figures(count, loads[count], first)],
        Breakdown(
            "Processor time of a turn in ms, and what the cores of the machine could answer of it:",
            ("workers", "the workers", "PostgreSQL and Milvus' stand-in", "turns/s and core"),
            [_row(count, loads[count]) for count in WORKERS],
        ),
    )


@contextmanager
def _shared_parts(place: Workplace) -> Generator[dict[str, str]]:
    """Settings with a server behind each part, and the sample in them."""
    data = place.scratch / "workers"
    passages = place.scratch / "milvus"
    passages.mkdir()
    with postgres_server() as database, milvus_server(passages) as milvus:
        # In a process of its own: pymilvus keeps its connection open, and pings it for too long.
        with get_context("spawn").Pool(1) as loader:
            loader.apply(_load, (data, milvus))
        yield {
            "DOCSQL_DATA": str(data),
            "DOCSQL_SERVICE__PORT": "0",
            "DOCSQL_DOCUMENTS__URI": milvus,
            "DOCSQL_THREADS__URI": f"postgresql://postgres@127.0.0.1:{database.port}/postgres",
        }


def _load(data: Path, milvus: str) -> None:
    documents = DocumentsSettings(uri=milvus)
    load_sample(Settings(data=data, documents=documents), Console(quiet=True))


def _loaded(place: Workplace, settings: Mapping[str, str], count: int) -> Load:
    place.say(f"{WARM_UP} and {LOAD} turns from {CLIENTS} clients: {_named(count)}")
    argv, folder = [BIN / "docsql", "serve", "--workers", str(count)], place.scratch / f"w{count}"
    with process(argv, settings, folder=folder) as service:
        url = service_url(Path(settings["DOCSQL_DATA"]), service)
        questions = mixed_questions(place)
        asyncio.run(ask_in_turns(url, questions, clients=CLIENTS, turns=WARM_UP))
        before, began = _family_s(service.running.pid), time.perf_counter()
        seconds = asyncio.run(ask_in_turns(url, questions, clients=CLIENTS, turns=LOAD))
        whole, after = time.perf_counter() - began, _family_s(service.running.pid)
        busy, behind = ((now - then) / LOAD for then, now in zip(before, after, strict=True))
        return Load(seconds, LOAD / whole, busy, behind, _resident_mb(service.running.pid))


def _family_s(service: int) -> tuple[float, float]:
    """Seconds of processor of the service's processes, and of what else was started here."""
    ours, all_ = _descended(service), _descended(os.getpid()) - {os.getpid()}
    return sum(map(_processor_s, ours)), sum(map(_processor_s, all_ - ours))


def _descended(root: int) -> set[int]:
    """A process with its children and theirs."""
    parents = dict[int, int]()
    for each in Path("/proc").glob("[0-9]*"):
        if fields := _stat(int(each.name)):
            parents[int(each.name)] = int(fields[1])
    found, last = {root}, set[int]()
    while found != last:
        last, found = found, found | {pid for pid, parent in parents.items() if parent in found}
    return found


def _processor_s(pid: int) -> float:
    """Seconds of processor of a process, and of its children that have ended (proc_pid_stat(5))."""
    return sum(map(int, _stat(pid)[11:15])) / _TICKS_A_SECOND


def _stat(pid: int) -> list[str]:
    """The fields behind the name, which may have spaces in it; none where the process has ended."""
    try:
        return Path(f"/proc/{pid}/stat").read_text(encoding="utf-8").rpartition(")")[2].split()
    except OSError:
        return []


def _resident_mb(service: int) -> float:
    """Resident memory of all processes of a service; what they share counts once for each."""
    pages = sum(int(fields[21]) for pid in _descended(service) if (fields := _stat(pid)))
    return pages * os.sysconf("SC_PAGE_SIZE") / 1e6


def _figures(count: int, load: Load, first: Load) -> list[Figure]:
    name = _named(count)
    how = f"{LOAD} turns of all kinds from {CLIENTS} clients, warm"
    times = Figure("… of one worker's", load.a_second / first.a_second, "times", "in this run")
    return [
        Figure(f"{name}, throughput", load.a_second, "turns/s", how),
        *([] if load is first else [times]),
        Figure("… turn, p95", 1000 * percentile(load.seconds, 95), "ms", "the same"),
        Figure("… resident memory", load.resident_mb, "MB", "`rss` of all its processes"),
    ]


def _named(count: int) -> str:
    return f"{count} worker{'s' if count > 1 else ''}"


def _row(count: int, load: Load) -> list[str]:
    whole = load.busy + load.behind
    return [str(count), *(written(1000 * s) for s in (load.busy, load.behind)), written(1 / whole)]
