"""Columns that a statement reads from the wrong one of its tables, read from the right one."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

from sqlglot import exp
from sqlglot.optimizer.scope import Scope, traverse_scope

from tools.sql.guard.reading import read_as
from tools.sql.guard.writing import writer_of
from tools.sql.schema import ForeignKey, Schema, Table

_MOST_JOINS = 3
"""Tables that are joined to reach a column, at most."""


def with_columns_placed(sql: str, schema: Schema) -> str:
    """The statement with each column under the only table of its FROM that has it.

    A model writes `orders.name` of a statement that joins orders and customers, where customers
    alone have names; or reads `customers.name` and joins no customers. A table that keys of those
    in FROM lead to is joined then: that changes no row. What no table has, or several, stays as it
    is; so does what cannot be parsed.
    """
    try:
        tree = read_as(sql, schema.dialect)
        scopes = traverse_scope(tree) if tree is not None else []
    except Exception:  # noqa: BLE001  # a parser may fail in any way over a text that is no SQL
        return sql
    has_moved = [_place_all(_Reading.of(scope, schema)) for scope in scopes]
    return writer_of(schema.dialect).generate(tree) if tree is not None and any(has_moved) else sql


@dataclass(frozen=True, slots=True)
class _Reading:
    """A query, and the stored tables that it reads by the names that it gives them."""

    scope: Scope
    schema: Schema
    tables: Mapping[str, Table]
    outer: frozenset[str]
    joined: dict[str, str] = field(default_factory=dict[str, str])

    @classmethod
    def of(cls, scope: Scope, schema: Schema) -> "_Reading":
        read = {name: one for name, one in scope.sources.items() if isinstance(one, exp.Table)}
        known = {name: schema.table(one.name) for name, one in read.items()}
        tables = {name: table for name, table in known.items() if table is not None}
        return cls(scope, schema, tables, frozenset(_outer(scope)))

    def columns(self) -> Iterator[exp.Column]:
        """The columns that the query itself names, without those of queries in it."""
        select = self.scope.expression
        return (one for one in self.scope.columns if one.parent_select is select)

    def knows(self, name: str) -> bool:
        """Whether a table or a query is read by that name, here or in a query around this one."""
        return name in self.scope.sources or name in self.outer

    def holders(self, column: str) -> list[str]:
        """The names of the tables that have a column."""
        return [name for name, table in self.tables.items() if table.column(column)]

    @property
    def named(self) -> set[str]:
        """The names that the query gives to its results."""
        select = self.scope.expression
        return {n.lower() for n in select.named_selects} if isinstance(select, exp.Query) else set()

    @property
    def may_join(self) -> bool:
        """Whether the query reads stored tables alone, so that all of its columns can be told."""
        is_select = isinstance(self.scope.expression, exp.Select) and bool(self.tables)
        return is_select and len(self.tables) == len(self.scope.sources) and not self.outer


def _place_all(reading: _Reading) -> bool:
    """Place the columns of one query; whether any has moved."""
    moves = [(column, alias) for column in reading.columns() if (alias := _place(column, reading))]
    for column, alias in moves:
        column.set("table", exp.to_identifier(alias))
        column.set("db", None)
    return bool(moves)


def _place(column: exp.Column, reading: _Reading) -> str:
    """The name under which a column is to be read; empty where it is right, or nobody can tell."""
    written, holders = column.table, reading.holders(column.name)
    if reading.knows(written):
        own = reading.tables.get(written)
        if own is None or own.column(column.name) is not None:
            return ""
    elif written:
        called = [one for one in holders if reading.tables[one].name.lower() == written.lower()]
        holders = called or holders
    elif holders or column.name.lower() in reading.named:
        return ""
    if len(holders) == 1:
        return holders[0]
    return "" if holders or not reading.may_join else _joined(column, reading)


def _joined(column: exp.Column, reading: _Reading) -> str:
    """The name of the only table with the column that keys lead to, joined here if it was not."""
    named = reading.schema.table(column.table) if column.table else None
    tables = [named] if named is not None else reading.schema.tables
    held = [table for table in tables if table.column(column.name)]
    routes = [(table, route) for table in held if (route := _route(reading, table.name))]
    if len(routes) != 1:
        return ""
    table, route = routes[0]
    if table.name not in reading.joined:
        _qualify(reading)
        for alias, key in route:
            _join(reading, alias, key)
    return reading.joined[table.name]


_Step = tuple[str, ForeignKey]
"""The table that has a key, by its name in the statement or in the schema, and the key."""


def _route(reading: _Reading, wanted: str) -> tuple[_Step, ...]:
    """The keys that lead from a table of FROM to another one; none where several ways are as short."""
    paths: list[tuple[tuple[_Step, ...], str]] = [
        (((name, key),), key.referred_table)
        for name, table in reading.tables.items()
        for key in table.foreign_keys
    ]
    for _ in range(_MOST_JOINS):
        if found := [path for path, at in paths if at.lower() == wanted.lower()]:
            return found[0] if len(found) == 1 else ()
        paths = [
            ((*path, (at, key)), key.referred_table)
            for path, at in paths
            for key in _keys(reading.schema, at)
            if key.referred_table.lower() not in {step[0].lower() for step in path}
        ]
    return ()


def _keys(schema: Schema, table: str) -> tuple[ForeignKey, ...]:
    known = schema.table(table)
    return known.foreign_keys if known is not None else ()


def _join(reading: _Reading, alias: str, key: ForeignKey) -> None:
    """Join the table that a key refers to; one that has no partner keeps its row."""
    if key.referred_table in reading.joined:
        return
    left = reading.joined.get(alias, alias)
    name = _free_name(key.referred_table, reading)
    pairs = zip(key.columns, key.referred_columns, strict=True)
    on = exp.and_(*(exp.column(a, left).eq(exp.column(b, name)) for a, b in pairs))
    table = exp.to_table(key.referred_table, dialect=reading.schema.dialect)
    table = exp.alias_(table, name, table=True) if name != key.referred_table else table
    select = reading.scope.expression
    select.append("joins", exp.Join(this=table, side="LEFT", on=on))
    reading.joined[key.referred_table] = name


def _qualify(reading: _Reading) -> None:
    """Name the table of each bare column, which another table may have as well."""
    select = reading.scope.expression
    if not isinstance(select, exp.Select):
        return
    given = {one.alias.lower() for one in select.selects if isinstance(one, exp.Alias)}
    for column in select.find_all(exp.Column):
        is_own = column.parent_select is select and not column.table
        holders = reading.holders(column.name)
        if is_own and len(holders) == 1 and column.name.lower() not in given:
            column.set("table", exp.to_identifier(holders[0]))


def _free_name(table: str, reading: _Reading) -> str:
    own = table.rpartition(".")[2]
    taken = {name.lower() for name in (*reading.scope.sources, *reading.joined.values())}
    return next(
        name for name in (own, *(f"{own}_{n}" for n in range(2, 99))) if name.lower() not in taken
    )


def _outer(scope: Scope) -> Iterator[str]:
    """What the queries around a query read: a column of it may be theirs."""
    while scope.is_subquery and scope.parent is not None:
        scope = scope.parent
        yield from scope.sources
