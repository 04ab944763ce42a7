"""Our own time in one turn: the embedded models, warm, threads in SQLite."""

import asyncio
import sqlite3
import time
from collections.abc import Sequence
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path

from figure import Breakdown, Figure, Section, percentile, spread, written
from pydantic import SecretStr
from workplace import Workplace

from serving.auth.local import LOCAL
from serving.config.data import ThreadsSettings
from serving.config.settings import Settings
from serving.parts.assembly import Parts, open_parts
from serving.wire.answer import Answer
from serving.wire.question import Question

TURNS = 200
FOLLOW_UPS = 50
KINDS = {
    "sql": "database question",
    "documents": "documents question",
    "both": "question for both",
    "chat": "small talk",
}
TARGETS_MS = {"sql": 25, "documents": 60}
OPENING, FOLLOWING = "How many orders were placed in 2025?", ("and in 2024?", "and in 2025?")


@dataclass(frozen=True, slots=True)
class Series:
    """The turns of one kind; `bytes` is what each left in the threads' file."""

    seconds: Sequence[float]
    answers: Sequence[Answer]
    bytes: float


def measure(place: Workplace) -> Section:
    """200 turns of each kind, and one thread that grows."""
    return asyncio.run(_measure(place))


async def _measure(place: Workplace) -> Section:
    threads = place.scratch / "turns.db"
    settings = Settings(data=place.data, threads=ThreadsSettings(uri=SecretStr(str(threads))))
    async with open_parts(settings) as parts:
        series: dict[str, Series] = {}
        for route, name in KINDS.items():
            place.say(f"{TURNS} turns: {name}")
            questions = await routed(parts, place.questions(route), route)
            series[route] = await _series(parts, questions, threads)
        place.say(f"one thread of {FOLLOW_UPS} follow-ups")
        thread = await _follow_ups(parts, threads)
    figures = [figure for route in KINDS for figure in _figures(route, series[route])]
    return Section(
        "Our own time in one turn",
        "The whole path through the graph, with checkpoints and evidence written to SQLite; the "
        "embedded models' own work, which a language model would do, is part of it.",
        [*figures, *_thread_figures(thread)],
        _by_step(series),
    )


async def routed(parts: Parts, questions: Sequence[str], route: str) -> list[str]:
    """Those that take the route, each asked once: what is measured afterwards is warm."""
    asked = [(await parts.turns.answer(Question(question=q), LOCAL), q) for q in questions]
    return [question for answer, question in asked if answer.route == route]


async def _series(parts: Parts, questions: Sequence[str], threads: Path) -> Series:
    before = size_of(threads)
    asked = [Question(question=questions[turn % len(questions)]) for turn in range(TURNS)]
    taken = [await timed(parts, question) for question in asked]
    grown = (size_of(threads) - before) / TURNS
    return Series([seconds for seconds, _ in taken], [answer for _, answer in taken], grown)


async def _follow_ups(parts: Parts, threads: Path) -> Series:
    before = size_of(threads)
    _, opening = await timed(parts, Question(question=OPENING))
    asked = [
        Question(question=FOLLOWING[turn % 2], thread_id=opening.thread_id)
        for turn in range(FOLLOW_UPS)
    ]
    taken = [await timed(parts, question) for question in asked]
    grown = (size_of(threads) - before) / (FOLLOW_UPS + 1)
    return Series([seconds for seconds, _ in taken], [answer for _, answer in taken], grown)


async def timed(parts: Parts, question: Question) -> tuple[float, Answer]:
    """One turn, with its seconds."""
    began = time.perf_counter()
    answer = await parts.turns.answer(question, LOCAL)
    return time.perf_counter() - began, answer


def size_of(database: Path) -> int:
    """Bytes of an SQLite file once its log is written back."""
    with closing(sqlite3.connect(database)) as connection:
        connection.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchall()
    return database.stat().st_size


def _figures(route: str, series: Series) -> list[Figure]:
    name = KINDS[route]
    how = f"{len(series.seconds)} turns in process, each on a new thread, over the sample's own questions"
    return [
        *spread(name.capitalize(), series.seconds, how, TARGETS_MS.get(route)),
        Figure(f"{name.capitalize()}, kept", series.bytes / 1000, "KB a turn", GROWTH),
    ]


GROWTH = "growth of `threads.db`: checkpoint and evidence"


def _thread_figures(thread: Series) -> list[Figure]:
    first, last = thread.seconds[:10], thread.seconds[-10:]
    how = f"one thread: “{OPENING}”, then “{FOLLOWING[0]}” and “{FOLLOWING[1]}” in turn"
    return [
        Figure("Follow-ups 1 to 10, p50", 1000 * percentile(first, 50), "ms", how),
        Figure(
            f"Follow-ups {FOLLOW_UPS - 9} to {FOLLOW_UPS}, p50",
            1000 * percentile(last, 50),
            "ms",
            "the same thread",
        ),
        Figure("Follow-up, kept", thread.bytes / 1000, "KB a turn", GROWTH),
    ]


def _by_step(series: dict[str, Series]) -> Breakdown:
    steps = list(
        dict.fromkeys(s for one in series.values() for a in one.answers for s in a.timings)
    )
    steps = [step for step in steps if step != "total"]
    rows = [[f"`{step}`", *(_median(series[route], step) for route in KINDS)] for step in steps]
    rest = ["graph, checkpoint, evidence", *(_rest(series[route], route) for route in KINDS)]
    return Breakdown(
        "Where the time goes: p50 of each step in ms, as `timings` of the answers say; a "
        "question for both takes its two branches at the same time.",
        ("step", *KINDS.values()),
        [*rows, rest],
    )


def _median(series: Series, step: str) -> str:
    seconds = [answer.timings[step] for answer in series.answers if step in answer.timings]
    return written(1000 * percentile(seconds, 50)) if seconds else ""


def _rest(series: Series, route: str) -> str:
    """Time outside all steps; with parallel branches, steps add up to more than the whole."""
    if route == "both":
        return ""
    left = [2 * answer.timings["total"] - sum(answer.timings.values()) for answer in series.answers]
    return written(1000 * percentile(left, 50))
