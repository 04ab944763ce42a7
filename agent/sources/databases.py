"""What is said of the databases: their tables, their columns, and what a name stands for."""

import re
from collections.abc import Iterator, Mapping, Sequence

from agent.sources.names import name_phrase, names_of
from agent.sources.phrases import how_many, listed
from tools.sql.days import Days
from tools.sql.schema import Column, ForeignKey, Schema, Table

MOST_TABLES = 40
"""Tables of a database that an answer lists."""
_MOST_VALUES = 8
NONE = "No database is connected."


def tell_databases(described: Mapping[str, str], schemas: Mapping[str, Schema]) -> str:
    """Each database with its tables; one without a schema cannot be reached now.

    `described` has all connected ones with what their operators say of them.
    """
    if not described:
        return NONE
    told = [_database(name, text, schemas.get(name)) for name, text in described.items()]
    head = f"{how_many(len(described), 'database')} {'is' if len(described) == 1 else 'are'} connected."
    return "\n\n".join([head, *told])


def tell_tables(names: Sequence[str], schemas: Mapping[str, Schema]) -> str:
    """The tables of these names with their columns, and how they hang together."""
    tables = [table for name in names for table in _tables(name, schemas)]
    if not tables:
        return tell_terms(names, schemas)
    parts = [_table(table) for table in dict.fromkeys(tables)]
    others = [table for schema in schemas.values() for table in schema.tables]
    keys = _between(tables, others) if len(tables) > 1 else []
    return "\n\n".join([*parts, *(["\n".join(keys)] if keys else [])])


def tell_terms(terms: Sequence[str], schemas: Mapping[str, Schema]) -> str:
    """What each term names in the databases; empty where it names nothing."""
    return "\n\n".join(filter(None, (_term(term, schemas) for term in terms)))


def tell_days(days: Sequence[Days]) -> str:
    """The first and the last day of each column of dates, a line a table."""
    tables = dict.fromkeys(each.table for each in days)
    return "\n".join(f"- {name}: {_spans(name, days)}" for name in tables)


def _spans(table: str, days: Sequence[Days]) -> str:
    own = (each for each in days if each.table == table)
    return "; ".join(f"{each.column} from {each.first} to {each.last}" for each in own)


def _database(name: str, text: str, schema: Schema | None) -> str:
    said = f": {text.strip().rstrip('.')}" if text.strip() else ""
    if schema is None:
        return f"**{name}**{said}. It cannot be reached now."
    tables = schema.tables
    lines = [f"- **{each.name}**{_rows(each)}{_about(each)}" for each in tables]
    more = len(tables) - MOST_TABLES
    rest = [f"- … and {more:,} more"] if more > 0 else []
    head = f"**{name}**{said}. It has {how_many(len(tables), 'table')}:"
    return "\n".join([head, "", *lines[:MOST_TABLES], *rest])


def _table(table: Table) -> str:
    kind = "view" if table.is_view else "table"
    head = f"The {kind} **{table.name}**{_rows(table)}{_about(table)}"
    keys = [_key(table.name, key) for key in table.foreign_keys]
    return "\n".join([head, "", *map(_column, table.columns), *(["", *keys] if keys else [])])


def _column(column: Column) -> str:
    return f"- {column.name}{_about(column)}{_holds(column)}"


def _holds(column: Column) -> str:
    if column.range:
        return f" (from {column.range[0]} to {column.range[1]})"
    if column.samples and not column.meaning.codes:
        return f" (values: {listed(column.samples, _MOST_VALUES)})"
    return ""


def _between(tables: Sequence[Table], schema: Sequence[Table]) -> list[str]:
    """The keys that lead from one of these tables to another, or meet in a table between them."""
    names = {table.name for table in tables}
    told: list[str] = []
    for table in schema:
        keys = [key for key in table.foreign_keys if key.referred_table in names]
        reached = {key.referred_table for key in keys}
        if table.name in names or len(reached) > 1:
            told += [_key(table.name, key) for key in keys]
    return told


def _key(table: str, key: ForeignKey) -> str:
    own = ", ".join(f"{table}.{name}" for name in key.columns)
    other = ", ".join(f"{key.referred_table}.{name}" for name in key.referred_columns)
    return f"{own} refers to {other}."


def _tables(name: str, schemas: Mapping[str, Schema]) -> Iterator[Table]:
    for schema in schemas.values():
        for table in schema.tables:
            if name.lower() == table.name.lower() or _is_called(name, table):
                yield table


def _is_called(term: str, table: Table) -> bool:
    """Whether people call the table so; the last word of its name will do."""
    known = {name_phrase(name) for name in names_of(table.own_name, table.meaning)}
    return name_phrase(term) in known | {name_phrase(table.own_name)[-1:]}


def _term(term: str, schemas: Mapping[str, Schema]) -> str:
    lines = [line for name, schema in schemas.items() for line in _places(term, name, schema)]
    return f"“{term}” here:\n\n" + "\n".join(lines) if lines else ""


def _places(term: str, database: str, schema: Schema) -> Iterator[str]:
    """Where a term stands in a schema: a figure, a table, a column, a stored value."""
    for metric in schema.glossary.metrics:
        if name_phrase(term) in map(name_phrase, (metric.name, *metric.names)):
            yield f"- a figure of {database}: {metric.in_words()}"
    for table in schema.tables:
        if _is_called(term, table):
            yield f"- the table {table.name} of {database}{_about(table)}"
    for table in schema.tables:
        yield from _places_in(term, table)


def _places_in(term: str, table: Table) -> Iterator[str]:
    defined = re.compile(rf"\b{re.escape(term)} is\b", re.IGNORECASE)
    if defined.search(table.comment):
        yield f"- said of the table {table.name}: {table.comment}"
    for column in table.columns:
        where = f"{table.name}.{column.name}"
        known = map(name_phrase, names_of(column.name, column.meaning))
        held = (*column.samples, *column.meaning.values)
        if name_phrase(term) in known:
            yield f"- the column {where}{_about(column)}{_holds(column)}"
        elif term.lower() in (value.lower() for value in held):
            yield f"- a value of the column {where}{_about(column)}"
        elif defined.search(column.comment):
            yield f"- said of the column {where}: {column.comment}"


def _rows(table: Table) -> str:
    return "" if table.rows is None else f" ({how_many(table.rows, 'row')})"


def _about(part: Table | Column) -> str:
    """What a semantic model and the database's own comment say of a table or column."""
    name = part.own_name if isinstance(part, Table) else part.name
    said = [*part.meaning.in_words(name), part.comment.strip()]
    return "".join(
        f"{mark}{text}"
        for mark, text in zip([": ", *["; "] * len(said)], filter(None, said), strict=False)
    )
