"""A schema's meaning as lines for a person."""

from collections.abc import Iterator

from tools.sql.schema import Column, Schema, Table


def shown(schema: Schema) -> Iterator[str]:
    """The model's version, and every table and figure that it speaks of, the company's name first."""
    if schema.glossary.version:
        yield f"version {schema.glossary.version}"
        yield ""
    for table in schema.tables:
        if table.meaning.name:
            yield from _table(table)
    for metric in schema.glossary.metrics:
        also = f" ({', '.join(metric.synonyms)})" if metric.synonyms else ""
        yield f"figure {metric.label}{also} = {metric.expression}"
        if metric.description:
            yield f"    {metric.description}"
    if schema.glossary.instructions:
        yield schema.glossary.instructions


def _table(table: Table) -> Iterator[str]:
    also = f" ({', '.join(table.meaning.synonyms)})" if table.meaning.synonyms else ""
    yield f"{table.meaning.label}{also}: table {table.name}"
    if table.comment:
        yield f"    {table.comment}"
    if table.meaning.filter:
        yield f"    unless asked otherwise, only rows with {table.meaning.filter}"
    for column in table.columns:
        yield f"  {_column(column, column.name)}"
    for one in table.fields:
        yield f"  {_column(one, one.meaning.expression)}"
    for key in table.foreign_keys:
        ends = f"{', '.join(key.columns)} -> {key.referred_table}"
        yield f"  {ends}({', '.join(key.referred_columns)})"
    yield ""


def _column(column: Column, stored: str) -> str:
    meaning = column.meaning
    called = meaning.label or f"{column.name} (not in the model)"
    also = f" ({', '.join(meaning.synonyms)})" if meaning.synonyms else ""
    codes = ", ".join(f"{code} = {' / '.join(words)}" for code, words in meaning.codes)
    read_as = meaning.expression if meaning.expression != stored else ""
    known = [stored, codes, read_as, column.comment]
    return f"{called}{also}: {'; '.join(filter(None, known))}"
