"""Ten minutes of turns: whether the service's memory stays where it is."""

import asyncio
import threading
import time
from collections.abc import Sequence

import httpx
from figure import Breakdown, Figure, Section, percentile, written
from served import Served, ask_on, served
from workplace import Workplace

MINUTES = 10.0
CLIENTS = 10
SAMPLE_S = 5.0
WARM = 0.2
"""Share of the time after which everything has been used once and memory ought to stay."""
FLAT_MB_A_MINUTE = 0.5

Sample = tuple[float, float]
"""Minutes since the beginning, and resident memory in MB."""


def measure(place: Workplace) -> Section:
    """Ask on, and look at the memory every five seconds."""
    place.say(f"{CLIENTS} clients for {MINUTES:g} minutes")
    with served(place, "soak", latency_s=0.0) as service:
        seconds, samples = asyncio.run(_soak(service))
    warm = [sample for sample in samples if sample[0] >= WARM * MINUTES]
    how = f"least squares over the samples after {WARM * MINUTES:g} minutes"
    return Section(
        "For ten minutes",
        f"{CLIENTS} clients ask without a pause, each question on a thread of its own; memory is "
        f"`VmRSS` of `docsql serve`, every {SAMPLE_S:g} s.",
        [
            Figure("Turns, none failed", len(seconds), "turns", f"in {MINUTES:g} minutes"),
            Figure("Turn, p95", 1000 * percentile(seconds, 95), "ms", "all of them"),
            Figure("Memory when warm", warm[0][1], "MB", f"after {warm[0][0]:.1f} minutes"),
            Figure("Memory at the end", warm[-1][1], "MB", f"after {warm[-1][0]:.1f} minutes"),
            Figure("Memory, slope", _slope(warm), "MB/min", how, target=FLAT_MB_A_MINUTE),
        ],
        _line(samples),
    )


async def _soak(service: Served) -> tuple[list[float], list[Sample]]:
    began, over = time.monotonic(), threading.Event()
    samples: list[Sample] = []

    def minutes() -> float:
        return (time.monotonic() - began) / 60

    def look() -> None:
        while not over.wait(SAMPLE_S):
            samples.append((minutes(), service.process.resident_mb()))
            # The stand-in remembers what it was asked until somebody wants to know.
            httpx.get(f"{service.model_url}/requests", trust_env=False, timeout=60)

    looking = threading.Thread(target=look)
    looking.start()
    try:
        seconds = await ask_on(service.url, CLIENTS, lambda: minutes() < MINUTES)
    finally:
        over.set()
        looking.join()
    return seconds, samples


def _slope(samples: Sequence[Sample]) -> float:
    """MB a minute, by least squares."""
    middle = sum(minute for minute, _ in samples) / len(samples)
    level = sum(mb for _, mb in samples) / len(samples)
    spread = sum((minute - middle) ** 2 for minute, _ in samples)
    return sum((minute - middle) * (mb - level) for minute, mb in samples) / spread


def _line(samples: Sequence[Sample]) -> Breakdown:
    step = max(1, len(samples) // 10)
    shown = samples[::step]
    return Breakdown(
        "The line of memory:",
        ("minutes", *(f"{minute:.1f}" for minute, _ in shown)),
        [["MB", *(written(mb) for _, mb in shown)]],
    )
