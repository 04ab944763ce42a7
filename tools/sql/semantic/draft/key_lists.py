"""Key lists: a table that says what the codes in other tables' columns mean, list by list."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Self

from sqlglot import exp

from tools.sql.schema import Schema, Table
from tools.sql.semantic.draft.keys import Ask, stored_table

_ROWS, _COLUMNS = 500, range(3, 9)
"""Rows of a table of key lists at most, and its columns."""
_FEWEST_LISTS = 2

Codes = tuple[tuple[str, tuple[str, ...]], ...]


@dataclass(frozen=True, slots=True)
class KeyLists:
    """What each code means, by the column that it is for, in lower case."""

    lists: Mapping[str, Mapping[str, str]] = field(default_factory=dict[str, Mapping[str, str]])

    @classmethod
    def of(cls, schema: Schema, ask: Ask) -> Self:
        """Those of a schema: (list, code, meaning), where the lists are called as columns are."""
        found: dict[str, dict[str, str]] = {}
        for table in schema.tables:
            others = {
                column.name.lower()
                for other in schema.tables
                if other is not table
                for column in other.columns
            }
            for name, code, meaning in _entries(table, others, ask, schema.dialect):
                found.setdefault(name, {})[code] = meaning
        return cls(found)

    def codes(self, column: str, values: Sequence[object]) -> Codes:
        """These values with what they mean; nothing where one is in no list for the column."""
        known = self.lists.get(column.lower(), {})
        told = {_plain(code): meaning for code, meaning in known.items()}
        stored = sorted(str(value) for value in values if value != "")
        if not stored or not all(_plain(value) in told for value in stored):
            return ()
        return tuple((value, (told[_plain(value)],)) for value in stored)


def _entries(
    table: Table, columns: set[str], ask: Ask, dialect: str
) -> Iterator[tuple[str, str, str]]:
    lists = [one for one in table.columns if _names_columns(one.samples, columns)]
    if len(lists) != 1 or table.is_view or len(table.columns) not in _COLUMNS:
        return
    others = [one for one in table.columns if one is not lists[0]]
    nodes = [exp.column(one.name, quoted=True) for one in (lists[0], *others)]
    query = exp.select(*nodes).from_(stored_table(table)).limit(_ROWS + 1)
    rows = [
        tuple("" if cell is None else str(cell) for cell in row) for row in ask(query.sql(dialect))
    ]
    places = range(1, len(nodes))
    codes = [at for at in places if len({(row[0], row[at]) for row in rows}) == len(rows)]
    if not codes or len(rows) > _ROWS:
        return
    meaning = max(places, key=lambda at: sum(len(row[at]) for row in rows))
    yield from (
        (row[0].lower(), row[codes[0]], row[meaning])
        for row in rows
        if meaning != codes[0] and row[meaning]
    )


def _names_columns(samples: Sequence[str], columns: set[str]) -> bool:
    return len(columns & {one.lower() for one in samples}) >= _FEWEST_LISTS


def _plain(code: str) -> str:
    """A code without the zeros before it: "01" in one table is 1 in the next."""
    return code.lstrip("0") or code
