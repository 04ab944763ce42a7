"""The titles of a result's columns, by what a semantic model calls them."""

from collections import Counter
from collections.abc import Callable, Iterator

from sqlglot import exp

from tools.sql.schema import Schema


def titled(
    columns: tuple[str, ...],
    tree: exp.Query,
    schema: Schema,
    reads: Callable[[exp.Column], str],
) -> tuple[str, ...]:
    """The names of a result's columns, a stored column's label instead of a bare name.

    What the statement names itself keeps that name, and so do columns of which two would be called
    the same. `reads` gives the stored table of a column.
    """
    if not any(table.meaning.name for table in schema.tables):
        return columns
    select: exp.Expr = tree
    while isinstance(select, exp.SetOperation):
        select = select.left
    if not isinstance(select, exp.Select) or len(select.expressions) != len(columns):
        return columns
    labels = list(_labels(select, schema, reads))
    counted = Counter(labels)
    pairs = zip(columns, labels, strict=True)
    return tuple(label if label and counted[label] == 1 else name for name, label in pairs)


def _labels(
    select: exp.Select, schema: Schema, reads: Callable[[exp.Column], str]
) -> Iterator[str]:
    for item in select.expressions:
        table = schema.table(reads(item)) if isinstance(item, exp.Column) else None
        column = table.column(item.name) if table is not None else None
        yield column.meaning.label if column is not None else ""
