"""Overhead of a turn: a stand-in that answers at once replaces the model."""

import asyncio
import sys
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx
from bench_turns import timed
from figure import Figure, Section, percentile
from pydantic import SecretStr
from workplace import Workplace, answers, free_ports, process

from serving.config.data import ThreadsSettings
from serving.config.models import ChatSettings
from serving.config.settings import Settings
from serving.parts.assembly import Parts, open_parts
from serving.wire.question import Question

HERE = Path(__file__).parent
TURNS = 100
ASKED = {
    "database": ("sql", "How many customers do we have?"),
    "documents": ("documents", "What is the restocking fee for an opened server?"),
}

Bodies = list[dict[str, Any]]


@dataclass(frozen=True, slots=True)
class Overhead:
    """Seconds of turns, and of their model calls alone."""

    turns: Sequence[float]
    calls: Sequence[float]
    calls_a_turn: float


def measure(place: Workplace) -> Section:
    """A database turn and a documents turn over the sum of their model calls."""
    (port,) = free_ports(1)
    url = f"http://127.0.0.1:{port}"
    argv = [sys.executable, HERE / "stand_in_server.py", str(port)]
    settings = {"PYTHONPATH": str(HERE.parent / "standin")}
    with process(argv, settings, folder=place.scratch / "stand-in") as server:
        server.wait_for(lambda: answers(f"{url}/health"))
        found = asyncio.run(_measure(place, url))
    return Section(
        "Beside a language model",
        "The chat model is a stand-in of TGI in another process that answers at once; what a turn "
        "takes longer than its model calls is ours.",
        [figure for kind, overhead in found.items() for figure in _figures(kind, overhead)],
    )


async def _measure(place: Workplace, url: str) -> dict[str, Overhead]:
    threads = ThreadsSettings(uri=SecretStr(str(place.scratch / "models.db")))
    settings = Settings(
        data=place.data, chat=ChatSettings(url=url, tools="guided"), threads=threads
    )
    async with open_parts(settings) as parts:
        return {kind: await _overhead(place, parts, url, kind) for kind in ASKED}


async def _overhead(place: Workplace, parts: Parts, url: str, kind: str) -> Overhead:
    place.say(f"{TURNS} turns with the stand-in of TGI: {kind}")
    route, question = ASKED[kind]
    _, answer = await timed(parts, Question(question=question))
    if (answer.route, answer.status) != (route, "answered"):
        raise RuntimeError(f"The stand-in's turn went astray: {answer.model_dump_json(indent=2)}")
    async with httpx.AsyncClient(base_url=url, trust_env=False, timeout=30) as client:
        await client.get("/requests")
        turns = [(await timed(parts, Question(question=question)))[0] for _ in range(TURNS)]
        bodies: Bodies = (await client.get("/requests")).json()
        a_turn = len(bodies) // TURNS
        calls = [
            await _replay(client, bodies[first : first + a_turn])
            for first in range(0, len(bodies), a_turn)
        ]
    return Overhead(turns, calls, a_turn)


async def _replay(client: httpx.AsyncClient, bodies: Bodies) -> float:
    """Seconds that the model calls of one turn take on their own."""
    began = time.perf_counter()
    for body in bodies:
        (await client.post("/v1/chat/completions", json=body)).raise_for_status()
    return time.perf_counter() - began


def _figures(kind: str, overhead: Overhead) -> list[Figure]:
    turn, calls = (1000 * percentile(seconds, 50) for seconds in (overhead.turns, overhead.calls))
    return [
        Figure(
            f"{kind.capitalize()} turn, whole, p50",
            turn,
            "ms",
            f"{TURNS} turns in process, {overhead.calls_a_turn:g} model calls each",
        ),
        Figure("… its model calls alone, p50", calls, "ms", "the same bodies sent by bare httpx"),
        Figure("… what we add", turn - calls, "ms", "the difference"),
    ]
