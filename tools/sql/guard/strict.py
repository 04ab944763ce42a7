"""Parsers to which a call is a name with its arguments, whatever the function is.

sqlglot builds a node of its own for each function it knows, and some nodes have room for fewer
arguments than a text may hold: what does not fit is dropped and would be judged by nobody. The
parsers here know no functions. Only what SQL itself spells with keywords (CAST, EXTRACT, TRIM …)
has a parser of its own, and that one keeps all it reads or fails.
"""

from collections.abc import Mapping
from typing import ClassVar

from sqlglot import TokenType, exp, parser as base
from sqlglot.parsers.duckdb import DuckDBParser
from sqlglot.parsers.mysql import MySQLParser
from sqlglot.parsers.postgres import PostgresParser
from sqlglot.parsers.sqlite import SQLiteParser
from sqlglot.parsers.trino import TrinoParser

from tools.sql.guard.bounded import BoundedParser
from tools.sql.guard.handlers import (
    Handler,
    Handlers,
    call_with_unit,
    comparison_with,
    operator_of,
    parse_any,
    parse_bitwise_not,
    parse_case,
    parse_cast,
    parse_cast_as_written,
    parse_char,
    parse_concatenation,
    parse_convert,
    parse_extract,
    parse_group_concat,
    parse_hex,
    parse_json_table,
    parse_mariadb_not,
    parse_named_argument,
    parse_negative,
    parse_not,
    parse_overlay,
    parse_positive,
    parse_substring,
    parse_text,
    parse_trim,
    parse_try_cast,
    parse_unit,
    position_as,
)
from tools.sql.guard.nodes import UNITS, Power

# sqlglot's parsers are not typed, and what one of its functions needs is private to them.
# pyright: reportPrivateUsage=false


class StrictParser(BoundedParser):
    """The common part of the parsers of all dialects."""

    units: ClassVar[frozenset[str]] = UNITS
    FUNCTIONS: ClassVar[dict[str, Handler]] = {}
    LAMBDAS: ClassVar[Handlers] = {}
    STATEMENT_PARSERS: ClassVar[Handlers] = {}
    PLACEHOLDER_PARSERS: ClassVar[Handlers] = {}
    NO_PAREN_FUNCTION_PARSERS: ClassVar[dict[str, Handler]] = {"ANY": parse_any, "CASE": parse_case}
    FUNCTION_PARSERS: ClassVar[dict[str, Handler]] = {
        "CAST": parse_cast,
        "EXTRACT": parse_extract,
        "TRIM": parse_trim,
        "SUBSTRING": parse_substring,
        "POSITION": position_as("strpos", is_part_first=False),
    }
    UNARY_PARSERS: ClassVar[Handlers] = {
        TokenType.PLUS: parse_positive,
        TokenType.NOT: parse_not,
        TokenType.TILDE: parse_bitwise_not,
        TokenType.DASH: parse_negative,
    }
    COLUMN_OPERATORS: ClassVar[dict[TokenType, Handler | None]] = {TokenType.DOT: None}
    JSON_OPERATORS: ClassVar[Handlers] = {}
    RANGE_PARSERS: ClassVar[Handlers] = {
        kind: base.Parser.RANGE_PARSERS[kind]
        for kind in (TokenType.BETWEEN, TokenType.IN, TokenType.IS, TokenType.LIKE)
    }
    QUERY_MODIFIER_PARSERS: ClassVar[Handlers] = {
        kind: base.Parser.QUERY_MODIFIER_PARSERS[kind]
        for kind in (
            TokenType.WHERE, TokenType.GROUP_BY, TokenType.HAVING, TokenType.WINDOW,
            TokenType.ORDER_BY, TokenType.LIMIT, TokenType.FETCH, TokenType.OFFSET,
        )
    }  # fmt: skip
    QUERY_MODIFIER_TOKENS: ClassVar[set[TokenType]] = set(QUERY_MODIFIER_PARSERS)
    PIPE_SYNTAX_TRANSFORM_PARSERS: ClassVar[dict[str, Handler]] = {}

    def _parse_interval(self, *_options: object, **_named: object) -> exp.Interval | None:
        """`INTERVAL '1 day'`, `INTERVAL '1' DAY`, `INTERVAL n + 1 DAY`; the text stays as it is."""
        index = self._index
        if not self._match(TokenType.INTERVAL):
            return None
        is_text = self._match(TokenType.STRING, advance=False)
        this = self._parse_primary() if is_text else self._parse_interval_amount()
        has_unit = self._curr.text.lower() in self.units
        if this is None or not (has_unit or is_text):
            self._retreat(index)
            return None
        unit: exp.Expr | None = parse_unit(self) if has_unit else None
        if unit is not None and self._match_text_seq("TO"):
            unit = exp.IntervalSpan(this=unit, expression=parse_unit(self))
        return exp.Interval(this=this, unit=unit)

    def _parse_interval_amount(self) -> exp.Expr | None:
        return None


class TermIntervals(StrictParser):
    """`INTERVAL n + 1 DAY`: any term may say how long."""

    def _parse_interval_amount(self) -> exp.Expr | None:
        return self._parse_term()


class StrictSqlite(StrictParser, SQLiteParser):
    """SQLite's SQL."""

    PRIMARY_PARSERS: ClassVar[Handlers] = {
        **SQLiteParser.PRIMARY_PARSERS,
        TokenType.HEX_STRING: parse_hex,
    }
    JOINS_HAVE_EQUAL_PRECEDENCE = False  # it would make CROSS JOIN of a comma, which fixes an order
    FUNCTION_PARSERS: ClassVar[dict[str, Handler]] = {"CAST": parse_cast_as_written}
    CONCAT_OPERATORS: ClassVar[Handlers] = {
        TokenType.DPIPE: parse_concatenation,
        TokenType.ARROW: operator_of("->"),
        TokenType.DARROW: operator_of("->>"),
    }
    RANGE_PARSERS: ClassVar[Handlers] = {
        **StrictParser.RANGE_PARSERS,
        TokenType.GLOB: base.Parser.RANGE_PARSERS[TokenType.GLOB],
    }


class StrictPostgres(StrictParser, PostgresParser):
    """PostgreSQL's SQL."""

    LAMBDAS: ClassVar[Handlers] = {TokenType.FARROW: parse_named_argument}
    FUNCTION_PARSERS: ClassVar[dict[str, Handler]] = {
        **StrictParser.FUNCTION_PARSERS,
        "POSITION": position_as("position", is_part_first=False),
        "OVERLAY": parse_overlay,
    }
    UNARY_PARSERS: ClassVar[Handlers] = {
        **StrictParser.UNARY_PARSERS,
        TokenType.RLIKE: parse_bitwise_not,  # sqlglot's name of `~`
    }
    COLUMN_OPERATORS: ClassVar[dict[TokenType, Handler | None]] = {
        TokenType.DOT: None,
        TokenType.DCOLON: base.Parser.COLUMN_OPERATORS[TokenType.DCOLON],
    }
    PRIMARY_PARSERS: ClassVar[Handlers] = {
        **PostgresParser.PRIMARY_PARSERS,
        TokenType.HEX_STRING: parse_hex,
        TokenType.HEREDOC_STRING: parse_text,
        TokenType.BYTE_STRING: parse_text,  # sqlglot's name of E'…'
    }
    EXPONENT: ClassVar[dict[TokenType, type[exp.Expr]]] = {TokenType.CARET: Power}
    JSON_OPERATORS: ClassVar[Handlers] = {
        TokenType.ARROW: operator_of("->"),
        TokenType.DARROW: operator_of("->>"),
        TokenType.HASH_ARROW: operator_of("#>"),
        TokenType.DHASH_ARROW: operator_of("#>>"),
        TokenType.PLACEHOLDER: operator_of("?"),
    }
    RANGE_PARSERS: ClassVar[Handlers] = {
        **StrictParser.RANGE_PARSERS,
        TokenType.ILIKE: base.Parser.RANGE_PARSERS[TokenType.ILIKE],
        TokenType.SIMILAR_TO: base.Parser.RANGE_PARSERS[TokenType.SIMILAR_TO],
        TokenType.RLIKE: comparison_with("~"),
        TokenType.IRLIKE: comparison_with("~*"),
        TokenType.AT_GT: comparison_with("@>"),
        TokenType.LT_AT: comparison_with("<@"),
        TokenType.DAMP: comparison_with("&&"),
        TokenType.QMARK_AMP: comparison_with("?&"),
        TokenType.QMARK_PIPE: comparison_with("?|"),
        TokenType.OVERLAPS: comparison_with("OVERLAPS"),
    }


class StrictMariaDb(TermIntervals, MySQLParser):
    """MariaDB's SQL."""

    VALUES_FOLLOWED_BY_PAREN = True
    FUNC_TOKENS: ClassVar[set[TokenType]] = set(MySQLParser.FUNC_TOKENS) - {TokenType.VALUES} | {
        TokenType.INSERT
    }
    NO_PAREN_FUNCTIONS: ClassVar[dict[TokenType, type[exp.Func]]] = {
        TokenType.CURRENT_DATE: exp.CurrentDate,
        TokenType.CURRENT_TIME: exp.CurrentTime,
        TokenType.CURRENT_TIMESTAMP: exp.CurrentTimestamp,
        TokenType.LOCALTIME: exp.Localtime,
        TokenType.LOCALTIMESTAMP: exp.Localtimestamp,
    }
    FUNCTION_PARSERS: ClassVar[dict[str, Handler]] = {
        **StrictParser.FUNCTION_PARSERS,
        "CHAR": parse_char,
        "CONVERT": parse_convert,
        "GROUP_CONCAT": parse_group_concat,
        "JSON_TABLE": parse_json_table,
        "POSITION": position_as("locate", is_part_first=True),
        "TIMESTAMPADD": call_with_unit("timestampadd"),
        "TIMESTAMPDIFF": call_with_unit("timestampdiff"),
    }
    UNARY_PARSERS: ClassVar[Handlers] = {
        **StrictParser.UNARY_PARSERS,
        TokenType.NOT: parse_mariadb_not,
    }
    PRIMARY_PARSERS: ClassVar[Handlers] = {
        **MySQLParser.PRIMARY_PARSERS,
        TokenType.HEX_STRING: parse_hex,
    }
    RANGE_PARSERS: ClassVar[Handlers] = {
        **StrictParser.RANGE_PARSERS,
        TokenType.RLIKE: comparison_with("REGEXP"),
    }


class StrictTrino(StrictParser, TrinoParser):
    """Trino's SQL."""

    FUNCTION_PARSERS: ClassVar[dict[str, Handler]] = {
        **StrictParser.FUNCTION_PARSERS,
        "TRY_CAST": parse_try_cast,
    }


class StrictDuckDb(TermIntervals, DuckDBParser):
    """DuckDB's SQL, without lambdas, and without the arrows that could be taken for them."""

    TYPE_CONVERTERS: ClassVar[dict[exp.DType, Handler]] = {}  # they would drop a text's length
    FUNCTION_PARSERS: ClassVar[dict[str, Handler]] = {
        **StrictParser.FUNCTION_PARSERS,
        "POSITION": position_as("instr", is_part_first=False),
        "TRY_CAST": parse_try_cast,
    }
    NO_PAREN_FUNCTIONS: ClassVar[dict[TokenType, type[exp.Func]]] = {
        TokenType.CURRENT_DATE: exp.CurrentDate,
        TokenType.CURRENT_TIME: exp.CurrentTime,
        TokenType.CURRENT_TIMESTAMP: exp.CurrentTimestamp,
        TokenType.LOCALTIME: exp.Localtime,
        TokenType.LOCALTIMESTAMP: exp.Localtimestamp,
    }
    COLUMN_OPERATORS: ClassVar[dict[TokenType, Handler | None]] = {
        TokenType.DOT: None,
        TokenType.DCOLON: base.Parser.COLUMN_OPERATORS[TokenType.DCOLON],
    }
    PRIMARY_PARSERS: ClassVar[Handlers] = {
        **{
            kind: base.Parser.PRIMARY_PARSERS[kind]
            for kind in (
                TokenType.FALSE, TokenType.NULL, TokenType.NUMBER, TokenType.STAR,
                TokenType.STRING, TokenType.TRUE,
            )
        },
        TokenType.HEREDOC_STRING: parse_text,
    }  # fmt: skip
    EXPONENT: ClassVar[dict[TokenType, type[exp.Expr]]] = {TokenType.CARET: Power}
    RANGE_PARSERS: ClassVar[Handlers] = {
        **StrictParser.RANGE_PARSERS,
        TokenType.ILIKE: base.Parser.RANGE_PARSERS[TokenType.ILIKE],
        TokenType.SIMILAR_TO: base.Parser.RANGE_PARSERS[TokenType.SIMILAR_TO],
        TokenType.GLOB: base.Parser.RANGE_PARSERS[TokenType.GLOB],
    }
    QUERY_MODIFIER_PARSERS: ClassVar[Handlers] = {
        **StrictParser.QUERY_MODIFIER_PARSERS,
        TokenType.QUALIFY: base.Parser.QUERY_MODIFIER_PARSERS[TokenType.QUALIFY],
    }
    QUERY_MODIFIER_TOKENS: ClassVar[set[TokenType]] = set(QUERY_MODIFIER_PARSERS)


PARSERS: Mapping[str, type[BoundedParser]] = {
    "sqlite": StrictSqlite,
    "postgres": StrictPostgres,
    "mysql": StrictMariaDb,
    "trino": StrictTrino,
    "duckdb": StrictDuckDb,
}
"""The strict parser of each dialect, under sqlglot's name of it."""
