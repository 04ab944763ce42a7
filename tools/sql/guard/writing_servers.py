"""Writers of SQL Server, Oracle, Snowflake and BigQuery, which leave a judged tree as it is."""

from collections.abc import Mapping
from typing import Any, ClassVar

from sqlglot import exp
from sqlglot.generator import Generator
from sqlglot.generators.bigquery import BigQueryGenerator
from sqlglot.generators.oracle import OracleGenerator
from sqlglot.generators.snowflake import SnowflakeGenerator
from sqlglot.generators.tsql import TSQLGenerator

from tools.sql.guard.as_read import AS_READ, Written
from tools.sql.guard.nodes import ConvertTo, TypedText, VariantPath

_PLAIN = (
    exp.Anonymous, exp.CTE, exp.Extract, exp.Pivot, exp.Select, exp.Subquery, exp.Trim,
    exp.WithinGroup,
)  # fmt: skip
"""Nodes that sqlglot would rewrite for an engine, and that are written here as they were read."""
_WORDS = frozenset({
    "SYSDATE", "SYSTIMESTAMP", "ROWNUM", "LEVEL", "CONNECT_BY_ISLEAF", "CONNECT_BY_ISCYCLE",
})  # fmt: skip


def _extract(writer: Any, node: exp.Extract) -> str:
    return f"EXTRACT({writer.sql(node, 'this')} FROM {writer.sql(node, 'expression')})"


def _call(writer: Any, node: exp.Anonymous) -> str:
    if node.name.upper() in _WORDS and not node.expressions:
        return node.name.upper()
    return writer.func(node.name, *node.expressions, normalize=False)


def _source_without_as(writer: Any, node: exp.Subquery) -> str:
    return writer.subquery_sql(node, sep=" ")


def _convert(writer: Any, node: ConvertTo) -> str:
    name = "TRY_CONVERT" if node.args.get("safe") else "CONVERT"
    style = f", {writer.sql(node, 'style')}" if node.args.get("style") else ""
    return f"{name}({writer.sql(node, 'to')}, {writer.sql(node, 'this')}{style})"


def _typed_text(writer: Any, node: TypedText) -> str:
    return f"{node.name} {writer.sql(node, 'expression')}"


def _path(writer: Any, node: VariantPath) -> str:
    """Every key in quotes: without them it means the same."""
    first, *others = node.expressions
    steps = [f':"{_quoted(first)}"']
    for step in others:
        is_key = step.is_string
        steps.append(f'."{_quoted(step)}"' if is_key else f"[{step.name}]")
    return writer.sql(node, "this") + "".join(steps)


def _quoted(key: exp.Expr) -> str:
    return key.name.replace('"', '""')


def _national(writer: Any, node: exp.National) -> str:
    return f"N{writer.sql(exp.Literal.string(node.name))}"


def _type(_writer: Any, node: exp.DataType) -> str:
    return node.text("kind")


def _cast_with(word: str) -> Written:
    def write_it(writer: Any, node: exp.Cast) -> str:
        return f"{word}({writer.sql(node, 'this')} AS {writer.sql(node, 'to')})"

    return write_it


def _trim(writer: Any, node: exp.Trim) -> str:
    position, signs = node.args.get("position"), writer.sql(node, "expression")
    if position or signs:
        head = " ".join(filter(None, (position, signs)))
        return f"TRIM({head} FROM {writer.sql(node, 'this')})"
    return f"TRIM({writer.sql(node, 'this')})"


def _as_read(of: type[Generator], try_cast: str = "TRY_CAST") -> dict[type[exp.Expr], Written]:
    kept = {kind: how for kind, how in of.TRANSFORMS.items() if kind not in _PLAIN}
    return {
        **kept,
        **AS_READ,
        ConvertTo: _convert,
        TypedText: _typed_text,
        VariantPath: _path,
        exp.Anonymous: _call,
        exp.Cast: _cast_with("CAST"),
        exp.DataType: _type,
        exp.Extract: _extract,
        exp.National: _national,
        exp.Trim: _trim,
        exp.TryCast: _cast_with(try_cast),
        exp.WithinGroup: Generator.withingroup_sql,
    }


class TsqlWriter(TSQLGenerator):
    """SQL Server's SQL."""

    TRANSFORMS: ClassVar[dict[type[exp.Expr], Written]] = _as_read(TSQLGenerator)

    def limit_sql(self, expression: exp.Limit, top: bool = False) -> str:  # noqa: FBT001, FBT002  # as sqlglot has it
        """TOP (n), with its options."""
        if not top:
            return super().limit_sql(expression, top)
        options = self.sql(expression, "limit_options")
        return f" TOP ({self.sql(expression, 'expression')}){options}"


class OracleWriter(OracleGenerator):
    """Oracle's SQL: no AS in front of a source's name, and MINUS, which every release knows."""

    TRANSFORMS: ClassVar[dict[type[exp.Expr], Written]] = {
        **_as_read(OracleGenerator),
        exp.Subquery: _source_without_as,
    }

    def lateral_op(self, expression: exp.Lateral) -> str:
        """CROSS APPLY and OUTER APPLY, or LATERAL."""
        is_cross = expression.args.get("cross_apply")
        if is_cross is None:
            return "LATERAL"
        return "CROSS APPLY" if is_cross else "OUTER APPLY"

    def lateral_sql(self, expression: exp.Lateral) -> str:
        """No AS here either."""
        alias = self.sql(expression, "alias")
        return f"{self.lateral_op(expression)} {self.sql(expression, 'this')} {alias}"

    def set_operation(self, expression: exp.SetOperation) -> str:
        """UNION, INTERSECT or MINUS."""
        written = super().set_operation(expression)
        is_minus = isinstance(expression, exp.Except)
        return f"MINUS{written.removeprefix('EXCEPT')}" if is_minus else written


class SnowflakeWriter(SnowflakeGenerator):
    """Snowflake's SQL."""

    TRANSFORMS: ClassVar[dict[type[exp.Expr], Written]] = _as_read(SnowflakeGenerator)


class BigQueryWriter(BigQueryGenerator):
    """BigQuery's SQL."""

    TRANSFORMS: ClassVar[dict[type[exp.Expr], Written]] = _as_read(BigQueryGenerator, "SAFE_CAST")


SERVER_WRITERS: Mapping[str, type[Generator]] = {
    "tsql": TsqlWriter,
    "oracle": OracleWriter,
    "snowflake": SnowflakeWriter,
    "bigquery": BigQueryWriter,
}
