"""Metrics: their expressions over stored columns, and the proof that a statement uses one."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

import sqlglot
from sqlglot import exp

from tools.sql.meaning import Metric
from tools.sql.schema import Schema
from tools.sql.semantic.dataset import BoundDataset, Reference, nearest_clause
from tools.sql.semantic.expressions import Unusable, bound, read_sql, stored_column, written

_COMMUTATIVE = (exp.Add, exp.Mul, exp.EQ, exp.NEQ, exp.And, exp.Or)
Reads = Callable[[exp.Column], str]
"""The stored table of a column in a statement, empty where it has none."""


@dataclass(frozen=True, slots=True)
class BoundMetric:
    """An aggregate in the engine's SQL, the same in the model's names, and what it reads."""

    expression: str
    meant: str
    tables: tuple[str, ...]
    columns: tuple[tuple[str, str], ...]


def bind_metric(tree: exp.Expr, datasets: Sequence[BoundDataset], dialect: str) -> BoundMetric:
    """The metric over the stored columns.

    Raises:
        Unusable: it is no aggregate, or names what is not there or is there twice.
    """
    if not tree.find(exp.AggFunc):
        raise Unusable("no aggregate, such as SUM(…)")
    if tree.find(exp.Window):
        raise Unusable("a window, where an aggregate is needed")
    ends = [_end(node, datasets) for node in tree.find_all(exp.Column)]
    tables = tuple(dict.fromkeys(one.table.name for one, _ in ends))
    if not tables and len(datasets) != 1:
        raise Unusable("no column that says of which dataset it is, such as COUNT(orders.id)")
    stored = [
        bound(found.tree, lambda inner, t=one.table.name: stored_column(t, inner.name))
        for one, found in ends
    ]
    meant = [
        stored_column(one.table.meaning.name, found.name) if found.name else found.tree
        for one, found in ends
    ]
    return BoundMetric(
        written(_with(tree, stored), dialect),
        written(_with(tree, meant), ""),
        tables or (datasets[0].table.name,),
        tuple((one.table.meaning.name, found.name) for one, found in ends if found.name),
    )


def metrics_in(tree: exp.Expr, schema: Schema, reads: Reads) -> tuple[tuple[str, str], ...]:
    """The (name, expression) of the metrics that stand in a statement, whoever wrote it.

    What is compared are the parsed expressions over stored columns.
    """
    if not schema.glossary.metrics:
        return ()
    # The gate reads functions as mere names, so its tree is written and read again.
    plain = sqlglot.parse_one(_qualified(tree, reads).sql(schema.dialect), dialect=schema.dialect)
    parts = (node for node in plain.walk() if isinstance(node, exp.Condition))
    there = {_text(node) for node in parts if node.find(exp.AggFunc)}
    found = (m for m in schema.glossary.metrics if _defined(m, schema.dialect) in there)
    return tuple((metric.label, metric.expression) for metric in found)


def _defined(metric: Metric, dialect: str) -> str:
    tree = _qualified(read_sql(metric.expression, dialect), lambda column: column.table)
    return _text(read_sql(tree.sql(dialect), dialect))


def _qualified(tree: exp.Expr, reads: Reads) -> exp.Expr:
    """A tree whose columns are all written with their stored tables."""
    nodes = [
        exp.column(node.name.lower(), table=reads(node).lower() or None, quoted=True)
        if isinstance(node.this, exp.Identifier)
        else node
        for node in tree.find_all(exp.Column)
    ]
    return _with(tree, nodes)


def _text(node: exp.Expr) -> str:
    """An expression without what does not change it: case, quotes, brackets, the order of sums."""
    if isinstance(node, exp.Paren):
        return _text(node.this)
    if isinstance(node, _COMMUTATIVE):
        return f"{node.key}({', '.join(sorted(map(_text, node.flatten())))})"
    parts = [
        _text(value) if isinstance(value, exp.Expr) else str(value).lower()
        for value in _values(node)
        if value is not None and value is not False
    ]
    return f"{node.key}({', '.join(parts)})"


def _values(node: exp.Expr) -> Iterator[object]:
    for name, value in sorted(node.args.items()):
        if name in ("quoted", "typed", "safe"):
            continue
        if isinstance(value, list):
            yield from value
        else:
            yield value


def _end(node: exp.Column, datasets: Sequence[BoundDataset]) -> tuple[BoundDataset, Reference]:
    """The dataset and field that a column of a metric means."""
    wanted = [one for one in datasets if not node.table or _is_called(one, node.table)]
    if not wanted and node.table:
        near = nearest_clause(node.table, (one.dataset.name for one in datasets))
        raise Unusable(f"no dataset {node.table!r}{near}")
    if isinstance(node.this, exp.Star):
        return wanted[0], Reference("", exp.Star())
    found = [(one, ref) for one in wanted if (ref := one.find(node.name))]
    if not found:
        near = nearest_clause(node.name, (name for one in wanted for name in one.names))
        raise Unusable(f"no field {node.sql()!r}{near}")
    if len(found) > 1:
        among = " and ".join(f"{one.dataset.name}.{node.name}" for one, _ in found)
        raise Unusable(f"{node.name!r}, which may be {among}: write which")
    return found[0]


def _is_called(one: BoundDataset, name: str) -> bool:
    names = (one.dataset.name, one.table.name, one.table.own_name)
    return name.lower() in map(str.lower, names)


def _with(tree: exp.Expr, nodes: Sequence[exp.Expr]) -> exp.Expr:
    """The tree with other nodes in the places of its columns, in order."""
    copy = tree.copy()
    places = list(copy.find_all(exp.Column))
    for place, node in zip(places, nodes, strict=True):
        if place is copy:
            return node.copy()
        place.replace(node.copy() if not _is_loose(node, place) else exp.paren(node.copy()))
    return copy


def _is_loose(node: exp.Expr, place: exp.Expr) -> bool:
    """Whether an expression in the place of a column needs brackets."""
    return isinstance(node, exp.Binary) and isinstance(place.parent, exp.Binary | exp.Unary)
