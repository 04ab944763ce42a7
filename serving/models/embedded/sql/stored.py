"""From the names of a semantic model to those that a database stores."""

from collections.abc import Iterator

import sqlglot
from sqlglot import exp
from sqlglot.optimizer.simplify import simplify

from serving.models.embedded.schema.targets import ColumnRef, is_date
from serving.models.embedded.sql.nodes import column_node, identifier
from tools.sql.schema import Column, Schema, Table

_COMPARED = (exp.EQ, exp.NEQ, exp.In)


def in_stored_names(tree: exp.Select, schema: Schema) -> exp.Select:
    """The statement with tables, columns and values as they are stored, in place.

    A column that only is shown stays as it is stored; elsewhere its expression is read.
    """
    spoken = {table.name: table for table in schema.tables if table.meaning.stored}
    for node in list(tree.find_all(exp.Column)) if spoken else ():
        table = spoken.get(node.table)
        column = table.column(node.name) if table is not None else None
        if table is not None:
            _write_column(node, table, column, schema.dialect)
    for node in list(tree.find_all(exp.Table)) if spoken else ():
        if (table := spoken.get(node.name)) and not node.db:
            _write_table(node, table)
    return tree


OF_ALL = "of_all"
"""What marks a statement that is of all rows, whatever they must meet elsewhere."""


def with_default_filters(tree: exp.Select, schema: Schema) -> exp.Select:
    """The statement with what rows must meet unless it says otherwise itself, in place.

    It says otherwise where it restricts or groups by a column of the filter. What is only joined to
    rows that have a date of their own counts as they do: a bill of a customer who is gone is a bill.
    """
    filtered = {table.meaning.stored: table for table in schema.tables if table.meaning.filter}
    for select in list(tree.find_all(exp.Select)) if filtered else ():
        if select.meta.get(OF_ALL):
            continue
        for node, join in list(_sources(select)):
            table = filtered.get(node.alias or node.name)
            if table is None:
                continue
            test = _qualified(table.meaning.filter, table, schema.dialect)
            if _says_otherwise(select, test) or (
                join is not None and _is_beside(select, join, schema)
            ):
                continue
            if join is not None and join.side == "LEFT":
                join.on(test, copy=False)
            else:
                select.where(test, copy=False)
    return tree


def asks_for_uncounted(tree: exp.Select, schema: Schema) -> bool:
    """Whether a statement in stored names asks for a value that a default filter leaves out."""
    filtered = {table.meaning.stored: table for table in schema.tables if table.meaning.filter}
    for one in tree.find_all(exp.EQ) if filtered else ():
        column, value = one.this, one.expression
        table = filtered.get(column.table) if isinstance(column, exp.Column) else None
        if table is None or not isinstance(value, exp.Literal):
            continue
        test = _qualified(table.meaning.filter, table, schema.dialect)
        if simplify(test.transform(_with_value, column, value)) == exp.false():
            return True
    return False


def _with_value(node: exp.Expr, column: exp.Column, value: exp.Expr) -> exp.Expr:
    is_it = isinstance(node, exp.Column) and (node.table, node.name) == (column.table, column.name)
    return value.copy() if is_it else node


def _write_column(node: exp.Column, table: Table, column: Column | None, dialect: str) -> None:
    stored = table.meaning.stored
    if column is None:
        node.set("table", identifier(stored))
        return
    if column.meaning.codes and isinstance(node.parent, _COMPARED):
        _write_codes(node.parent, column, dialect)
    is_shown = _is_shown(node)
    plain = column_node(ColumnRef(stored, column.meaning.stored or column.name))
    if not column.meaning.expression or (column.meaning.is_date and _is_raw(node, column)):
        node.replace(plain)
        return
    read = _qualified(column.meaning.expression, table, dialect)
    if is_shown and not isinstance(node.parent, exp.Alias):
        node.replace(exp.alias_(read, column.name, quoted=False))
    else:
        node.replace(exp.paren(read) if isinstance(node.parent, exp.Binary) else read)


def _is_shown(node: exp.Expr) -> bool:
    return isinstance(node.parent, exp.Select | exp.Alias)


def _is_raw(node: exp.Column, column: Column) -> bool:
    """Whether a date is only shown, counted or told apart, for which it need not be read.

    Where an expression reads an empty text or a 0 as no date, it says which dates there are.
    """
    raw = (
        exp.Select | exp.Group
        if column.meaning.may_lack
        else exp.Select | exp.Group | exp.Count | exp.Is
    )
    return bool(column.meaning.stored) and isinstance(node.parent, raw)


def _write_codes(test: exp.Expr, column: Column, dialect: str) -> None:
    """The codes of the meanings that a comparison names."""
    codes = {word.lower(): code for code, words in column.meaning.codes for word in words}
    for literal in list(test.find_all(exp.Literal)):
        code = codes.get(literal.name.lower())
        if literal.parent is test and literal.is_string and code is not None:
            literal.replace(sqlglot.parse_one(code, dialect=dialect))


def _qualified(text: str, table: Table, dialect: str) -> exp.Expr:
    tree = sqlglot.parse_one(text, dialect=dialect)
    for column in list(tree.find_all(exp.Column)):
        named = column_node(ColumnRef(table.meaning.stored, column.name))
        if column is tree:
            return named
        column.replace(named)
    return tree


def _write_table(node: exp.Table, table: Table) -> None:
    stored = table.meaning.stored
    if table.namespace:
        node.set("this", identifier(stored.removeprefix(f"{table.namespace}.")))
        node.set("db", identifier(table.namespace))
        node.set("alias", exp.TableAlias(this=identifier(stored)))
    else:
        node.set("this", identifier(stored))


def _sources(select: exp.Select) -> Iterator[tuple[exp.Table, exp.Join | None]]:
    first = select.args.get("from_") or select.args.get("from")
    if first is not None and isinstance(first.this, exp.Table):
        yield first.this, None
    for join in select.args.get("joins") or ():
        if isinstance(join.this, exp.Table):
            yield join.this, join


def _is_beside(select: exp.Select, join: exp.Join, schema: Schema) -> bool:
    """Whether a joined row is only the one that a dated row belongs to, and is not itself listed."""
    on, joined = join.args.get("on"), join.this.alias_or_name
    for test in on.find_all(exp.EQ) if on else ():
        ends = {c.table: c.name for c in (test.this, test.expression) if isinstance(c, exp.Column)}
        if len(ends) != 2 or joined not in ends:
            continue
        owner, key = next(name for name in ends if name != joined), ends[joined]
        own = next((t for t in schema.tables if t.meaning.stored == owner), None)
        is_one = own is not None and _leads_to(own, ends[owner], schema) == joined
        is_dated = own is not None and any(is_date(column) for column in own.columns)
        return is_one and is_dated and not _is_grouped_by(select, joined, key)
    return False


def _leads_to(table: Table, column: str, schema: Schema) -> str:
    """The stored name of the table that a stored column is a key of."""
    for key in table.foreign_keys:
        names = [c.meaning.stored or c.name for c in table.columns if c.name in key.columns]
        if names == [column] and (other := schema.table(key.referred_table)):
            return other.meaning.stored
    return ""


def _is_grouped_by(select: exp.Select, table: str, key: str) -> bool:
    group = select.args.get("group")
    found = group.find_all(exp.Column) if group else ()
    return any((column.table, column.name) == (table, key) for column in found)


def _says_otherwise(select: exp.Select, test: exp.Expr) -> bool:
    """Whether the statement itself restricts or groups by a column of a filter."""
    used = {(column.table, column.name) for column in test.find_all(exp.Column)}
    parts = [select.args.get("where"), select.args.get("group")]
    return any(
        (column.table, column.name) in used and column.find_ancestor(exp.Select) is select
        for part in parts
        if part is not None
        for column in part.find_all(exp.Column)
    )
