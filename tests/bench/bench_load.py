"""Many clients at once, on a service whose model answers at once and on one that takes 200 ms."""

import asyncio
import itertools
import time
from collections.abc import Iterator

from figure import Figure, Section, percentile
from served import Served, ask_on, served
from workplace import Workplace

CLIENTS = (1, 10, 50, 200)
LATENCIES_S = (0.0, 0.2)
FEWEST_TURNS = 60
TURNS_A_CLIENT = 3


def measure(place: Workplace) -> Section:
    """Every number of clients at either latency; one failed turn ends it."""
    figures: list[Figure] = []
    for latency_s in LATENCIES_S:
        with served(place, f"load-{latency_s}", latency_s=latency_s) as service:
            for clients in CLIENTS:
                figures += _load(place, service, clients, latency_s)
    return Section(
        "Under load",
        "`docsql serve`, the stand-in of TGI and the clients on the same cores; half of the "
        "questions go to the database (3 model calls), half to the documents (2). Not one turn "
        "failed: one that did would have ended the measurement.",
        figures,
    )


def _load(place: Workplace, service: Served, clients: int, latency_s: float) -> Iterator[Figure]:
    turns = max(FEWEST_TURNS, TURNS_A_CLIENT * clients)
    model = f"model {1000 * latency_s:g} ms"
    place.say(f"{turns} turns from {clients} clients, {model}")
    left = itertools.count(turns, -1)
    began = time.perf_counter()
    seconds = asyncio.run(ask_on(service.url, clients, lambda: next(left) > 0))
    whole = time.perf_counter() - began
    name = f"{clients} client{'s' if clients > 1 else ''}, {model}"
    yield Figure(f"{name}: throughput", turns / whole, "turns/s", f"{turns} turns")
    yield Figure("… turn, p95", 1000 * percentile(seconds, 95), "ms", "the same")
    yield Figure("… resident memory after", service.process.resident_mb(), "MB", "`VmRSS`")
