"""Cost of storing a conversation, by checkpoint frequency and pruning."""

import asyncio
import time
from collections.abc import AsyncGenerator, Sequence
from contextlib import ExitStack, asynccontextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Literal

import psycopg
from bench_turns import size_of
from database_servers import postgres_server
from figure import Breakdown, Section, percentile, written
from langchain_core.runnables import RunnableConfig
from workplace import Workplace

from agent.caller import CALLER, THREAD
from agent.graph import build_graph
from serving.auth.local import LOCAL
from serving.config.settings import Settings
from serving.conversations.records import KeptTurn, now
from serving.conversations.store import ThreadStore, open_threads
from serving.parts.assembly import Parts, open_parts

TURNS = 40
QUESTIONS = ("How many orders were placed in 2025?", "and in 2024?", "and in 2025?")
TABLES = ("checkpoints", "checkpoint_writes", "checkpoint_blobs", "evidence", "threads", "turns")

Durability = Literal["exit", "async", "sync"]


@dataclass(frozen=True, slots=True)
class Kept:
    """Seconds of the last ten turns of a thread, and bytes that all of it took."""

    seconds: Sequence[float]
    size: float


def measure(place: Workplace) -> Section:
    """One thread of 40 turns for every way of keeping it."""
    with ExitStack() as stack:
        server = stack.enter_context(postgres_server())
        uri = f"postgresql://postgres@127.0.0.1:{server.port}/postgres"
        rows = asyncio.run(
            _all(place, {"SQLite": str(place.scratch / "kept.db"), "PostgreSQL": uri})
        )
    return Section(
        "Keeping a conversation",
        f"One thread of {TURNS} database questions through the graph, the embedded models in "
        "front of it. We write one checkpoint a turn (`exit`), and every tenth turn forget all but "
        "the last.",
        [],
        Breakdown(
            "p50 of turns 31 to 40 in ms, and KB a turn of everything that was kept:",
            ("how", "SQLite, ms", "SQLite, KB", "PostgreSQL, ms", "PostgreSQL, KB"),
            rows,
        ),
    )


async def _all(place: Workplace, stores: dict[str, str]) -> list[list[str]]:
    rows: list[list[str]] = []
    async with open_parts(Settings(data=place.data)) as parts:
        ways: list[tuple[Durability, bool]] = [
            ("exit", True), ("exit", False), ("async", False), ("sync", False)
        ]  # fmt: skip
        for durability, prunes in ways:
            name = f"`{durability}`, {'every tenth turn pruned' if prunes else 'all kept'}"
            cells: list[str] = []
            for store, uri in stores.items():
                place.say(f"{TURNS} turns on one thread in {store}: {name}")
                kept = await _thread(parts, uri, durability, prunes=prunes)
                cells += [written(1000 * percentile(kept.seconds, 50)), written(kept.size / 1000)]
            rows.append([name, *cells])
    return rows


async def _thread(parts: Parts, uri: str, durability: Durability, *, prunes: bool) -> Kept:
    async with _fresh(uri) as threads:
        toolbox = replace(parts.toolbox, ledger=threads)
        graph = build_graph(toolbox, checkpointer=threads.saver)
        thread = f"bench/{durability}-{prunes}"
        config = RunnableConfig(configurable={CALLER: LOCAL, THREAD: thread})
        before, taken = _size(uri), list[float]()
        for turn in range(TURNS):
            began = time.perf_counter()
            question = QUESTIONS[min(turn, 1) + turn % 2 * min(turn, 1)]
            await threads.begin(thread, owner="bench", id_=thread, question=question)
            state = await graph.ainvoke({"question": question}, config, durability=durability)
            kept = KeptTurn(
                f"{thread}{turn}",
                thread,
                "bench",
                now(),
                question,
                state["answer"],
                state["evidence"],
            )
            await threads.keep(kept, is_over=prunes)
            taken.append(time.perf_counter() - began)
        return Kept(taken[-10:], (_size(uri) - before) / TURNS)


@asynccontextmanager
async def _fresh(uri: str) -> AsyncGenerator[ThreadStore]:
    if uri.startswith("postgresql"):
        with psycopg.connect(uri, autocommit=True) as connection:
            connection.execute("DROP SCHEMA public CASCADE")
            connection.execute("CREATE SCHEMA public")
    else:
        for file in Path(uri).parent.glob(f"{Path(uri).name}*"):
            file.unlink()
    async with open_threads(uri) as threads:
        yield threads


def _size(uri: str) -> float:
    if not uri.startswith("postgresql"):
        return size_of(Path(uri))
    with psycopg.connect(uri) as connection:
        total = "SELECT sum(pg_total_relation_size(c)) FROM unnest(%s::regclass[]) c"
        row = connection.execute(total, (list(TABLES),)).fetchone()
        return float(row[0]) if row else 0.0
