"""How drafted statements are written: names, values, and what a semantic model says of a table."""

import re
from dataclasses import dataclass
from functools import cache
from typing import cast

import sqlglot
from sqlglot import TokenType, exp
from sqlglot.dialects.dialect import Dialect

from tools.sql.schema import Column, ForeignKey, Table

_PLAIN = re.compile("[a-z_][a-z0-9_]*")
"""Names that mean themselves without quotes, on every engine, unless they are reserved."""
_TELLING = ("mysql", "duckdb", "trino", "bigquery")
"""Dialects of sqlglot that list their reserved words."""


@dataclass(frozen=True, slots=True)
class DraftSql:
    """Parts of statements in one engine's SQL."""

    dialect: str

    def name(self, one: Table | Column) -> str:
        """The name of a table or a column, quoted where it has to be."""
        if isinstance(one, Column):
            return self.quoted(one.name)
        parts = [one.namespace, one.own_name] if one.namespace else [one.name]
        return ".".join(map(self.quoted, parts))

    def quoted(self, name: str) -> str:
        """A name as a statement has it."""
        is_plain = _PLAIN.fullmatch(name) is not None and name not in _reserved()
        return exp.to_identifier(name, quoted=not is_plain).sql(self.dialect)

    def text(self, value: str) -> str:
        """A value as a statement has it."""
        return exp.Literal.string(value).sql(self.dialect)

    def value(self, column: Column) -> str:
        """What is read of a column: what its semantic model says, or the column."""
        return column.meaning.expression or self.name(column)

    def rows_of(self, table: Table, *conditions: str) -> str:
        """The rows that a question about the table means, with these conditions."""
        own = [self._condition(table.meaning.filter)] if table.meaning.filter else []
        return f"{self.name(table)}{_where([*own, *conditions])}"

    def joined(self, table: Table, other: Table, key: ForeignKey, *conditions: str) -> str:
        """The rows of two tables, `a` and `b` in the statement, over a key of the first."""
        pairs = zip(key.columns, key.referred_columns, strict=True)
        on = " AND ".join(f"a.{self.quoted(own)} = b.{self.quoted(there)}" for own, there in pairs)
        known = (
            self.within(self._condition(one.meaning.filter), alias)
            for alias, one in (("a", table), ("b", other))
            if one.meaning.filter
        )
        joined = f"{self.name(table)} AS a JOIN {self.name(other)} AS b ON {on}"
        return f"{joined}{_where([*known, *conditions])}"

    def _condition(self, text: str) -> str:
        """A condition as one of several that all hold."""
        is_choice = isinstance(sqlglot.parse_one(text, dialect=self.dialect), exp.Or)
        return f"({text})" if is_choice else text

    def within(self, text: str, alias: str) -> str:
        """An expression whose columns are those of the table of that alias."""
        tree = sqlglot.parse_one(text, dialect=self.dialect)
        for column in tree.find_all(exp.Column):
            column.set("table", exp.to_identifier(alias))
        return tree.sql(self.dialect)

    def renamed(self, text: str, aliases: dict[str, str]) -> str:
        """An expression over stored tables in which each goes by its alias."""
        tree = sqlglot.parse_one(text, dialect=self.dialect)
        for column in tree.find_all(exp.Column):
            column.set("table", exp.to_identifier(aliases.get(column.table, column.table)))
        return tree.sql(self.dialect)


def reads(text: str, column: Column, dialect: str) -> bool:
    """Whether an expression reads the column."""
    if not text:
        return False
    tree = sqlglot.parse_one(text, dialect=dialect)
    return any(one.name.lower() == column.name.lower() for one in tree.find_all(exp.Column))


def _where(conditions: list[str]) -> str:
    return f" WHERE {' AND '.join(conditions)}" if conditions else ""


@cache
def _reserved() -> frozenset[str]:
    """The words that name nothing without quotes on one engine or another."""
    found = set[str]()
    for name in _TELLING:
        dialect = Dialect.get_or_raise(name)
        names = cast("set[TokenType]", dialect.parser_class.ID_VAR_TOKENS)
        for words, token in dialect.tokenizer_class.KEYWORDS.items():
            found |= {*words.lower().split()} if token not in names else set()
        found |= {word.lower() for word in dialect.generator_class.RESERVED_KEYWORDS}
    return frozenset(found)
