"""Whether two statements say the same: by their rows where both ran, else by their text."""

from collections import Counter
from collections.abc import Sequence
from decimal import Decimal
from itertools import islice, product
from math import isfinite

from sqlglot import exp

from tools.errors import Refused
from tools.sql.run import Database, QueryResult
from tools.sql.source import Value

_MOST_PAIRINGS = 200
"""Ways to pair the columns that are tried where several columns hold the same values."""
_DECIMALS = 4
"""Decimals of a number that are compared at most: sums differ in the last ones by their order."""

Column = tuple[Value, ...]


def have_same_rows(one: QueryResult, other: QueryResult) -> bool | None:
    """Whether two results hold the same rows; None where that cannot be told.

    The order of rows and columns does not count, nor do the columns' names. One may have further
    columns where it has several rows, or texts: a single number is too easily found among others.
    Numbers agree in four decimals, or in as many as the column has that was rounded to fewer. It
    cannot be told of results that were cut off, and two that hold nothing bear each other out in
    nothing.
    """
    if one.truncated or other.truncated or (is_empty(one) and is_empty(other)):
        return None
    if len(one.rows) != len(other.rows) or not one.rows:
        return False
    narrow, wide = sorted((_columns(one), _columns(other)), key=len)
    is_telling = len(one.rows) > 1 or any(isinstance(column[0], str) for column in narrow)
    if len(narrow) < len(wide) and not is_telling:
        return False
    fits = [[at for at, other in enumerate(wide) if _agree([one], [other])] for one in narrow]
    chosen = islice(product(*fits), _MOST_PAIRINGS)
    return any(
        len({*places}) == len(places) and _agree(narrow, [wide[at] for at in places])
        for places in chosen
    )


def is_empty(result: QueryResult) -> bool:
    """No rows, or the one row of sums and counts over none."""
    if not result.rows:
        return True
    return len(result.rows) == 1 and all(value in (None, 0) for value in result.rows[0])


def are_same_statement(one: str, other: str, database: Database) -> bool:
    """Whether two statements are the same but for names, aliases and the sides of a comparison.

    Nothing runs. False says little: the same can be written in many ways.
    """
    try:
        return plain_tree(one, database) == plain_tree(other, database)
    except Refused:
        return False


def _columns(result: QueryResult) -> list[Column]:
    return [*zip(*result.rows, strict=True)]


def _agree(some: Sequence[Column], others: Sequence[Column]) -> bool:
    """Whether columns, each with the other's at its place, make the same rows in any order."""
    pairs = [_comparable(one, other) for one, other in zip(some, others, strict=True)]
    left, right = (zip(*side, strict=True) for side in zip(*pairs, strict=True))
    return Counter(left) == Counter(right)


def _comparable(one: Column, other: Column) -> tuple[Sequence[str], Sequence[str]]:
    decimals = min(_decimals(one), _decimals(other))
    return [_cell(value, decimals) for value in one], [_cell(value, decimals) for value in other]


def _decimals(column: Column) -> int:
    """The decimals of a column's numbers, as far as they are compared; where all are whole, too."""
    texts = [f"{value:.10g}" for value in column if isinstance(value, float | Decimal)]
    return min(
        _DECIMALS, max((len(text.partition(".")[2]) for text in texts), default=0) or _DECIMALS
    )


def _cell(value: Value, decimals: int) -> str:
    if isinstance(value, bool | int | float | Decimal) and isfinite(value):
        return f"{round(float(value), decimals):.15g}"
    return str(value).strip()


def plain_tree(sql: str, database: Database) -> exp.Query:
    """The tree as the gate resolved its names, without what people are free to choose in it.

    Raises:
        Refused: the statement does not pass the gate.
    """
    tree = database.check(sql).tree.copy()
    tables = [*tree.find_all(exp.Table)]
    named = {table.alias: table.name for table in tables if table.alias}
    if len(set(named.values())) == len(tables):  # a table that is read twice keeps its aliases
        for column in tree.find_all(exp.Column):
            column.set("table", exp.to_identifier(named.get(column.table, column.table)))
        for table in tables:
            table.set("alias", None)
    for alias in [*tree.find_all(exp.Alias)]:
        if isinstance(alias.parent, exp.Select):
            alias.replace(alias.this)
    for equal in tree.find_all(exp.EQ):
        sides = sorted((equal.left, equal.right), key=_by_kind)
        equal.set("this", sides[0])
        equal.set("expression", sides[1])
    for name in tree.find_all(exp.Identifier):
        name.set("this", name.name.lower())
        name.set("quoted", False)  # noqa: FBT003  # sqlglot's own way to set a part
    return tree


def _by_kind(side: exp.Expr) -> tuple[bool, str]:
    return not isinstance(side, exp.Column), side.sql()
