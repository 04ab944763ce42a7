"""What is stored in a table, looked at once for all its columns."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property

from sqlglot import exp

from tools.sql.schema import Column, Table
from tools.sql.semantic.draft.keys import Ask, stored_table
from tools.sql.values import is_number

_ROWS = 200
"""Rows in which values are looked for."""
Ends = tuple[object, object, int]
"""The least and the greatest value of a column, and how many different ones it has."""


@dataclass(frozen=True)
class TableLook:
    """Looks at the rows of a table, with few statements."""

    table: Table
    ask: Ask
    dialect: str

    @cached_property
    def seen(self) -> Mapping[str, list[object]]:
        """The different values of each column in the first rows."""
        columns = self.table.columns
        query = exp.select(*(_node(one) for one in columns)).from_(stored_table(self.table))
        rows = self.ask(query.limit(_ROWS).sql(self.dialect))
        return {
            one.name: [*dict.fromkeys(row[at] for row in rows if row[at] is not None)]
            for at, one in enumerate(columns)
        }

    def ends(self, column: Column) -> Ends:
        """The ends of a column of numbers."""
        found = self._all_ends.get(column.name) or self._ends_of([column]).get(column.name)
        return found or (None, None, 0)

    @cached_property
    def _all_ends(self) -> Mapping[str, Ends]:
        return self._ends_of([one for one in self.table.columns if is_number(one.kind)])

    def _ends_of(self, columns: Sequence[Column]) -> Mapping[str, Ends]:
        nodes = [
            part
            for node in map(_node, columns)
            for part in (
                exp.Min(this=node),
                exp.Max(this=node.copy()),
                exp.Count(this=exp.Distinct(expressions=[node.copy()])),
            )
        ]
        rows = self.ask(exp.select(*nodes).from_(stored_table(self.table)).sql(self.dialect))
        return {
            one.name: (row[3 * at], row[3 * at + 1], int(str(row[3 * at + 2])))
            for row in rows[:1]
            for at, one in enumerate(columns)
        }


def _node(column: Column) -> exp.Column:
    return exp.column(column.name, quoted=True)
