"""The tools alone: taking documents in, searching them, and the gate in front of a database."""

import asyncio
import itertools
import sqlite3
import time
from collections.abc import Iterable
from contextlib import closing
from statistics import median

from figure import Figure, Section, percentile, spread
from pydantic import SecretStr
from workplace import Workplace

from serving.auth.local import LOCAL
from serving.cli.demonstration import sample_folder
from serving.config.data import ThreadsSettings
from serving.config.settings import Settings
from serving.parts.assembly import open_parts
from serving.parts.databases import DEMO_DATABASE, open_database
from serving.parts.documents import open_store
from serving.parts.library import DocumentLibrary
from tools.sql.run import Database

RUNS = 3
SEARCHES = 200
STATEMENTS = 300


def measure(place: Workplace) -> Section:
    """Ingestion, search and the gate on the sample data."""
    return Section(
        "The tools alone",
        "No graph and no model around them.",
        [*_ingestion(place), *asyncio.run(_search(place)), *_gate(place)],
    )


def _ingestion(place: Workplace) -> list[Figure]:
    place.say("ingesting the sample documents")
    runs = [_ingest_once(place, run) for run in range(RUNS)]
    seconds = median(run[0] for run in runs)
    _, files, passages = runs[0]
    how = (
        f"{files} Markdown, HTML, PDF and DOCX files into an empty store, flushed; median of {RUNS}"
    )
    return [
        Figure("Ingestion, files", files / seconds, "files/s", how),
        Figure("Ingestion, passages", passages / seconds, "passages/s", f"{passages} passages"),
    ]


def _ingest_once(place: Workplace, run: int) -> tuple[float, int, int]:
    with open_store(Settings(data=place.scratch / f"ingested-{run}")) as store:
        began = time.perf_counter()
        outcomes = DocumentLibrary(store).ingest(
            [sample_folder() / "documents"], collection="default"
        )
        seconds = time.perf_counter() - began
    return seconds, len(outcomes), sum(outcome.passages for outcome in outcomes)


async def _search(place: Workplace) -> list[Figure]:
    place.say(f"{SEARCHES} searches")
    threads = ThreadsSettings(uri=SecretStr(str(place.scratch / "tools.db")))
    questions = place.questions("documents")
    seconds: list[float] = []
    async with open_parts(Settings(data=place.data, threads=threads)) as parts:
        await parts.search.search(questions[0], caller=LOCAL, collections=None, limit=6)
        for question in itertools.islice(itertools.cycle(questions), SEARCHES):
            began = time.perf_counter()
            await parts.search.search(question, caller=LOCAL, collections=None, limit=6)
            seconds.append(time.perf_counter() - began)
    how = f"{SEARCHES} BM25 searches for the sample's documents questions, 6 passages each"
    return spread("Search", seconds, how)


def _gate(place: Workplace) -> list[Figure]:
    place.say(f"{2 * STATEMENTS} statements through the gate")
    statements = list(itertools.islice(itertools.cycle(place.gold_statements()), STATEMENTS))
    # A comment makes the text new to the gate and leaves the engine the same work.
    never_seen = [f"{sql} /* {number} */" for number, sql in enumerate(statements)]
    path = place.data / DEMO_DATABASE
    database = open_database(f"sqlite:///{path}")
    with closing(database), closing(sqlite3.connect(f"file:{path}?mode=ro", uri=True)) as bare:
        _overheads(database, bare, statements)
        new = _overheads(database, bare, never_seen)
        known = _overheads(database, bare, statements)
    how = "`Database.run` less the same statement on a bare `sqlite3` connection, the sample's gold SQL"
    return [
        Figure("Gate, a new statement, p50", 1000 * percentile(new, 50), "ms", how),
        Figure("Gate, a known statement, p50", 1000 * percentile(known, 50), "ms", "the same"),
    ]


def _overheads(
    database: Database, bare: sqlite3.Connection, statements: Iterable[str]
) -> list[float]:
    overheads: list[float] = []
    for sql in statements:
        began = time.perf_counter()
        bare.execute(sql).fetchall()
        between = time.perf_counter()
        database.run(sql, caller=LOCAL)
        overheads.append(time.perf_counter() - between - (between - began))
    return overheads
