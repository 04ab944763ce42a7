"""The embedded SQL writer: a question on a warm schema, and what it knows of a large database's values."""

import asyncio
import sqlite3
import time
import tracemalloc
from contextlib import closing
from pathlib import Path

from figure import Figure, Section, percentile
from workplace import Workplace

from agent.drafts import SqlDraft
from agent.toolbox import SqlTask
from serving.models.embedded.choose.cache import Readers
from serving.models.embedded.sql_writer import EmbeddedSqlWriter
from tools.caller import Caller
from tools.sql.run import Database

ROUNDS = 5
CUSTOMERS, ORDERS = 20_000, 80_000
ASKED = "How many orders of customers in Bristol were cancelled per year?"
SCRIPT = """
CREATE TABLE customers (
    id INTEGER PRIMARY KEY, name TEXT NOT NULL, city TEXT NOT NULL, email TEXT NOT NULL
);
CREATE TABLE orders (
    id INTEGER PRIMARY KEY, customer_id INTEGER NOT NULL REFERENCES customers (id),
    status TEXT NOT NULL, note TEXT NOT NULL, ordered_on DATE NOT NULL
);
"""
CITIES = ("Bristol", "Leeds", "York", "Hull", "Derby")
STATES = ("open", "sent", "cancelled")
BENCH = Caller("bench")
MEGABYTE = 1_000_000


def measure(place: Workplace) -> Section:
    """Time a question takes, with its candidates tried, and time and memory of the index of values."""
    place.say(
        f"writing {CUSTOMERS + ORDERS:,} rows, reading their values, then the demo's questions"
    )
    large = _write(place.scratch / "values.sqlite")
    indexed, known, sampled = asyncio.run(_index(large))
    walls, works = asyncio.run(_ask(place.data / "demo.sqlite", place.questions("sql")))
    how = f"{len(walls)} questions of the demo, each written and its three best readings run"
    rows = f"{CUSTOMERS + ORDERS:,} rows, 5 text columns of which {sampled} hold more values than the cap"
    return Section(
        "The embedded SQL writer",
        "No language model: `EmbeddedSqlWriter.write` in process. How often it is right is measured "
        "with `docsql eval sql`, see embedded-models.md.",
        [
            Figure("A question on a warm schema, p50", percentile(walls, 50), "ms", how),
            Figure("A question on a warm schema, p95", percentile(walls, 95), "ms", "the same", 100),
            Figure("… the work of one core in it, p95", percentile(works, 95), "ms", "the same, CPU time"),
            Figure("Reading the values of a database, once", indexed, "s", rows, 3),
            Figure("What is known of it, at its most", known, "MB", "allocated by Python meanwhile", 150),
        ],
    )  # fmt: skip


async def _index(path: Path) -> tuple[float, float, int]:
    """Seconds and megabytes of reading the values, and the columns that hold more than were read."""
    with closing(Database.open(f"sqlite:///{path}", name="large", row_cap=ORDERS)) as database:
        began = time.perf_counter()
        reader = await Readers().of(database, BENCH, ASKED)
        seconds = time.perf_counter() - began
        tracemalloc.start()
        await Readers().of(database, BENCH, ASKED)
        _, most = tracemalloc.get_traced_memory()
        tracemalloc.stop()
    return seconds, most / MEGABYTE, len(reader.values.sampled)


async def _ask(path: Path, questions: list[str]) -> tuple[list[float], list[float]]:
    """Milliseconds that each question took, and those that a core worked for it."""
    writer, walls, works = EmbeddedSqlWriter(), list[float](), list[float]()
    with closing(Database.open(f"sqlite:///{path}", name="demo")) as database:
        await writer.write(SqlTask(questions[0], database, BENCH))
        for question in questions * ROUNDS:
            began, worked = time.perf_counter(), time.process_time()
            written = await writer.write(SqlTask(question, database, BENCH))
            walls.append(1000 * (time.perf_counter() - began))
            works.append(1000 * (time.process_time() - worked))
            if not isinstance(written, SqlDraft):
                raise RuntimeError(f"The writer declined {question!r}: {written.reason}")
    return walls, works


def _write(path: Path) -> Path:
    with closing(sqlite3.connect(path)) as connection, connection:
        connection.executescript(SCRIPT)
        customers = (
            (n, f"Customer {n} Holdings", CITIES[n % 5], f"c{n}@example.org")
            for n in range(CUSTOMERS)
        )
        orders = (
            (n, n % CUSTOMERS, STATES[n % 3], f"call gate {n} first", f"20{20 + n % 6}-03-01")
            for n in range(ORDERS)
        )
        connection.executemany("INSERT INTO customers VALUES (?, ?, ?, ?)", customers)
        connection.executemany("INSERT INTO orders VALUES (?, ?, ?, ?, ?)", orders)
    return path
