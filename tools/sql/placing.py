"""Columns that a statement reads from the wrong one of its tables, read from the right one."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from sqlglot import exp
from sqlglot.optimizer.scope import Scope, traverse_scope

from tools.sql.guard.hints import Edge, edges_of
from tools.sql.guard.reading import read_as
from tools.sql.guard.writing import writer_of
from tools.sql.schema import Schema, Table

_MOST_JOINS = 3
"""Tables that are joined to reach a column, at most."""


def with_columns_placed(sql: str, schema: Schema) -> str:
    """The statement with each column under the only table of its FROM that has it.

    A model writes `orders.name` of a statement that joins orders and customers, where customers
    alone have names; or reads `customers.name` and joins no customers. The nearest table that keys
    of those in FROM lead to is joined then: that changes no row. Where a join skips a table, the
    table is put between. A ranking by an aggregate that groups by nothing is grouped by what it
    shows. What no table has, or several, stays as it is; so does what cannot be parsed.
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
    edges: Sequence[Edge]
    joined: dict[str, str] = field(default_factory=dict[str, str])

    @classmethod
    def of(cls, scope: Scope, schema: Schema) -> "_Reading":
        read = {name: one for name, one in scope.sources.items() if isinstance(one, exp.Table)}
        known = {name: schema.table(one.name) for name, one in read.items()}
        tables = {name: table for name, table in known.items() if table is not None}
        return cls(
            scope,
            schema,
            tables,
            frozenset(_outer(scope)),
            [*dict.fromkeys(edges_of(schema.tables))],
        )

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
        shown = select.selects if isinstance(select, exp.Query) else []
        return {one.alias.lower() for one in shown if isinstance(one, exp.Alias)}

    @property
    def may_join(self) -> bool:
        """Whether the query reads stored tables alone, so that all of its columns can be told."""
        is_select = isinstance(self.scope.expression, exp.Select) and bool(self.tables)
        return is_select and len(self.tables) == len(self.scope.sources) and not self.outer


def _place_all(reading: _Reading) -> bool:
    """Place the columns of one query; whether anything has moved."""
    moves = [(column, alias) for column in reading.columns() if (alias := _place(column, reading))]
    for column, alias in moves:
        column.set("table", exp.to_identifier(alias))
        column.set("db", None)
    return _grouped(reading.scope.expression) or bool(moves)


def _grouped(select: exp.Expr) -> bool:
    """Group a query by what it shows where it is ranked by an aggregate and groups by nothing."""
    order = select.args.get("order")
    if not isinstance(select, exp.Select) or order is None or select.args.get("group"):
        return False
    plain = [one.unalias() for one in select.selects if not one.find(exp.AggFunc, exp.Star)]
    if not plain or order.find(exp.AggFunc) is None or any(one.find(exp.Window) for one in plain):
        return False
    select.group_by(*(one.copy() for one in plain), copy=False)
    return True


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
    """The name of the nearest table with the column that keys lead to, joined here if it was not."""
    named = reading.schema.table(column.table) if column.table else None
    tables = [named] if named is not None else reading.schema.tables
    held = [table.name for table in tables if table.column(column.name)]
    routes = sorted((_route(reading, name) for name in held), key=len)
    routes = [route for route in routes if route]
    if not routes or len([one for one in routes if len(one) == len(routes[0])]) > 1:
        return "" if routes else _joined_lines(column, reading, held)
    route = routes[0]
    table = route[-1][1][1]
    if table not in reading.joined:
        _qualify(reading)
        own = column.find_ancestor(exp.Join, exp.Select)
        if isinstance(own, exp.Join) and route[0][0] == own.this.alias_or_name:
            return reading.joined[table] if _bridge(reading, own, route) else ""
        _join(reading, route, before=own if isinstance(own, exp.Join) else None)
    return reading.joined[table]


def _joined_lines(column: exp.Column, reading: _Reading, held: Sequence[str]) -> str:
    """The name of the only table with the column that has a key to one of FROM, joined here.

    It multiplies the rows of the other: only where nothing else is counted or added up, and the
    column is shown.
    """
    names = {table.name: name for name, table in reading.tables.items()}
    edges = [edge for edge in reading.edges if edge[0] in held and edge[1] in names]
    is_key = any(column.name == own for edge in edges for own, _ in edge[2])
    if len(edges) != 1 or is_key or not _is_of_lines(column, reading):
        return ""
    child, parent, pairs = edges[0]
    if child not in reading.joined:
        _qualify(reading)
        table = _named(reading, child)
        on = _condition(reading.joined[child], (child, parent, pairs), names[parent])
        reading.scope.expression.append("joins", exp.Join(this=table, on=on))
    return reading.joined[child]


def _is_of_lines(column: exp.Column, reading: _Reading) -> bool:
    """Whether a column is shown, and every aggregate is over columns that FROM does not have."""
    select = reading.scope.expression
    aggregates = [one for one in select.find_all(exp.AggFunc) if one.parent_select is select]
    read = [list(one.find_all(exp.Column)) for one in aggregates]
    is_clean = all(of and not any(reading.holders(one.name) for one in of) for of in read)
    shown = select.selects if isinstance(select, exp.Select) else []
    return is_clean and any(one is column for each in shown for one in each.find_all(exp.Column))


_Step = tuple[str, Edge]
"""The table that has a key, by its name in the statement or in the schema, and the key."""


def _route(reading: _Reading, wanted: str) -> tuple[_Step, ...]:
    """The keys that lead from a table of FROM to another one; none where several ways are as short."""
    paths: list[tuple[_Step, ...]] = [
        ((name, edge),)
        for name, table in reading.tables.items()
        for edge in reading.edges
        if edge[0] == table.name
    ]
    for _ in range(_MOST_JOINS):
        if found := [path for path in paths if path[-1][1][1] == wanted]:
            return found[0] if len(found) == 1 else ()
        paths = [
            (*path, (at, edge))
            for path in paths
            for at in [path[-1][1][1]]
            for edge in reading.edges
            if edge[0] == at and edge[1] not in {step[1][0] for step in path}
        ]
    return ()


def _join(reading: _Reading, route: Sequence[_Step], *, before: exp.Join | None) -> None:
    """Join the tables that a route leads to; a row without a partner stays."""
    select, added = reading.scope.expression, list[exp.Join]()
    for alias, edge in route:
        if edge[1] in reading.joined:
            continue
        left, table = reading.joined.get(alias, alias), _named(reading, edge[1])
        on = _condition(left, edge, reading.joined[edge[1]])
        added.append(exp.Join(this=table, side="LEFT", on=on))
    joins: list[exp.Join] = select.args.get("joins") or []
    at = next((n for n, one in enumerate(joins) if one is before), len(joins))
    select.set("joins", [*joins[:at], *added, *joins[at:]])


def _bridge(reading: _Reading, join: exp.Join, route: Sequence[_Step]) -> bool:
    """Put the tables of a route before a join that skips them; whether that can be done.

    `customers JOIN order_items ON customers.id = order_items.customer_id` skips the orders, which
    have that column: customers JOIN orders ON …, then order_items by the key that leads to orders.
    """
    select = reading.scope.expression
    if join.side or join.kind not in ("", "INNER") or "on" not in join.args:
        return False
    joins: list[exp.Join] = select.args["joins"]
    tables = [_named(reading, edge[1]) for _, edge in route]
    conditions = [
        _condition(reading.joined.get(at, at), edge, reading.joined[edge[1]]) for at, edge in route
    ]
    *own, last = [*conditions, join.args["on"]]
    join.set("on", own[0])
    after = [*own[1:], last]
    bridged = [exp.Join(this=t, on=on) for t, on in zip(tables, after, strict=True)]
    at = next(n for n, one in enumerate(joins) if one is join)
    select.set("joins", [*joins[:at], *reversed(bridged), *joins[at:]])
    return True


def _named(reading: _Reading, table: str) -> exp.Expr:
    """A table that is to be joined, under a name that is free."""
    name = reading.joined[table] = _free_name(table, reading)
    read = exp.to_table(table, dialect=reading.schema.dialect)
    return exp.alias_(read, name, table=True) if name != table else read


def _condition(left: str, edge: Edge, right: str) -> exp.Expr:
    return exp.and_(*(exp.column(a, left).eq(exp.column(b, right)) for a, b in edge[2]))


def _qualify(reading: _Reading) -> None:
    """Name the table of each bare column, which another table may have as well."""
    select = reading.scope.expression
    if not isinstance(select, exp.Select):
        return
    for column in select.find_all(exp.Column):
        is_own = column.parent_select is select and not column.table
        holders = reading.holders(column.name)
        if is_own and len(holders) == 1 and column.name.lower() not in reading.named:
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
