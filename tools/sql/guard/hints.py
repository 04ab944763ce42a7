"""Where a name that a statement has wrong could be; of open tables and columns alone."""

from collections import deque
from collections.abc import Iterable, Iterator, Mapping, Sequence
from difflib import get_close_matches

from sqlglot import exp

from tools.sql.guard.scopes import FromItem
from tools.sql.schema import Schema, Table

_MOST_PLACES, _MOST_JOINS = 3, 4
"""Places named of one column, and tables between a statement and one of them."""
_NEAR, _VERY_NEAR = 0.5, 0.75

Edge = tuple[str, str, tuple[tuple[str, str], ...]]
"""A table that has a key, the one that it refers to, and the pairs of columns that join them."""


def suggest(name: str, known: Sequence[str]) -> str:
    """A sentence with the nearest known names, or with some of them when none is near."""
    by_lower = {entry.lower(): entry for entry in sorted(known) if entry != name}
    near = get_close_matches(name.lower(), by_lower, n=5, cutoff=_NEAR)
    if near:
        return f"Nearest: {', '.join(by_lower[entry] for entry in near)}."
    if not by_lower:
        return "There is none to choose from."
    shown = list(by_lower.values())[:20]
    return f"Choose from: {', '.join(shown)}{', …' if len(by_lower) > len(shown) else ''}."


def suggest_column(
    name: str, among: Sequence[FromItem], read: Sequence[FromItem], schema: Schema
) -> str:
    """Where a column is that is not `among` these sources, and the joins from those that are read.

    Without such a place, the nearest names of those sources.
    """
    if here := _here(name, read):
        return f"Write {' or '.join(here)} instead."
    if places := _places(name, read, schema):
        return f"It is {' or '.join(places)}."
    known = [column for source in among for column in source.columns]
    if not _very_near(name, known):
        everywhere = {c.name.lower(): c.name for t in schema.tables for c in t.columns}
        for near in _very_near(name, everywhere):
            return f"Nearest: {' or '.join(_places(everywhere[near], read, schema))}."
    return suggest(name, known)


def suggest_source(column: exp.Column, read: Sequence[FromItem], schema: Schema) -> str:
    """What is meant by the name before a dot: a table under its alias, or one that is not joined."""
    written = column.table.lower()
    if called := [s.name for s in read if s.table.lower() == written]:
        return f"{column.table} is called {' and '.join(called)} here."
    table = schema.table(column.table)
    if table is not None and (route := _route(read, table.name, schema)):
        return f"Join it: {route}."
    if table is None and (places := _places(column.name, read, schema)):
        return f"The column is {' or '.join(places)}."
    return suggest(column.table, [source.name for source in read])


def suggest_table(name: str, schema: Schema) -> str:
    """The nearest tables, and the columns that have the name."""
    held = [f"{table.name}.{c.name}" for table in schema.tables if (c := table.column(name))]
    as_column = f"It is a column: {', '.join(held[:_MOST_PLACES])}. " if held else ""
    return as_column + suggest(name, [table.name for table in schema.tables])


def stored_as(text: str, schema: Schema) -> str:
    """The first column that is known to hold a text as a value; empty where none is."""
    wanted = text.lower()
    return next(
        (
            f"{table.name}.{column.name}"
            for table in schema.tables
            for column in table.columns
            if any(sample.lower() == wanted for sample in column.samples)
        ),
        "",
    )


def _very_near(name: str, known: Iterable[str]) -> list[str]:
    return get_close_matches(name.lower(), [*map(str.lower, known)], n=1, cutoff=_VERY_NEAR)


def _places(name: str, read: Sequence[FromItem], schema: Schema) -> list[str]:
    """The columns of that name, those that are read first and then by the number of joins."""
    if here := _here(name, read):
        return here
    held = [(table, c) for table in schema.tables if (c := table.column(name))]
    found = [(f"{t.name}.{c.name}", _route(read, t.name, schema)) for t, c in held]
    found.sort(key=lambda place: (not place[1], place[1].count(", ")))
    return [f"{at}; join {route}" if route else at for at, route in found[:_MOST_PLACES]]


def _here(name: str, read: Sequence[FromItem]) -> list[str]:
    """The column under the names of the sources that have it."""
    found = [f"{s.name}.{c}" for s in read for c in s.columns if c.lower() == name.lower()]
    return found[:_MOST_PLACES]


def _route(read: Sequence[FromItem], wanted: str, schema: Schema) -> str:
    """The conditions that join a table to one that is read; empty where no key leads there."""
    names = {source.table: source.name for source in reversed(read) if source.table}
    edges = [*edges_of(schema.tables)]
    waiting = deque[tuple[str, tuple[Edge, ...]]]((table, ()) for table in names)
    seen = set(names)
    while waiting:
        at, path = waiting.popleft()
        if at == wanted:
            return ", ".join(_condition(edge, names) for edge in path)
        for edge in edges if len(path) < _MOST_JOINS else ():
            other = edge[1] if edge[0] == at else edge[0] if edge[1] == at else ""
            if other and other not in seen:
                seen.add(other)
                waiting.append((other, (*path, edge)))
    return ""


def edges_of(tables: Sequence[Table]) -> Iterator[Edge]:
    """The declared keys, then what has the name of another table's only key."""
    for table in tables:
        for key in table.foreign_keys:
            pairs = tuple(zip(key.columns, key.referred_columns, strict=False))
            yield table.name, key.referred_table, pairs
    for other in tables:
        keys = [column.name for column in other.columns if column.primary_key]
        if len(keys) != 1 or keys[0].lower() == "id":
            continue
        for table in tables:
            if table is not other and (own := table.column(keys[0])):
                yield table.name, other.name, ((own.name, keys[0]),)


def _condition(edge: Edge, names: Mapping[str, str]) -> str:
    one, other, pairs = edge
    left, right = names.get(one, one), names.get(other, other)
    return " AND ".join(f"{left}.{a} = {right}.{b}" for a, b in pairs)
