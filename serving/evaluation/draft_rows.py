"""Drafts of questions about a database, each with the statement that answers it."""

from collections.abc import Iterator
from dataclasses import dataclass

from serving.auth.local import LOCAL
from serving.evaluation.case import SetCase
from serving.evaluation.draft_sql import DraftSql, reads
from serving.evaluation.draft_words import (
    asks_for,
    categories,
    days,
    holds_text,
    measures,
    name_column,
    one_of,
    spoken_day,
    spoken_name,
    values_of,
    within_reach,
)
from tools.errors import DocsqlError
from tools.sql.meaning import Metric
from tools.sql.run import Database
from tools.sql.schema import Column, ForeignKey, Schema, Table

_AFTER_ALL = 10
"""Years after the last date: nothing is there."""


@dataclass(frozen=True, slots=True)
class Drafting:
    """Drafts from what the schema, its semantic model and the values of one database allow.

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
        for metric in schema.glossary.metrics:
            yield from self._metric(metric, schema)
        for golden in self.database.golden():
            yield from self._case("verified", golden.question, golden.sql)

    @property
    def _sql(self) -> DraftSql:
        return DraftSql(self.database.dialect)

    def _of(self, table: Table, schema: Schema) -> Iterator[SetCase]:
        things = spoken_name(table)
        count = f"SELECT COUNT(*) FROM {self._sql.rows_of(table)}"
        yield from self._case("count", f"How many {things} are there?", count)
        for column in categories(table):
            yield from self._by_category(table, column)
        for column in days(table):
            yield from self._by_day(table, column, schema.glossary.fiscal_year_start)
        for column in measures(table):
            yield from self._by_measure(table, column)
        yield from self._taken_away(table)
        for key in table.foreign_keys:
            yield from self._joined(table, key, schema)
        yield from self._unanswerable(table, schema)

    def _by_category(self, table: Table, column: Column) -> Iterator[SetCase]:
        if reads(table.meaning.filter, column, self.database.dialect):
            return  # a question for its values would not mean that filter
        things, what, name = spoken_name(table), spoken_name(column), self._sql.name(column)
        (first, code), (second, other) = values_of(column)[:2]
        asked = f"How many {things} have the {what} {first}?"
        yield from self._case("filter", asked, self._count(table, column, code))
        grouped = f"SELECT {name}, COUNT(*) FROM {self._sql.rows_of(table)} GROUP BY {name}"
        yield from self._case("group", f"How many {things} are there for each {what}?", grouped)
        counted = self._count(table, column, other)
        yield from self._case("follow-up", f"And {second}?", counted, after=(asked,))

    def _count(self, table: Table, column: Column, stored: str) -> str:
        value = self._sql.text(stored) if holds_text(column) else stored
        rows = self._sql.rows_of(table, f"{self._sql.name(column)} = {value}")
        return f"SELECT COUNT(*) FROM {rows}"

    def _by_day(self, table: Table, column: Column, fiscal_start: int) -> Iterator[SetCase]:
        last = self._last_year(table, column)
        if last is None:
            return
        what, things = spoken_day(column), spoken_name(table)
        rows = self._sql.rows_of(table, self._year(column, last))
        asked = f"How many {things} {what} in {last}?"
        yield from self._case("date", asked, f"SELECT COUNT(*) FROM {rows}")
        if fiscal_start > 1:
            yield from self._by_fiscal_year(table, column, last - 1, fiscal_start)
        if shown := name_column(table):
            beyond = last + _AFTER_ALL
            rows = self._sql.rows_of(table, self._year(column, beyond))
            sql = f"SELECT {self._sql.value(shown)} FROM {rows}"
            asked = f"Which {things} {what} in {beyond}?"
            yield from self._case("nothing found", asked, sql, may_be_empty=True)

    def _by_fiscal_year(
        self, table: Table, column: Column, first: int, start: int
    ) -> Iterator[SetCase]:
        called = first + self.database.schema().glossary.fiscal_year_by_end
        rows = self._sql.rows_of(table, self._year(column, first, start))
        asked = f"How many {spoken_name(table)} {spoken_day(column)} in the fiscal year {called}?"
        yield from self._case("fiscal year", asked, f"SELECT COUNT(*) FROM {rows}")

    def _last_year(self, table: Table, column: Column) -> int | None:
        value = self._sql.value(column)
        last = column.range[1] if column.range and not column.meaning.expression else ""
        for row in (
            self._rows(f"SELECT MAX({value}) FROM {self._sql.name(table)}") if not last else ()
        ):
            last = str(row[0])
        return int(last[:4]) if last[:4].isdecimal() else None

    def _year(self, column: Column, year: int, month: int = 1) -> str:
        name = self._sql.value(column)
        return f"{name} >= '{year}-{month:02}-01' AND {name} < '{year + 1}-{month:02}-01'"

    def _by_measure(self, table: Table, column: Column) -> Iterator[SetCase]:
        value, what = self._sql.value(column), spoken_name(column)
        rows, things = self._sql.rows_of(table), spoken_name(table)
        is_sum = column.meaning.aggregation.upper() == "SUM"
        put_together = f"SELECT {'SUM' if is_sum else 'AVG'}({value}) FROM {rows}"
        asked = f"What is the {'total' if is_sum else 'average'} {what} of {things}?"
        yield from self._case("aggregate", asked, put_together)
        shown = name_column(table)
        if shown is None:
            return
        highest = f"{value} = (SELECT MAX({value}) FROM {rows})"
        top = f"SELECT {self._sql.value(shown)} FROM {self._sql.rows_of(table, highest)}"
        if len(self._rows(top)) == 1:
            yield from self._case("rank", f"Which {one_of(table)} has the highest {what}?", top)
        else:
            yield from self._case("tie", f"Which {things} have the highest {what}?", top)
        yield from self._looked_up(table, shown, column)

    def _looked_up(self, table: Table, shown: Column, column: Column) -> Iterator[SetCase]:
        name, rows = self._sql.value(shown), self._sql.rows_of(table)
        once = f"SELECT {name} FROM {rows} GROUP BY {name} HAVING COUNT(*) = 1 ORDER BY {name}"
        for row in self._rows(f"{once} LIMIT 1"):
            found = self._sql.rows_of(table, f"{name} = {self._sql.text(str(row[0]))}")
            sql = f"SELECT {self._sql.value(column)} FROM {found}"
            yield from self._case("lookup", f"What is the {spoken_name(column)} of {row[0]}?", sql)

    def _joined(self, table: Table, key: ForeignKey, schema: Schema) -> Iterator[SetCase]:
        other = schema.table(key.referred_table)
        shown = name_column(other) if other else None
        if other is None or shown is None or other.name == table.name:
            return
        sql = self._sql
        named = sql.within(sql.value(shown), "b")
        keys_there = ", ".join(f"b.{sql.quoted(one)}" for one in key.referred_columns)
        joined = sql.joined(table, other, key)
        of_each = f"SELECT {named}, COUNT(*) FROM {joined} GROUP BY {keys_there}, {named}"
        asked = f"How many {spoken_name(table)} are there for each {one_of(other)}?"
        yield from self._case("join", asked, of_each)  # two may have one name
        if len(key.columns) > 1:
            return
        once = f"GROUP BY {named} HAVING COUNT(DISTINCT {keys_there}) = 1 ORDER BY {named} LIMIT 1"
        for row in self._rows(f"SELECT {named} FROM {joined} {once}"):
            found = sql.joined(table, other, key, f"{named} = {sql.text(str(row[0]))}")
            asked = f"How many {spoken_name(table)} belong to the {one_of(other)} {row[0]}?"
            yield from self._case("join", asked, f"SELECT COUNT(*) FROM {found}")

    def _metric(self, metric: Metric, schema: Schema) -> Iterator[SetCase]:
        """A figure of the semantic model, and for each value of a column of its table."""
        tables = [found for name in metric.tables if (found := schema.table(name))]
        asked = asks_for(metric.label)
        match tables:
            case [table]:
                figure, rows = metric.expression, self._sql.rows_of(table)
                for column in categories(table)[:1]:
                    by, name = spoken_name(column), self._sql.name(column)
                    grouped = f"SELECT {name}, {figure} FROM {rows} GROUP BY {name}"
                    yield from self._case("metric", f"{asked} for each {by}?", grouped)
            case [one, two]:
                keys = [(a, b, k) for a, b in ((one, two), (two, one)) for k in _keys(a, b)]
                if len(keys) != 1:
                    return  # which of several joins is meant, nobody says
                table, other, key = keys[0]
                aliases = {table.own_name: "a", other.own_name: "b"}
                figure = self._sql.renamed(metric.expression, aliases)
                rows = self._sql.joined(table, other, key)
            case _:
                return
        yield from self._case("metric", f"{asked}?", f"SELECT {figure} FROM {rows}")

    def _taken_away(self, table: Table) -> Iterator[SetCase]:
        """What could be looked up, without the column that has it."""
        shown, known = name_column(table), measures(table)
        if shown is None or not known:
            return
        what = spoken_name(known[0])
        for row in self._first_name(table, shown):
            asked = f"What is the {what} of the {one_of(table)} {row[0]}?"
            without = f"{self.database.name}.{table.name}.{known[0].name}"
            yield self._draft("unanswerable", asked, declined=True, mode="sql", without=(without,))

    def _first_name(self, table: Table, shown: Column) -> tuple[tuple[object, ...], ...]:
        return self._rows(f"SELECT MIN({self._sql.value(shown)}) FROM {self._sql.name(table)}")

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
        for row in self._first_name(table, shown):
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


def _keys(table: Table, other: Table) -> list[ForeignKey]:
    """The keys of one table that lead to the other."""
    return [key for key in table.foreign_keys if key.referred_table == other.name]
