"""Choosing tables of a generated schema of 2,000 tables: how many of the needed ones are chosen."""

import sqlite3
import time
from contextlib import closing
from pathlib import Path

from figure import Figure, Section, percentile, spread
from large_schema import large_schema
from workplace import Workplace

from tools.sql.ddl import create_statements
from tools.sql.link import SchemaLinker
from tools.sql.run import Database
from tools.sql.schema import Schema, Table

TOKENS = 3_000
ROWS = 100


def measure(place: Workplace) -> Section:
    """Recall, time and size of what a prompt would show."""
    schema, asked = large_schema()
    place.say(f"indexing {len(schema.tables)} tables, then {len(asked)} questions")
    began = time.perf_counter()
    linker = SchemaLinker.of(schema)
    indexed = time.perf_counter() - began
    seconds: list[float] = []
    sizes: list[float] = []
    found = needed = 0
    for question in asked:
        began = time.perf_counter()
        narrowed = linker.narrow(question.question, tokens=TOKENS)
        seconds.append(time.perf_counter() - began)
        sizes.append(len(create_statements(narrowed)) / 3)
        found += len({table.name for table in narrowed.tables} & set(question.needed))
        needed += len(question.needed)
    place.say("writing them into a SQLite file, and looking at it")
    looked = _look(_write(place.scratch / "large.sqlite", schema))
    how = f"{len(asked)} questions that need {needed} tables, one to three each"
    return Section(
        "Linking a large schema",
        f"A generated schema of {len(schema.tables):,} tables "
        "(`tests/standin/large_schema.py`), by words alone.",
        [
            Figure("Needed tables that are not among the 15", 100 - 100 * found / needed, "%", how, 5),
            *spread("Choosing", seconds, "the same questions", target=100),
            Figure("Largest schema in a prompt", percentile(sizes, 100), "tokens", "three characters a token", 4000),
            Figure("Indexing, once for a schema", indexed, "s", "all tables"),
            Figure("First look at a SQLite file of them", looked, "s", f"{ROWS} rows a table: columns, keys, few values, dates; before the first question"),
        ],
    )  # fmt: skip


def _look(path: Path) -> float:
    with closing(Database.open(f"sqlite:///{path}")) as database:
        began = time.perf_counter()
        database.schema()
        return time.perf_counter() - began


def _write(path: Path, schema: Schema) -> Path:
    with closing(sqlite3.connect(path)) as connection, connection:
        for table in schema.tables:
            keys = ", ".join(
                f'FOREIGN KEY ("{key.columns[0]}") REFERENCES "{key.referred_table}" ("id")'
                for key in table.foreign_keys
            )
            columns = ", ".join(f'"{column.name}" {column.type}' for column in table.columns)
            connection.execute(
                f'CREATE TABLE "{table.name}" ({", ".join(filter(None, (columns, keys)))})'
            )
            values = ", ".join("?" * len(table.columns))
            rows = (_row(table, number) for number in range(ROWS))
            connection.executemany(f'INSERT INTO "{table.name}" VALUES ({values})', rows)  # noqa: S608  # names of ours
    return path


def _row(table: Table, number: int) -> list[object]:
    """A few values where the schema names some, days in a column of time, else many of all."""
    return [
        column.samples[number % len(column.samples)] if column.samples
        else f"2026-03-{1 + number % 28:02}" if column.name.endswith("_at")
        else number if column.type == "bigint"
        else f"{column.name} {number}"
        for column in table.columns
    ]  # fmt: skip
