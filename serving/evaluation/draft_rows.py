"""Drafts of questions about a database, each with the statement that answers it."""

import re
from collections.abc import Iterator
from dataclasses import dataclass

from sqlglot import exp

from serving.auth.local import LOCAL
from serving.evaluation.case import SetCase
from serving.evaluation.draft_words import (
    categories,
    days,
    measures,
    name_column,
    one_of,
    spoken_day,
    spoken_name,
    within_reach,
)
from tools.errors import DocsqlError
from tools.sql.run import Database
from tools.sql.schema import Column, ForeignKey, Schema, Table

_AFTER_ALL = 10
"""Years after the last date: nothing is there."""
_PLAIN = re.compile("[a-z_][a-z0-9_]*")
"""Names that mean themselves without quotes, on every engine."""


@dataclass(frozen=True, slots=True)
class Drafting:
    """Drafts from what the schema and the values of one database allow, of many kinds.

    Statements are written from templates and not by the reader that is going to be asked: it
    would call itself right. What does not run, or finds nothing where it should, is left out.
    """

    database: Database

    def cases(self) -> Iterator[SetCase]:
        """The drafts, table by table, the largest first."""
        schema = self.database.schema()
        tables = [t for t in schema.tables if not t.is_view and len(t.columns) > 1]
        for table in sorted(tables, key=lambda one: -(one.rows or 0)):
            yield from self._of(table, schema)
        for golden in self.database.golden():
            yield from self._case("verified", golden.question, golden.sql)

    def _of(self, table: Table, schema: Schema) -> Iterator[SetCase]:
        things = spoken_name(table)
        count = f"SELECT COUNT(*) FROM {self._name(table)}"
        yield from self._case("count", f"How many {things} are there?", count)
        for column in categories(table):
            yield from self._by_category(table, column)
        for column, last_day in days(table):
            yield from self._by_day(table, column, last_day[:4])
        for column in measures(table):
            yield from self._by_measure(table, column)
        yield from self._taken_away(table)
        for key in table.foreign_keys:
            yield from self._joined(table, key, schema)
        yield from self._unanswerable(table, schema)

    def _by_category(self, table: Table, column: Column) -> Iterator[SetCase]:
        things, what = spoken_name(table), spoken_name(column)
        source, name = self._name(table), self._name(column)
        first, second = column.samples[:2]
        counted = f"SELECT COUNT(*) FROM {source} WHERE {name} = "
        asked = f"How many {things} have the {what} {first}?"
        yield from self._case("filter", asked, f"{counted}{self._text(first)}")
        grouped = f"SELECT {name}, COUNT(*) FROM {source} GROUP BY {name}"
        yield from self._case("group", f"How many {things} are there for each {what}?", grouped)
        yield from self._case(
            "follow-up", f"And {second}?", f"{counted}{self._text(second)}", after=(asked,)
        )

    def _by_day(self, table: Table, column: Column, last: str) -> Iterator[SetCase]:
        if not last.isdigit():
            return
        what, things = spoken_day(column), spoken_name(table)
        counted = f"SELECT COUNT(*) FROM {self._name(table)} WHERE {{}}"
        yield from self._case(
            "date",
            f"How many {things} {what} in {last}?",
            counted.format(self._year(column, int(last))),
        )
        beyond = int(last) + _AFTER_ALL
        if shown := name_column(table):
            sql = f"SELECT {self._name(shown)} FROM {self._name(table)} WHERE {self._year(column, beyond)}"
            asked = f"Which {things} {what} in {beyond}?"
            yield from self._case("nothing found", asked, sql, may_be_empty=True)

    def _year(self, column: Column, year: int) -> str:
        name = self._name(column)
        return f"{name} >= '{year}-01-01' AND {name} < '{year + 1}-01-01'"

    def _by_measure(self, table: Table, column: Column) -> Iterator[SetCase]:
        source, name, what = self._name(table), self._name(column), spoken_name(column)
        mean = f"SELECT AVG({name}) FROM {source}"
        yield from self._case(
            "aggregate", f"What is the average {what} of {spoken_name(table)}?", mean
        )
        shown = name_column(table)
        if shown is None:
            return
        top = (
            f"SELECT {self._name(shown)} FROM {source} "
            f"WHERE {name} = (SELECT MAX({name}) FROM {source})"
        )
        if len(self._rows(top)) == 1:
            yield from self._case("rank", f"Which {one_of(table)} has the highest {what}?", top)
        else:
            asked = f"Which {spoken_name(table)} have the highest {what}?"
            yield from self._case("tie", asked, top)
        yield from self._looked_up(table, shown, column)

    def _looked_up(self, table: Table, shown: Column, column: Column) -> Iterator[SetCase]:
        source, name = self._name(table), self._name(shown)
        once = f"SELECT {name} FROM {source} GROUP BY {name} HAVING COUNT(*) = 1 ORDER BY {name}"
        for row in self._rows(f"{once} LIMIT 1"):
            sql = f"SELECT {self._name(column)} FROM {source} WHERE {name} = {self._text(str(row[0]))}"
            yield from self._case("lookup", f"What is the {spoken_name(column)} of {row[0]}?", sql)

    def _joined(self, table: Table, key: ForeignKey, schema: Schema) -> Iterator[SetCase]:
        other = schema.table(key.referred_table)
        shown = name_column(other) if other else None
        if other is None or shown is None or len(key.columns) != 1 or other.name == table.name:
            return
        on = f"a.{self._quoted(key.columns[0])} = b.{self._quoted(key.referred_columns[0])}"
        joined = f"FROM {self._name(table)} AS a JOIN {self._name(other)} AS b ON {on}"
        named = f"b.{self._name(shown)}"
        key_there = f"b.{self._quoted(key.referred_columns[0])}"  # two may have one name
        of_each = f"SELECT {named}, COUNT(*) {joined} GROUP BY {key_there}, {named}"
        asked = f"How many {spoken_name(table)} are there for each {one_of(other)}?"
        yield from self._case("join", asked, of_each)
        once = f"GROUP BY {named} HAVING COUNT(DISTINCT {key_there}) = 1 ORDER BY {named} LIMIT 1"
        for row in self._rows(f"SELECT {named} {joined} {once}"):
            sql = f"SELECT COUNT(*) {joined} WHERE {named} = {self._text(str(row[0]))}"
            asked = f"How many {spoken_name(table)} belong to the {one_of(other)} {row[0]}?"
            yield from self._case("join", asked, sql)

    def _taken_away(self, table: Table) -> Iterator[SetCase]:
        """What could be looked up, without the column that has it."""
        shown, known = name_column(table), measures(table)
        if shown is None or not known:
            return
        what = spoken_name(known[0])
        for row in self._rows(f"SELECT MIN({self._name(shown)}) FROM {self._name(table)}"):
            asked = f"What is the {what} of the {one_of(table)} {row[0]}?"
            without = f"{self.database.name}.{table.name}.{known[0].name}"
            yield self._draft("unanswerable", asked, declined=True, mode="sql", without=(without,))

    def _unanswerable(self, table: Table, schema: Schema) -> Iterator[SetCase]:
        """A question for a column of a table that no join leads to: it is as if taken away."""
        near = within_reach(table, schema)
        known = {c.name for t in schema.tables if t.name in near for c in t.columns}
        strange = [
            column
            for other in schema.tables
            if other.name not in near
            for column in measures(other)
            if column.name not in known
        ]
        shown = name_column(table)
        if not strange or shown is None:
            return
        for row in self._rows(f"SELECT MIN({self._name(shown)}) FROM {self._name(table)}"):
            asked = f"What is the {spoken_name(strange[0])} of the {one_of(table)} {row[0]}?"
            yield self._draft("unanswerable", asked, declined=True)

    def _case(
        self,
        kind: str,
        question: str,
        sql: str,
        *,
        after: tuple[str, ...] = (),
        may_be_empty: bool = False,
    ) -> Iterator[SetCase]:
        """The draft, if its statement runs and finds what it should."""
        if self._rows(sql) or may_be_empty:
            yield self._draft(kind, question, sql=(sql,), after=after, routes=("sql",))

    def _draft(self, kind: str, question: str, **right: object) -> SetCase:
        given = {"id": "draft", "kind": kind, "question": question, **right}
        return SetCase.model_validate({**given, "database": self.database.name})

    def _rows(self, sql: str) -> tuple[tuple[object, ...], ...]:
        """The rows, none where they are too many or the gate or the engine refuses."""
        try:
            result = self.database.run(sql, caller=LOCAL)
        except DocsqlError:
            return ()
        rows = () if result.truncated else result.rows
        return tuple(row for row in rows if any(cell is not None for cell in row))

    def _name(self, one: Table | Column) -> str:
        if isinstance(one, Column):
            return self._quoted(one.name)
        parts = [one.namespace, one.own_name] if one.namespace else [one.name]
        return ".".join(map(self._quoted, parts))

    def _quoted(self, name: str) -> str:
        is_plain = _PLAIN.fullmatch(name) is not None
        return exp.to_identifier(name, quoted=not is_plain).sql(self.database.dialect)

    def _text(self, value: str) -> str:
        return exp.Literal.string(value).sql(self.database.dialect)
