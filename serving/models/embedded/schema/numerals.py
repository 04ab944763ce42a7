"""Text columns that hold nothing but numbers: they are compared, ordered and summed as such."""

import re
from collections.abc import Iterable, Mapping
from dataclasses import replace

from serving.models.embedded.schema.targets import ColumnRef
from tools.sql.schema import Column, Schema, Table

Numerals = Mapping[ColumnRef, tuple[str, ...]]
"""The columns, each with the words that stand in it for a missing number."""

_NUMBER = re.compile(r"-?(0|[1-9]\d*)(\.\d+)?")
_MISSING = frozenset({"", "null", "none", "n/a", "na", "-", "nan", "?", "unknown"})
_FEWEST = 2


def missing_words(values: Iterable[str]) -> tuple[str, ...] | None:
    """What stands for a missing number among numbers; None unless the rest are all numbers."""
    found = list(values)
    words = tuple(value for value in found if value.strip().lower() in _MISSING)
    numbers = [value for value in found if value not in words]
    is_numeric = all(_NUMBER.fullmatch(value.strip()) for value in numbers)
    return words if is_numeric and len(numbers) >= _FEWEST else None


def typed(schema: Schema, numerals: Numerals) -> Schema:
    """The schema as if such columns had been declared numeric, keys left as they are."""
    tables: list[Table] = []
    for table in schema.tables:
        keys = {name for key in table.foreign_keys for name in key.columns}
        keys |= {column.name for column in table.columns if column.primary_key}
        columns = tuple(
            _typed(column)
            if ColumnRef(table.name, column.name) in numerals and column.name not in keys
            else column
            for column in table.columns
        )
        tables.append(replace(table, columns=columns))
    return replace(schema, tables=tuple(tables))


def _typed(column: Column) -> Column:
    return replace(column, type="NUMERIC", samples=())
