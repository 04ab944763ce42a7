"""Choosing tables of a generated schema of 2,000 tables: how many of the needed ones are chosen."""

import time

from figure import Figure, Section, percentile, spread
from large_schema import large_schema
from workplace import Workplace

from tools.sql.ddl import create_statements
from tools.sql.link import Linker

TOKENS = 3_000


def measure(place: Workplace) -> Section:
    """Recall, time and size of what a prompt would show."""
    schema, asked = large_schema()
    place.say(f"indexing {len(schema.tables)} tables, then {len(asked)} questions")
    began = time.perf_counter()
    linker = Linker.of(schema)
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
        ],
    )  # fmt: skip
