"""What is in a DuckDB database, row by row, as the gate's layers need it."""

from collections.abc import Collection, Mapping, Sequence
from typing import Any

import duckdb
from sqlglot import exp, parse_one
from sqlglot.errors import SqlglotError

from tools.sql.catalogue import Catalogue, Reads, StoredColumn, StoredTable
from tools.sql.schema import ForeignKey
from tools.sql.view_texts import names_called, reading_macros

OWN = "main"
"""The schema that is not written in front of names."""

Pairs = frozenset[tuple[str, str]]


def read_catalogue(
    engine: duckdb.DuckDBPyConnection, namespaces: Sequence[str], *, of_files: bool
) -> Catalogue:
    """The tables and views of the own schema and of these others; files are tables, not views."""
    meant = {OWN, *namespaces}
    views = _views(engine)
    tables = [
        StoredTable(_key(schema, name), is_view, rows, comment or "", _other(schema))
        for schema, name, rows, comment, is_view in _rows(
            engine,
            "SELECT schema_name, table_name, estimated_size, comment, false FROM duckdb_tables()",
        )
        if schema.lower() in meant
    ] + [
        StoredTable(_key(schema, name), not of_files, None, comment or "", _other(schema))
        for (schema, name), (_, comment) in views.items()
        if schema.lower() in meant
    ]
    keys = _constraints(engine, "PRIMARY KEY")
    primary = {(table, column) for table, columns, *_ in keys for column in columns}
    return Catalogue(
        namespace=OWN,
        tables=sorted(tables, key=lambda table: table.name),
        columns=_columns(engine, primary),
        keys=[
            (table, ForeignKey(tuple(columns), other, tuple(others)))
            for table, columns, other, others in _constraints(engine, "FOREIGN KEY")
        ],
        reads={} if of_files else _reads(engine, views),
        functions=frozenset(f"{schema}.{name}" for schema, name in macros(engine)),
        timezone=str(_rows(engine, "SELECT current_setting('TimeZone')")[0][0]),
    )


def macros(engine: duckdb.DuckDBPyConnection) -> list[tuple[str, str]]:
    """The functions that somebody stored, with their schemas."""
    return [
        (schema, name)
        for schema, name in _rows(
            engine,
            "SELECT DISTINCT schema_name, function_name FROM duckdb_functions() "
            "WHERE database_name = current_database() AND NOT internal",
        )
    ]


def _views(engine: duckdb.DuckDBPyConnection) -> Mapping[tuple[str, str], tuple[str, str | None]]:
    rows = _rows(
        engine,
        "SELECT schema_name, view_name, sql, comment FROM duckdb_views() "
        "WHERE database_name = current_database() AND NOT internal",
    )
    return {(schema, name): (text, comment) for schema, name, text, comment in rows}


def _columns(
    engine: duckdb.DuckDBPyConnection, primary: set[tuple[str, str]]
) -> list[StoredColumn]:
    rows = _rows(
        engine,
        "SELECT schema_name, table_name, column_name, data_type, is_nullable, comment "
        "FROM duckdb_columns() WHERE database_name = current_database() AND NOT internal "
        "ORDER BY schema_name, table_name, column_index",
    )
    found: list[StoredColumn] = []
    for schema, table, name, kind, nullable, comment in rows:
        key = _key(schema, table)
        found.append(StoredColumn(key, name, kind, nullable, (key, name) in primary, comment or ""))
    return found


def _constraints(
    engine: duckdb.DuckDBPyConnection, kind: str
) -> list[tuple[str, list[str], str, list[str]]]:
    """(table, columns, the table that they refer to, its columns) of each."""
    rows = engine.execute(
        "SELECT schema_name, table_name, constraint_column_names, referenced_table, "
        "referenced_column_names FROM duckdb_constraints() WHERE constraint_type = $1",
        [kind],
    ).fetchall()
    return [
        (_key(schema, table), columns, _key(schema, other or ""), others or [])
        for schema, table, columns, other, others in rows
    ]


def _reads(
    engine: duckdb.DuckDBPyConnection, views: Mapping[tuple[str, str], tuple[str, str | None]]
) -> Reads:
    """Every column of every table that a view names, also through other views: rather too many."""
    columns: dict[str, set[str]] = {}
    for column in _columns(engine, set()):
        columns.setdefault(column.table, set()).add(column.name)
    reading = reading_macros(_macro_texts(engine))
    texts = {
        _key(*name): "" if names_called(text) & reading else text
        for name, (text, _) in views.items()
    }
    return {view: _read_by(view, texts, columns, frozenset()) for view in texts}


def _macro_texts(engine: duckdb.DuckDBPyConnection) -> Mapping[str, str]:
    """The definitions of each macro, one after another, for it may have several."""
    rows = _rows(
        engine,
        "SELECT function_name, string_agg(macro_definition, ' ') FROM duckdb_functions() "
        "WHERE database_name = current_database() AND NOT internal GROUP BY ALL",
    )
    return {name: text or "" for name, text in rows}


def _read_by(
    view: str, texts: Mapping[str, str], columns: Mapping[str, set[str]], above: frozenset[str]
) -> Pairs | None:
    """None where its text is not known, or names something that is not."""
    known = {name.lower(): name for name in columns}
    tables = _tables_named(texts[view], known)
    if tables is None or not {name.lower() for name in tables} <= known.keys():
        return None
    found: Pairs = frozenset()
    for table in {known[name.lower()] for name in tables}:
        found |= {(table, column) for column in columns[table]}
        if table in texts and table not in above:
            inner = _read_by(table, texts, columns, above | {view})
            if inner is None:
                return None
            found |= inner
    return found


def _tables_named(text: str, known: Collection[str]) -> set[str] | None:
    """The tables that a text names; one that WITH names too may well be the stored one."""
    try:
        tree = parse_one(text, dialect="duckdb")
    except SqlglotError:
        return None
    query = tree.expression if isinstance(tree, exp.Create) else None
    if query is None:
        return None
    prepared = {cte.alias for cte in query.find_all(exp.CTE)}
    named = list(query.find_all(exp.Table))
    if any(not isinstance(table.this, exp.Identifier) for table in named):
        return None
    return {
        _key(table.db or OWN, table.name)
        for table in named
        if table.db or table.name not in prepared or table.name.lower() in known
    }


def _rows(engine: duckdb.DuckDBPyConnection, query: str) -> list[tuple[Any, ...]]:
    return engine.execute(query).fetchall()


def _key(schema: str, name: str) -> str:
    return name if schema == OWN else f"{schema}.{name}"


def _other(schema: str) -> str:
    return "" if schema == OWN else schema
