"""A schema in the names of a semantic model, so that every rule reads the company's own words."""

from collections.abc import Iterator, Mapping
from dataclasses import replace

from serving.models.embedded.schema.targets import is_numeric
from tools.sql.schema import Column, ForeignKey, Schema, Table

_TYPES = {
    "Date": "DATE",
    "DateTime": "TIMESTAMP",
    "DateTimeTz": "TIMESTAMP",
    "Integer": "INTEGER",
    "Decimal": "NUMERIC",
    "Float": "DOUBLE",
    "Boolean": "BOOLEAN",
    "String": "TEXT",
}


def spoken(schema: Schema) -> Schema:
    """The schema with the model's names, types and values; as it is where no model speaks of it.

    What each part is stored as is in its `meaning`.
    """
    tables = dict(_table_names(schema))
    if not any(table.meaning.name for table in schema.tables):
        return schema
    columns = {table.name: dict(_column_names(table)) for table in schema.tables}
    return replace(schema, tables=tuple(_table(table, tables, columns) for table in schema.tables))


def _table_names(schema: Schema) -> Iterator[tuple[str, str]]:
    taken = {table.name.lower() for table in schema.tables}
    for table in schema.tables:
        name = table.meaning.name
        is_free = name and (name not in taken or name == table.name.lower())
        taken.add(name)
        yield table.name, name if is_free else table.name


def _column_names(table: Table) -> Iterator[tuple[str, str]]:
    unnamed = {column.name.lower() for column in table.columns if not column.meaning.name}
    for column in table.columns:
        name = column.meaning.name
        yield column.name, name if name and name not in unnamed else column.name


def _table(
    table: Table, tables: Mapping[str, str], columns: Mapping[str, Mapping[str, str]]
) -> Table:
    own = columns[table.name]
    shown = [_column(column, own[column.name]) for column in table.columns]
    worked_out = [_column(one, one.name) for one in table.fields if one.name not in own.values()]
    return replace(
        table,
        name=tables[table.name],
        columns=(*shown, *worked_out),
        fields=(),
        foreign_keys=tuple(_key(key, own, tables, columns) for key in table.foreign_keys),
        meaning=replace(table.meaning, stored=table.name),
    )


def _column(column: Column, name: str) -> Column:
    meaning = column.meaning
    stored = "" if meaning.expression and not column.type else column.name
    changed = replace(
        column,
        name=name,
        primary_key=column.primary_key or meaning.is_key,
        nullable=column.nullable or meaning.may_lack,
        meaning=replace(meaning, stored=stored),
    )
    if meaning.codes:
        return _coded(changed)
    if meaning.expression:
        kind = _TYPES.get(meaning.kind, "TEXT")
        return replace(changed, type=kind, dates="", samples=(), range=None, strays=0)
    is_plain_text = meaning.kind == "String" or not column.type
    return replace(changed, type="TEXT" if is_plain_text and meaning.kind else column.type)


def _coded(column: Column) -> Column:
    """The column as if it held what its values mean; its codes as a statement writes them."""
    is_number = is_numeric(column)
    codes = tuple(
        (_literal(code, is_number=is_number), words) for code, words in column.meaning.codes
    )
    words = tuple(words[0] for _, words in codes if words)
    meaning = replace(column.meaning, codes=codes)
    return replace(column, type="TEXT", samples=words, is_flag=False, strays=0, meaning=meaning)


def _literal(code: str, *, is_number: bool) -> str:
    quoted = code.replace("'", "''")
    return code if is_number and code.lstrip("-").isdigit() else f"'{quoted}'"


def _key(
    key: ForeignKey,
    own: Mapping[str, str],
    tables: Mapping[str, str],
    columns: Mapping[str, Mapping[str, str]],
) -> ForeignKey:
    lower = {name.lower(): name for name in tables}
    other = lower.get(key.referred_table.lower(), "")
    theirs = columns.get(other, {})
    return replace(
        key,
        columns=tuple(own.get(name, name) for name in key.columns),
        referred_table=tables.get(other, key.referred_table),
        referred_columns=tuple(theirs.get(name, name) for name in key.referred_columns),
    )
