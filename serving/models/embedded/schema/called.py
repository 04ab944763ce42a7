"""What a semantic model calls things: further names of tables and columns, and figures."""

from collections.abc import Iterator

from serving.models.embedded.english.words import ROLES, name_stems, split
from serving.models.embedded.schema.deeds import is_done_on
from serving.models.embedded.schema.targets import ColumnRef, Formula, TableRef, Target
from tools.sql.meaning import Meaning, Metric
from tools.sql.schema import Column, Schema, Table

_FIGURE, _NAME, _SYNONYM, _END = 1.1, 1.0, 0.98, 0.85
"""The quality of a figure's name, which wins over columns of that name, of the others, and of the last words of one."""

_PART = 0.1
"""Added to the quality of the table that a key leads to, so that it wins over the key."""
_NUMBERS = (
    "id",
    "nr",
    "no",
    "num",
    "number",
    "nummer",
    "numm",
    "code",
    "key",
    "ref",
    "refer",
    "initi",
)
"""Endings of the stems of names that are numbers of rows."""

Entry = tuple[tuple[str, ...], Target, float]


def called(schema: Schema) -> Iterator[Entry]:
    """Every name that the model gives, as stems, with what it names, and the columns' own."""
    yield from _as_asked(schema)
    for table in schema.tables:
        own = [*_phrases(table.meaning)]
        yield from ((phrase, TableRef(table.name), quality) for phrase, quality in own)
        for column in table.columns:
            if _names_parent(table, column, schema):
                continue
            column_named = ColumnRef(table.name, column.name)
            told = column.meaning.names
            deeds = {_stems(name) for name in told if is_done_on(column, name.lower().split())}
            for phrase, quality in _phrases(column.meaning):
                this = _player(table, column, phrase, schema) or column_named
                yield phrase, this, quality + _PART * (this is not column_named)
                if phrase not in deeds:  # "jobs received in 2023" are jobs
                    yield from (((*thing, *phrase), this, quality) for thing, _ in own)
    for metric in schema.glossary.metrics:
        formula = figure(metric, schema)
        if formula is not None:
            yield from ((_stems(name), formula, _FIGURE) for name in metric.names)


def _as_asked(schema: Schema) -> Iterator[Entry]:
    """Names by the words that a question has for them: "q1" is one, and "q 1" are two."""
    for table in schema.tables:
        if (asked := _stems(table.name)) != name_stems(table.name):
            yield asked, TableRef(table.name), _NAME
        for column in table.columns:
            if (asked := _stems(column.name)) != name_stems(column.name):
                yield asked, ColumnRef(table.name, column.name), _NAME


def _names_parent(table: Table, column: Column, schema: Schema) -> bool:
    """Whether a column is called like the thing that it leads to, which then is what is meant."""
    led_to = [key.referred_table for key in table.foreign_keys if key.columns == (column.name,)]
    parents = [parent for name in led_to if (parent := schema.table(name)) is not None]
    names = {phrase for parent in parents for phrase, _ in _phrases(parent.meaning)}
    return any(phrase in names for phrase, _ in _phrases(column.meaning))


def _player(
    table: Table, column: Column, phrase: tuple[str, ...], schema: Schema
) -> TableRef | None:
    """What one plays a part of: the sales representative of a customer is an employee, a project a job.

    A number is none: whoever asks for the "order number" wants that.
    """
    led_to = [key.referred_table for key in table.foreign_keys if key.columns == (column.name,)]
    is_part = phrase[-1] in ROLES or not phrase[-1].endswith(_NUMBERS)
    return TableRef(led_to[0]) if is_part and any(map(schema.table, led_to)) else None


def model_words(schema: Schema) -> Iterator[str]:
    """The words of these names as they are written."""
    parts = [*schema.tables, *(column for table in schema.tables for column in table.columns)]
    names = [name for part in parts for name in part.meaning.names]
    names += [name for metric in schema.glossary.metrics for name in metric.names]
    yield from (word.lower for name in names for word in split(name))


def figure(metric: Metric, schema: Schema) -> Formula | None:
    """A metric over the tables of the schema; None where not all that it reads is there."""
    stored = {table.meaning.stored: table for table in schema.tables}
    tables = [stored[name] for name in metric.tables if name in stored]
    if len(tables) < len(metric.tables):
        return None
    columns = tuple(ColumnRef(*names) for names in metric.columns)
    if not all((t := schema.table(c.table)) and t.column(c.column) for c in columns):
        return None
    whole = _whole(tables, schema)
    return Formula(whole.name, metric.label, metric.meant, columns, is_whole=True)


def _whole(tables: list[Table], schema: Schema) -> Table:
    """The table of whose rows each has one row of the others."""
    names = {table.name for table in tables}
    return next((t for t in tables if names <= _reached(t, schema)), tables[0])


def _reached(table: Table, schema: Schema) -> set[str]:
    found, waiting = {table.name}, [table]
    while waiting:
        for key in waiting.pop().foreign_keys:
            other = schema.table(key.referred_table)
            if other is not None and other.name not in found:
                found.add(other.name)
                waiting.append(other)
    return found


def _phrases(meaning: Meaning) -> Iterator[tuple[tuple[str, ...], float]]:
    for name in filter(None, (meaning.label,)):
        yield _stems(name), _NAME
    for name in meaning.synonyms:
        yield _stems(name), _SYNONYM
        said = _stems(name)
        yield from ((said[at:], _END) for at in range(1, len(said) - 1))


def _stems(name: str) -> tuple[str, ...]:
    return tuple(word.stem for word in split(name))
