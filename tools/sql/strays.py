"""Text among the numbers of a SQLite column, as imports of spreadsheets leave it: what it does to a result."""

import sqlglot
from sqlglot import exp
from sqlglot.errors import SqlglotError

from tools.sql.schema import Schema


def told(sql: str, schema: Schema) -> list[str]:
    """Warnings about cells with text in columns that the statement uses as numbers.

    SQLite counts such a cell as 0 in a sum, and as more than every number in a comparison.
    """
    mixed = {
        (table.name.lower(), column.name.lower()): (f"{table.name}.{column.name}", column.strays)
        for table in schema.tables
        for column in table.columns
        if column.strays
    }
    if not mixed:
        return []
    try:
        tree = sqlglot.parse_one(sql, dialect=schema.dialect)
    except SqlglotError:
        return []
    tables = {table.name.lower() for table in tree.find_all(exp.Table)}
    used = [c for c in tree.find_all(exp.Column) if not isinstance(c.parent, exp.Select)]
    named = {column.name.lower() for column in used}
    typed = {column.name.lower() for column in used if isinstance(column.parent, exp.Typeof)}
    return [
        _sentence(shown, count, is_left_out=name in typed)
        for (table, name), (shown, count) in mixed.items()
        if table in tables and name in named
    ]


def _sentence(column: str, count: int, *, is_left_out: bool) -> str:
    hold = "1 cell of {} holds" if count == 1 else f"{count:,} cells of {{}} hold"
    effect = (
        "left out, as if empty."
        if is_left_out
        else "SQLite counts it as 0 in sums and as more than every number in comparisons."
    )
    return f"{hold.format(column)} text instead of a number: {effect}"
