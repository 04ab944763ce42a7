"""Strict parsers of SQL Server, Oracle, Snowflake and BigQuery, of which no server was at hand."""

from collections.abc import Mapping
from typing import Any, ClassVar

from sqlglot import TokenType, exp, parser as base
from sqlglot.parsers.bigquery import BigQueryParser
from sqlglot.parsers.oracle import OracleParser
from sqlglot.parsers.snowflake import SnowflakeParser
from sqlglot.parsers.tsql import TSQLParser

from tools.sql.guard.handlers import Handler, Handlers, parse_named_argument, parse_try_cast
from tools.sql.guard.handlers_servers import (
    call_with_unit_at,
    call_without_parentheses,
    convert_with,
    parse_national,
    parse_path,
    parse_prior,
    parse_raw,
    parse_root,
    parse_written_type,
    typed_text,
)
from tools.sql.guard.nodes import BIGQUERY_UNITS, SNOWFLAKE_UNITS, TSQL_UNITS
from tools.sql.guard.strict import StrictParser, TermIntervals

# sqlglot's parsers are not typed, and what one of its functions needs is private to them.
# pyright: reportPrivateUsage=false

_NO_PAREN: Mapping[TokenType, type[exp.Func]] = {
    TokenType.CURRENT_DATE: exp.CurrentDate,
    TokenType.CURRENT_TIMESTAMP: exp.CurrentTimestamp,
}


def _calls_with_units(places: Mapping[int, str]) -> dict[str, Handler]:
    return {
        name: call_with_unit_at(name, place)
        for place, names in places.items()
        for name in names.split()
    }


class _StrictServer(StrictParser):
    """The plain literals alone: no variables, stages, bytes or prefixed texts.

    The type of a cast stays as it was written: sqlglot would put another engine's in its place.
    """

    PRIMARY_PARSERS: ClassVar[Handlers] = {
        kind: base.Parser.PRIMARY_PARSERS[kind]
        for kind in (
            TokenType.FALSE, TokenType.NULL, TokenType.NUMBER, TokenType.STAR, TokenType.STRING,
            TokenType.TRUE,
        )
    }  # fmt: skip
    NO_PAREN_FUNCTIONS: ClassVar[dict[TokenType, type[exp.Func]]] = dict(_NO_PAREN)
    TYPE_CONVERTERS: ClassVar[dict[exp.DType, Handler]] = {}
    HAS_TYPED_TEXTS: ClassVar[bool] = True
    """Whether `DATE '2026-01-01'` is a value."""
    FUNCTION_PARSERS: ClassVar[dict[str, Handler]] = {
        **{name: how for name, how in StrictParser.FUNCTION_PARSERS.items() if name != "POSITION"},
        "TRY_CAST": parse_try_cast,
    }

    def _parse_types(
        self,
        check_func: bool = False,  # noqa: FBT001, FBT002  # as sqlglot has it
        schema: bool = False,  # noqa: FBT001, FBT002
        allow_identifiers: bool = True,  # noqa: FBT001, FBT002
        with_collation: bool = False,  # noqa: FBT001, FBT002
    ) -> exp.Expr | None:
        if check_func:  # a type in front of a text or a call, and no cast's
            return super()._parse_types(check_func, schema, allow_identifiers, with_collation)
        return parse_written_type(self)

    def _parse_type(self, *options: Any, **named: Any) -> exp.Expr | None:
        text = typed_text(self) if self.HAS_TYPED_TEXTS else None
        if text is not None:
            return self._parse_column_ops(text)
        return super()._parse_type(*options, **named)


class _WithQualify(_StrictServer):
    QUERY_MODIFIER_PARSERS: ClassVar[Handlers] = {
        **StrictParser.QUERY_MODIFIER_PARSERS,
        TokenType.QUALIFY: base.Parser.QUERY_MODIFIER_PARSERS[TokenType.QUALIFY],
    }
    QUERY_MODIFIER_TOKENS: ClassVar[set[TokenType]] = set(QUERY_MODIFIER_PARSERS)


class StrictTsql(_StrictServer, TSQLParser):
    """SQL Server's SQL."""

    HAS_TYPED_TEXTS: ClassVar[bool] = False  # there it is the column `date`, with an alias
    units = TSQL_UNITS
    PRIMARY_PARSERS: ClassVar[Handlers] = {
        **_StrictServer.PRIMARY_PARSERS,
        TokenType.NATIONAL_STRING: parse_national,
    }
    FUNCTION_PARSERS: ClassVar[dict[str, Handler]] = {
        **_StrictServer.FUNCTION_PARSERS,
        **_calls_with_units({0: "DATEADD DATEDIFF DATEDIFF_BIG DATENAME DATEPART DATETRUNC"}),
        "CONVERT": convert_with(safe=False),
        "TRY_CONVERT": convert_with(safe=True),
    }

    COLUMN_OPERATORS: ClassVar[dict[TokenType, Handler | None]] = {TokenType.DOT: None}


class StrictOracle(_StrictServer, OracleParser):
    """Oracle's SQL, with the columns that it makes up as calls without parentheses."""

    PRIMARY_PARSERS: ClassVar[Handlers] = StrictTsql.PRIMARY_PARSERS
    NO_PAREN_FUNCTION_PARSERS: ClassVar[dict[str, Handler]] = {
        **StrictParser.NO_PAREN_FUNCTION_PARSERS,
        **{
            name: call_without_parentheses(name)
            for name in (
                "SYSDATE", "SYSTIMESTAMP", "ROWNUM", "LEVEL", "CONNECT_BY_ISLEAF",
                "CONNECT_BY_ISCYCLE",
            )
        },
        "CONNECT_BY_ROOT": parse_root,
        "PRIOR": parse_prior,
    }  # fmt: skip
    QUERY_MODIFIER_PARSERS: ClassVar[Handlers] = {
        **StrictParser.QUERY_MODIFIER_PARSERS,
        TokenType.CONNECT_BY: base.Parser.QUERY_MODIFIER_PARSERS[TokenType.CONNECT_BY],
        TokenType.ORDER_SIBLINGS_BY: OracleParser.QUERY_MODIFIER_PARSERS[
            TokenType.ORDER_SIBLINGS_BY
        ],
    }
    QUERY_MODIFIER_TOKENS: ClassVar[set[TokenType]] = set(QUERY_MODIFIER_PARSERS)

    def _parse_connect_with_prior(self) -> exp.Expr | None:
        return self._parse_disjunction()  # sqlglot's own changes the class


class StrictSnowflake(_WithQualify, SnowflakeParser):
    """Snowflake's SQL."""

    units = SNOWFLAKE_UNITS
    LAMBDAS: ClassVar[Handlers] = {TokenType.FARROW: parse_named_argument}
    FUNCTION_PARSERS: ClassVar[dict[str, Handler]] = {
        **_StrictServer.FUNCTION_PARSERS,
        **_calls_with_units({
            0: "DATEADD DATEDIFF DATE_PART DATE_TRUNC TIMEADD TIMEDIFF TIMESTAMPADD TIMESTAMPDIFF",
            1: "LAST_DAY",
        }),
    }  # fmt: skip

    COLUMN_OPERATORS: ClassVar[dict[TokenType, Handler | None]] = {
        TokenType.DOT: None,
        TokenType.DCOLON: base.Parser.COLUMN_OPERATORS[TokenType.DCOLON],
    }
    RANGE_PARSERS: ClassVar[Handlers] = {
        **StrictParser.RANGE_PARSERS,
        TokenType.ILIKE: base.Parser.RANGE_PARSERS[TokenType.ILIKE],
    }

    def _parse_colon_as_variant_extract(self, this: exp.Expr | None) -> exp.Expr | None:
        return None if this is None else parse_path(self, this)


class StrictBigQuery(_WithQualify, TermIntervals, BigQueryParser):
    """BigQuery's SQL."""

    units = BIGQUERY_UNITS
    PRIMARY_PARSERS: ClassVar[Handlers] = {
        **_StrictServer.PRIMARY_PARSERS,
        TokenType.RAW_STRING: parse_raw,
    }
    FUNCTION_PARSERS: ClassVar[dict[str, Handler]] = {
        **_StrictServer.FUNCTION_PARSERS,
        **_calls_with_units({
            1: "DATE_TRUNC DATETIME_TRUNC LAST_DAY TIMESTAMP_TRUNC TIME_TRUNC",
            2: "DATE_DIFF DATETIME_DIFF TIMESTAMP_DIFF TIME_DIFF",
        }),
        "SAFE_CAST": parse_try_cast,
    }  # fmt: skip


SERVER_PARSERS: Mapping[str, type[StrictParser]] = {
    "tsql": StrictTsql,
    "oracle": StrictOracle,
    "snowflake": StrictSnowflake,
    "bigquery": StrictBigQuery,
}
"""The strict parser of each dialect, under sqlglot's name of it."""
