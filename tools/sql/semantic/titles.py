"""What a semantic model says of a result: titles, the meaning of codes, and figures."""

from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from sqlglot import exp

from tools.sql.meaning import UNSAID, Meaning
from tools.sql.schema import Schema
from tools.sql.semantic.metrics import metrics_in

Reads = Callable[[exp.Column], str]
"""The stored table of a column in a statement, empty where it has none."""


@dataclass(frozen=True, slots=True)
class Explained:
    """The titles of a result's columns, the (title, code, meaning) of codes in them, and its figures.

    Figures are (name, expression); `version` is that of the model.
    """

    columns: tuple[str, ...]
    codes: tuple[tuple[str, str, str], ...] = ()
    metrics: tuple[tuple[str, str], ...] = ()
    version: str = ""


def explain(columns: tuple[str, ...], tree: exp.Query, schema: Schema, reads: Reads) -> Explained:
    """What the model says of a result's columns and of its statement.

    A stored column has its label as title. What the statement names itself keeps that name, and so
    do columns of which two would be called the same.
    """
    if not any(table.meaning.name for table in schema.tables):
        return Explained(columns)
    meanings, version = _meanings(tree, schema, reads), schema.glossary.version
    if len(meanings) != len(columns):
        return Explained(columns, (), metrics_in(tree, schema, reads), version)
    titles = _titles(columns, tree, meanings)
    codes = (
        (title, code, words[0])
        for title, meaning in zip(titles, meanings, strict=True)
        for code, words in meaning.codes
    )
    return Explained(titles, tuple(codes), metrics_in(tree, schema, reads), version)


def _titles(
    columns: tuple[str, ...], tree: exp.Query, meanings: Sequence[Meaning]
) -> tuple[str, ...]:
    named = [isinstance(item, exp.Alias) for item in _first(tree).expressions]
    labels = [
        "" if is_named else meaning.label for is_named, meaning in zip(named, meanings, strict=True)
    ]
    counted = Counter(labels)
    pairs = zip(columns, labels, strict=True)
    return tuple(label if label and counted[label] == 1 else name for name, label in pairs)


def _meanings(tree: exp.Query, schema: Schema, reads: Reads) -> list[Meaning]:
    """What is meant by each column of the first SELECT, where it is a stored one."""
    found: list[Meaning] = []
    for item in _first(tree).expressions:
        plain = item.unalias()
        table = schema.table(reads(plain)) if isinstance(plain, exp.Column) else None
        column = table.column(plain.name) if table is not None else None
        found.append(column.meaning if column is not None else UNSAID)
    return found


def _first(tree: exp.Query) -> exp.Expr:
    select: exp.Expr = tree
    while isinstance(select, exp.SetOperation):
        select = select.left
    return select
