"""The statement that runs, written from the tree that was judged."""

import time
from collections.abc import Collection, Mapping
from functools import lru_cache
from typing import Any, ClassVar, cast

from sqlglot import Dialect, ErrorLevel, exp
from sqlglot.generator import Generator
from sqlglot.generators.duckdb import DuckDBGenerator
from sqlglot.generators.mysql import MySQLGenerator
from sqlglot.generators.postgres import PostgresGenerator
from sqlglot.generators.sqlite import SQLiteGenerator
from sqlglot.generators.trino import TrinoGenerator

from tools.errors import Refused
from tools.sql.guard.as_read import AS_READ, Written

_LONGEST_WRITTEN = 200_000
_WRITING_S = 0.5

_GRAMMAR = frozenset({
    "coalesce", "nullif", "greatest", "least", "row", "grouping", "current_date", "current_time",
    "current_timestamp", "localtime", "localtimestamp", "normalize", "array", "rollup", "cube",
})  # fmt: skip
"""Functions that PostgreSQL's grammar calls itself, without a schema."""


def _extract(writer: Any, node: exp.Extract) -> str:
    return f"EXTRACT({writer.sql(node, 'this')} FROM {writer.sql(node, 'expression')})"


def _trim(writer: Any, node: exp.Trim) -> str:
    position, signs = node.args.get("position"), writer.sql(node, "expression")
    if position:
        return f"TRIM({position} {signs or ''} FROM {writer.sql(node, 'this')})"
    return f"TRIM({writer.sql(node, 'this')}{', ' * bool(signs)}{signs})"


def _call(writer: Any, node: exp.Anonymous) -> str:
    return writer.call(node)


def _group_concat(writer: Any, node: exp.GroupConcat) -> str:
    separator = writer.sql(node, "separator")
    end = f" SEPARATOR {separator}" if separator else ""
    return f"GROUP_CONCAT({_values(writer, node.this)}{end})"


def _values(writer: Any, node: exp.Expr) -> str:
    """Several values, followed by their order."""
    if isinstance(node, exp.Order):
        keys = ", ".join(writer.sql(key) for key in node.expressions)
        return f"{_values(writer, node.this)} ORDER BY {keys}"
    if isinstance(node, exp.Tuple):
        return ", ".join(writer.sql(each) for each in node.expressions)
    return writer.sql(node)


def _offset_rows(writer: Any, node: exp.Offset) -> str:
    """MariaDB wants the word behind the number where FETCH follows."""
    parent = node.parent
    is_fetched = parent is not None and isinstance(parent.args.get("limit"), exp.Fetch)
    return f"{writer.sep()}OFFSET {writer.sql(node, 'expression')}{' ROWS' if is_fetched else ''}"


def _without_rewriting(of: type[Generator]) -> dict[type[exp.Expr], Written]:
    """A dialect's way to write, without what turns a query into another one of the same meaning."""
    kept = {kind: how for kind, how in of.TRANSFORMS.items() if kind is not exp.Select}
    return {**kept, **AS_READ}


class SqliteWriter(SQLiteGenerator):
    """Types keep the affinity of the name that was written."""

    MULTI_ARG_DISTINCT = True
    TYPE_MAPPING: ClassVar[dict[exp.DType, str]] = {exp.DType.VARBINARY: "BLOB"}
    TRANSFORMS: ClassVar[dict[type[exp.Expr], Written]] = _without_rewriting(SQLiteGenerator)


class MariaDbWriter(MySQLGenerator):
    """No space before a call's parenthesis: with one, MariaDB takes some for stored functions."""

    VALUES_AS_TABLE = True
    WRAP_DERIVED_VALUES = True
    LIMIT_FETCH = "ALL"
    TRANSFORMS: ClassVar[dict[type[exp.Expr], Written]] = {
        **_without_rewriting(MySQLGenerator),
        exp.Anonymous: _call,
        exp.GroupConcat: _group_concat,
        exp.Offset: _offset_rows,
    }

    def call(self, node: exp.Anonymous) -> str:
        """A call; a function that was opened by name has its database's name in front."""
        schema, _, own = node.name.rpartition(".")
        name = f"`{schema}`.`{own}`" if schema else own
        return self.func(name, *node.expressions, normalize=False)


class TrinoWriter(TrinoGenerator):
    """Trino's SQL."""

    MULTI_ARG_DISTINCT = True
    TRANSFORMS: ClassVar[dict[type[exp.Expr], Written]] = _without_rewriting(TrinoGenerator)


class DuckDbWriter(DuckDBGenerator):
    """DuckDB's SQL; what the grammar spells with keywords stays as it was read."""

    MULTI_ARG_DISTINCT = True
    TRANSFORMS: ClassVar[dict[type[exp.Expr], Written]] = {
        **_without_rewriting(DuckDBGenerator),
        exp.Anonymous: _call,
        exp.Extract: _extract,
        exp.Trim: _trim,
        exp.WithinGroup: Generator.withingroup_sql,
    }

    def datatype_sql(self, expression: exp.DataType) -> str:
        """A type with its length, which the engine takes and ignores."""
        if expression.is_type("text") and expression.expressions:
            return f"VARCHAR({self.expressions(expression, flat=True)})"
        return super().datatype_sql(expression)

    def join_sql(self, expression: exp.Join, join_op: str | None = None) -> str:
        """A join as it was read: sqlglot's own makes JOIN … ON TRUE of a comma before UNNEST."""
        return Generator.join_sql(self, expression, join_op)

    def call(self, node: exp.Anonymous) -> str:
        """A call; a macro that was opened by name has its schema in front."""
        schema, _, own = node.name.rpartition(".")
        name = f'"{schema}"."{own}"' if schema else own
        return self.func(name, *node.expressions, normalize=False)


class PostgresWriter(PostgresGenerator):
    """Functions with their schema, so that none of a like name and a closer signature is called."""

    MULTI_ARG_DISTINCT = True
    TRANSFORMS: ClassVar[dict[type[exp.Expr], Written]] = {
        **_without_rewriting(PostgresGenerator),
        exp.Anonymous: _call,
    }

    operators: Collection[str] = ()

    def binary(self, expression: exp.Binary, op: str) -> str:
        """An operator of the engine's own, where somebody has defined another of its name."""
        if op not in self.operators:
            return super().binary(expression, op)
        left, right = self.sql(expression, "this"), self.sql(expression, "expression")
        if not isinstance(expression.expression, exp.Any | exp.All):
            right = f"({right})"
        return f"(({left}) OPERATOR(pg_catalog.{op}) {right})"

    def call(self, node: exp.Anonymous) -> str:
        """A call with the function's schema, unless the grammar makes it."""
        name = node.name.lower()
        schema, _, own = name.rpartition(".")
        if schema:
            name = f'"{schema}"."{own}"'
        elif name not in _GRAMMAR:
            name = f"pg_catalog.{name}"
        return self.func(name, *node.expressions, normalize=False)


WRITERS: Mapping[str, type[Generator]] = {
    "sqlite": SqliteWriter,
    "postgres": PostgresWriter,
    "mysql": MariaDbWriter,
    "trino": TrinoWriter,
    "duckdb": DuckDbWriter,
}


def _writer(dialect: str) -> type[Generator]:
    """The writer of a dialect; those that few need are loaded by who needs them."""
    if dialect in WRITERS:
        return WRITERS[dialect]
    from tools.sql.guard.writing_servers import SERVER_WRITERS

    return SERVER_WRITERS[dialect]


class _Bounded(Generator):
    """A writer whose steps are counted: in another dialect a call may hold its arguments several times.

    It has a time limit too, since it copies trees between its steps.
    """

    steps_left = 60_000
    last_moment = 0.0

    def sql(self, *arguments: Any, **named: Any) -> str:
        """Write a part, if not too much was written.

        Raises:
            Refused: it was.
        """
        self.steps_left -= 1
        self.last_moment = self.last_moment or time.monotonic() + _WRITING_S
        is_late = self.steps_left < 0 or time.monotonic() > self.last_moment
        written = "" if is_late else super().sql(*arguments, **named)
        if is_late or len(written) > _LONGEST_WRITTEN:
            raise Refused("This becomes too long in the other dialect. Reduce the nesting.")
        return written


@lru_cache
def _bounded(dialect: str) -> type[_Bounded]:
    own = Dialect.get_or_raise(dialect).generator_class
    return cast("type[_Bounded]", type(f"Bounded{own.__name__}", (_Bounded, own), {}))


def writer_of(dialect: str) -> Generator:
    """A writer of any dialect that sqlglot knows, for what it has read in another one.

    It raises `Refused` where it has written too much, all its texts together, and sqlglot's
    UnsupportedError where the dialect has no words for something.
    """
    return _bounded(dialect)(
        dialect=Dialect.get_or_raise(dialect), unsupported_level=ErrorLevel.RAISE
    )


def write(tree: exp.Query, dialect: str, operators: Collection[str] = ()) -> str:
    """The tree as text, every name in quotes, on one line and without comments.

    `operators` are user-defined PostgreSQL operators that share a built-in name; for these, the
    built-in operator is written explicitly.
    """
    writer = _writer(dialect)(
        dialect=Dialect.get_or_raise(dialect),
        identify=True,
        comments=False,
        normalize_functions=False,
    )
    if isinstance(writer, PostgresWriter):
        writer.operators = operators
    return writer.generate(tree)
