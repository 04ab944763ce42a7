"""Writers of SQL Server, Oracle, Snowflake and BigQuery, which leave a judged tree as it is."""

from collections.abc import Callable, Mapping
from typing import Any, ClassVar

from sqlglot import exp
from sqlglot.generator import Generator
from sqlglot.generators.bigquery import BigQueryGenerator
from sqlglot.generators.oracle import OracleGenerator
from sqlglot.generators.snowflake import SnowflakeGenerator
from sqlglot.generators.tsql import TSQLGenerator

from tools.sql.guard.nodes import Operator

_PLAIN = (
    exp.Anonymous, exp.CTE, exp.Extract, exp.Select, exp.Subquery, exp.Trim, exp.WithinGroup,
)  # fmt: skip
"""Nodes that sqlglot would rewrite for an engine, and that are written here as they were read."""
_WORDS = frozenset({"SYSDATE", "SYSTIMESTAMP"})

Written = Callable[[Any, Any], str]


def _extract(writer: Any, node: exp.Extract) -> str:
    return f"EXTRACT({writer.sql(node, 'this')} FROM {writer.sql(node, 'expression')})"


def _call(writer: Any, node: exp.Anonymous) -> str:
    if node.name.upper() in _WORDS and not node.expressions:
        return node.name.upper()
    return writer.func(node.name, *node.expressions, normalize=False)


def _operator(writer: Any, node: Operator) -> str:
    return f"{writer.sql(node, 'this')} {node.args['symbol']} {writer.sql(node, 'expression')}"


def _date(writer: Any, node: exp.DateStrToDate) -> str:
    return f"DATE {writer.sql(node, 'this')}"


def _trim(writer: Any, node: exp.Trim) -> str:
    position, signs = node.args.get("position"), writer.sql(node, "expression")
    if position or signs:
        head = " ".join(filter(None, (position, signs)))
        return f"TRIM({head} FROM {writer.sql(node, 'this')})"
    return f"TRIM({writer.sql(node, 'this')})"


def _as_read(of: type[Generator]) -> dict[type[exp.Expr], Written]:
    kept = {kind: how for kind, how in of.TRANSFORMS.items() if kind not in _PLAIN}
    return {
        **kept,
        Operator: _operator,
        exp.Anonymous: _call,
        exp.DateStrToDate: _date,
        exp.Extract: _extract,
        exp.Trim: _trim,
        exp.WithinGroup: Generator.withingroup_sql,
    }


class TsqlWriter(TSQLGenerator):
    """SQL Server's SQL."""

    TRANSFORMS: ClassVar[dict[type[exp.Expr], Written]] = _as_read(TSQLGenerator)


class OracleWriter(OracleGenerator):
    """Oracle's SQL."""

    TRANSFORMS: ClassVar[dict[type[exp.Expr], Written]] = _as_read(OracleGenerator)


class SnowflakeWriter(SnowflakeGenerator):
    """Snowflake's SQL."""

    TRANSFORMS: ClassVar[dict[type[exp.Expr], Written]] = _as_read(SnowflakeGenerator)


class BigQueryWriter(BigQueryGenerator):
    """BigQuery's SQL."""

    TRANSFORMS: ClassVar[dict[type[exp.Expr], Written]] = _as_read(BigQueryGenerator)


SERVER_WRITERS: Mapping[str, type[Generator]] = {
    "tsql": TsqlWriter,
    "oracle": OracleWriter,
    "snowflake": SnowflakeWriter,
    "bigquery": BigQueryWriter,
}
