"""Columns that a statement reads from the wrong one of its tables, read from the right one."""

from collections.abc import Iterator, Mapping

from sqlglot import exp
from sqlglot.optimizer.scope import Scope, traverse_scope

from tools.sql.guard.reading import read_as
from tools.sql.guard.writing import writer_of
from tools.sql.schema import Schema, Table


def with_columns_placed(sql: str, schema: Schema) -> str:
    """The statement with each column under the only table of its FROM that has it.

    A model writes `orders.name` of a statement that joins orders and customers, where customers
    alone have names. What no table has, or several, stays as it is; so does what cannot be parsed.
    """
    try:
        tree = read_as(sql, schema.dialect)
        scopes = traverse_scope(tree) if tree is not None else []
    except Exception:  # noqa: BLE001  # a parser may fail in any way over a text that is no SQL
        return sql
    moves = [move for scope in scopes for move in _moves(scope, schema)]
    for column, alias in moves:
        column.set("table", exp.to_identifier(alias))
        column.set("db", None)
    return writer_of(schema.dialect).generate(tree) if tree is not None and moves else sql


def _moves(scope: Scope, schema: Schema) -> Iterator[tuple[exp.Column, str]]:
    tables = _tables(scope, schema)
    for column in scope.columns:
        own = tables.get(column.table)
        if own is None or own.column(column.name) is not None:
            continue
        holders = [alias for alias, table in tables.items() if table.column(column.name)]
        if len(holders) == 1:
            yield column, holders[0]


def _tables(scope: Scope, schema: Schema) -> Mapping[str, Table]:
    """The stored tables that a query reads, by the names that it gives them."""
    read = {name: one for name, one in scope.sources.items() if isinstance(one, exp.Table)}
    known = {name: schema.table(one.name) for name, one in read.items()}
    return {name: table for name, table in known.items() if table is not None}
