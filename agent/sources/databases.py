"""What is said of the databases: their tables, their columns, and what a name stands for."""

import re
from collections.abc import Iterator, Mapping, Sequence

from agent.sources.names import name_phrase, names_of
from tools.language.telling import IN_ENGLISH, Telling
from tools.sql.days import Days
from tools.sql.schema import Column, ForeignKey, Schema, Table

MOST_TABLES = 40
"""Tables of a database that an answer lists."""
_MOST_VALUES = 8
NONE = "No database is connected."


def tell_databases(
    described: Mapping[str, str], schemas: Mapping[str, Schema], to: Telling = IN_ENGLISH
) -> str:
    """Each database with its tables; one without a schema cannot be reached now.

    `described` has all connected ones with what their operators say of them.
    """
    if not described:
        return to.say(NONE)
    told = [_database(name, text, schemas.get(name), to) for name, text in described.items()]
    counted = to.how_many(len(described), "database")
    is_one = len(described) == 1
    head = "{databases} is connected." if is_one else "{databases} are connected."
    return "\n\n".join([to.say(head, databases=counted), *told])


def tell_tables(
    names: Sequence[str], schemas: Mapping[str, Schema], to: Telling = IN_ENGLISH
) -> str:
    """The tables of these names with their columns, and how they hang together."""
    tables = [table for name in names for table in _tables(name, schemas)]
    if not tables:
        return tell_terms(names, schemas, to)
    parts = [_table(table, to) for table in dict.fromkeys(tables)]
    others = [table for schema in schemas.values() for table in schema.tables]
    keys = _between(tables, others, to) if len(tables) > 1 else []
    return "\n\n".join([*parts, *(["\n".join(keys)] if keys else [])])


def tell_terms(
    terms: Sequence[str], schemas: Mapping[str, Schema], to: Telling = IN_ENGLISH
) -> str:
    """What each term names in the databases; empty where it names nothing."""
    return "\n\n".join(filter(None, (_term(term, schemas, to) for term in terms)))


def tell_days(days: Sequence[Days], schema: Schema, to: Telling = IN_ENGLISH) -> str:
    """The first and the last day of each column of dates, a line a table."""
    tables = dict.fromkeys(each.table for each in days)
    return "\n".join(
        f"- {_called(schema, name, to)}: {_spans(name, days, schema, to)}" for name in tables
    )


def _spans(table: str, days: Sequence[Days], schema: Schema, to: Telling) -> str:
    return "; ".join(
        f"{_called(schema, table, to, each.column)} "
        + to.say("from {first} to {last}", first=to.day(each.first), last=to.day(each.last))
        for each in days
        if each.table == table
    )


def _called(schema: Schema, table: str, to: Telling, column: str = "") -> str:
    """The label in the language of a table or column; as it is stored where there is none."""
    found = schema.table(table)
    part = found.column(column) if found and column else found
    return (part.meaning.label_in(to.code) if part else "") or column or table


def _database(name: str, text: str, schema: Schema | None, to: Telling) -> str:
    said = f": {text.strip().rstrip('.')}" if text.strip() else ""
    if schema is None:
        return f"**{name}**{said}. {to.say('It cannot be reached now.')}"
    tables = schema.tables
    lines = [f"- **{each.name}**{_rows(each, to)}{_about(each, to)}" for each in tables]
    more = len(tables) - MOST_TABLES
    rest = [to.say("- … and {count} more", count=to.number(more))] if more > 0 else []
    counted = to.say("It has {tables}:", tables=to.how_many(len(tables), "table"))
    return "\n".join([f"**{name}**{said}. {counted}", "", *lines[:MOST_TABLES], *rest])


def _table(table: Table, to: Telling) -> str:
    named = "The view **{name}**" if table.is_view else "The table **{name}**"
    head = f"{to.say(named, name=table.name)}{_rows(table, to)}{_about(table, to)}"
    keys = [_key(table.name, key, to) for key in table.foreign_keys]
    columns = (_column(column, to) for column in table.columns)
    return "\n".join([head, "", *columns, *(["", *keys] if keys else [])])


def _column(column: Column, to: Telling) -> str:
    return f"- {column.name}{_about(column, to)}{_holds(column, to)}"


def _holds(column: Column, to: Telling) -> str:
    if column.range:
        first, last = (to.day_in(end) for end in column.range)
        return f" ({to.say('from {first} to {last}', first=first, last=last)})"
    if column.samples and not column.meaning.codes:
        return f" ({to.say('values: {values}', values=to.listed(column.samples, _MOST_VALUES))})"
    return ""


def _between(tables: Sequence[Table], schema: Sequence[Table], to: Telling) -> list[str]:
    """The keys that lead from one of these tables to another, or meet in a table between them."""
    names = {table.name for table in tables}
    told: list[str] = []
    for table in schema:
        keys = [key for key in table.foreign_keys if key.referred_table in names]
        reached = {key.referred_table for key in keys}
        if table.name in names or len(reached) > 1:
            told += [_key(table.name, key, to) for key in keys]
    return told


def _key(table: str, key: ForeignKey, to: Telling) -> str:
    own = ", ".join(f"{table}.{name}" for name in key.columns)
    other = ", ".join(f"{key.referred_table}.{name}" for name in key.referred_columns)
    return to.say("{own} refers to {other}.", own=own, other=other)


def _tables(name: str, schemas: Mapping[str, Schema]) -> Iterator[Table]:
    for schema in schemas.values():
        for table in schema.tables:
            if name.lower() == table.name.lower() or _is_called(name, table):
                yield table


def _is_called(term: str, table: Table) -> bool:
    """Whether people call the table so; the last word of its name will do."""
    known = {name_phrase(name) for name in names_of(table.own_name, table.meaning)}
    return name_phrase(term) in known | {name_phrase(table.own_name)[-1:]}


def _term(term: str, schemas: Mapping[str, Schema], to: Telling) -> str:
    lines = [line for name, schema in schemas.items() for line in _places(term, name, schema, to)]
    head = to.say("“{term}” here:", term=term)
    return f"{head}\n\n" + "\n".join(lines) if lines else ""


def _places(term: str, database: str, schema: Schema, to: Telling) -> Iterator[str]:
    """Where a term stands in a schema: a figure, a table, a column, a stored value."""
    for metric in schema.glossary.metrics:
        if name_phrase(term) in map(name_phrase, (metric.name, *metric.names)):
            text = metric.in_words()
            yield to.say("- a figure of {database}: {text}", database=database, text=text)
    for table in schema.tables:
        if _is_called(term, table):
            yield to.say(
                "- the table {table} of {database}{text}",
                table=table.name,
                database=database,
                text=_about(table, to),
            )
    for table in schema.tables:
        yield from _places_in(term, table, to)


def _places_in(term: str, table: Table, to: Telling) -> Iterator[str]:
    defined = re.compile(rf"\b{re.escape(term)} is\b", re.IGNORECASE)
    if defined.search(table.comment):
        said = "- said of the table {table}: {text}"
        yield to.say(said, table=table.name, text=table.comment)
    for column in table.columns:
        where, about = f"{table.name}.{column.name}", _about(column, to)
        known = map(name_phrase, names_of(column.name, column.meaning))
        held = (*column.samples, *column.meaning.values)
        if name_phrase(term) in known:
            text = f"{about}{_holds(column, to)}"
            yield to.say("- the column {column}{text}", column=where, text=text)
        elif term.lower() in (value.lower() for value in held):
            yield to.say("- a value of the column {column}{text}", column=where, text=about)
        elif defined.search(column.comment):
            said = "- said of the column {column}: {text}"
            yield to.say(said, column=where, text=column.comment)


def _rows(table: Table, to: Telling) -> str:
    return "" if table.rows is None else f" ({to.how_many(table.rows, 'row')})"


def _about(part: Table | Column, to: Telling) -> str:
    """What a semantic model and the database's own comment say of a table or column."""
    name = part.own_name if isinstance(part, Table) else part.name
    said = [*part.meaning.in_words(name, to), part.comment.strip()]
    return "".join(
        f"{mark}{text}"
        for mark, text in zip([": ", *["; "] * len(said)], filter(None, said), strict=False)
    )
