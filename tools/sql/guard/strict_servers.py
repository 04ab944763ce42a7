"""Strict parsers of SQL Server, Oracle, Snowflake and BigQuery, of which no server was at hand."""

from collections.abc import Mapping
from typing import Any, ClassVar

from sqlglot import TokenType, exp, parser as base
from sqlglot.parsers.bigquery import BigQueryParser
from sqlglot.parsers.oracle import OracleParser
from sqlglot.parsers.snowflake import SnowflakeParser
from sqlglot.parsers.tsql import TSQLParser

from tools.sql.guard.handlers import Handler, Handlers, call_with_bare_units, parse_try_cast
from tools.sql.guard.strict import StrictParser, TermIntervals

_UNITS_FIRST = (
    "DATEADD", "DATEDIFF", "DATEDIFF_BIG", "DATENAME", "DATEPART", "DATETRUNC", "DATE_PART",
    "DATE_TRUNC", "TIME_SLICE",
)  # fmt: skip
_UNITS_LAST = (
    "DATE_DIFF", "DATE_TRUNC", "DATETIME_DIFF", "DATETIME_TRUNC", "LAST_DAY", "TIMESTAMP_DIFF",
    "TIMESTAMP_TRUNC",
)  # fmt: skip
_NO_PAREN: Mapping[TokenType, type[exp.Func]] = {
    TokenType.CURRENT_DATE: exp.CurrentDate,
    TokenType.CURRENT_TIMESTAMP: exp.CurrentTimestamp,
}


def _call_without_parentheses(name: str) -> Handler:
    def parse(self: Any) -> exp.Expr:
        del self
        return exp.Anonymous(this=name)

    return parse


class _StrictServer(StrictParser):
    """The plain literals alone: no variables, stages, bytes or prefixed texts."""

    PRIMARY_PARSERS: ClassVar[Handlers] = {
        kind: base.Parser.PRIMARY_PARSERS[kind]
        for kind in (
            TokenType.FALSE, TokenType.NULL, TokenType.NUMBER, TokenType.STAR, TokenType.STRING,
            TokenType.TRUE,
        )
    }  # fmt: skip
    NO_PAREN_FUNCTIONS: ClassVar[dict[TokenType, type[exp.Func]]] = dict(_NO_PAREN)
    TYPE_CONVERTERS: ClassVar[dict[exp.DType, Handler]] = {}
    FUNCTION_PARSERS: ClassVar[dict[str, Handler]] = {
        **{name: how for name, how in StrictParser.FUNCTION_PARSERS.items() if name != "POSITION"},
        "TRY_CAST": parse_try_cast,
    }


class _WithQualify(_StrictServer):
    QUERY_MODIFIER_PARSERS: ClassVar[Handlers] = {
        **StrictParser.QUERY_MODIFIER_PARSERS,
        TokenType.QUALIFY: base.Parser.QUERY_MODIFIER_PARSERS[TokenType.QUALIFY],
    }
    QUERY_MODIFIER_TOKENS: ClassVar[set[TokenType]] = set(QUERY_MODIFIER_PARSERS)


class StrictTsql(_StrictServer, TSQLParser):
    """SQL Server's SQL."""

    FUNCTION_PARSERS: ClassVar[dict[str, Handler]] = {
        **_StrictServer.FUNCTION_PARSERS,
        **{name: call_with_bare_units(name) for name in _UNITS_FIRST},
    }

    COLUMN_OPERATORS: ClassVar[dict[TokenType, Handler | None]] = {TokenType.DOT: None}


class StrictOracle(_StrictServer, OracleParser):
    """Oracle's SQL."""

    NO_PAREN_FUNCTION_PARSERS: ClassVar[dict[str, Handler]] = {
        **StrictParser.NO_PAREN_FUNCTION_PARSERS,
        "SYSDATE": _call_without_parentheses("SYSDATE"),
        "SYSTIMESTAMP": _call_without_parentheses("SYSTIMESTAMP"),
    }


class StrictSnowflake(_WithQualify, SnowflakeParser):
    """Snowflake's SQL, without its paths into variants."""

    FUNCTION_PARSERS: ClassVar[dict[str, Handler]] = {
        **_StrictServer.FUNCTION_PARSERS,
        **{name: call_with_bare_units(name) for name in _UNITS_FIRST},
    }

    COLUMN_OPERATORS: ClassVar[dict[TokenType, Handler | None]] = {
        TokenType.DOT: None,
        TokenType.DCOLON: base.Parser.COLUMN_OPERATORS[TokenType.DCOLON],
    }
    RANGE_PARSERS: ClassVar[Handlers] = {
        **StrictParser.RANGE_PARSERS,
        TokenType.ILIKE: base.Parser.RANGE_PARSERS[TokenType.ILIKE],
    }


class StrictBigQuery(_WithQualify, TermIntervals, BigQueryParser):
    """BigQuery's SQL."""

    FUNCTION_PARSERS: ClassVar[dict[str, Handler]] = {
        **_StrictServer.FUNCTION_PARSERS,
        **{name: call_with_bare_units(name) for name in _UNITS_LAST},
        "SAFE_CAST": parse_try_cast,
    }


SERVER_PARSERS: Mapping[str, type[StrictParser]] = {
    "tsql": StrictTsql,
    "oracle": StrictOracle,
    "snowflake": StrictSnowflake,
    "bigquery": StrictBigQuery,
}
"""The strict parser of each dialect, under sqlglot's name of it."""
