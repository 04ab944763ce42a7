"""Parsers to which a call is a name with its arguments, whatever the function is.

sqlglot builds a node of its own for each function it knows, and some nodes have room for fewer
arguments than a text may hold: what does not fit is dropped and would be judged by nobody. The
parsers here know no functions. Only what SQL itself spells with keywords (CAST, EXTRACT, TRIM …)
has a parser of its own, and that one keeps all it reads or fails.
"""

import re
from collections.abc import Callable, Mapping
from typing import Any, ClassVar

from sqlglot import Token, TokenType, exp, parser as base
from sqlglot.expressions.core import Binary, Expression, Unary
from sqlglot.parsers.mysql import MySQLParser
from sqlglot.parsers.postgres import PostgresParser
from sqlglot.parsers.sqlite import SQLiteParser
from sqlglot.parsers.trino import TrinoParser

from tools.errors import Refused

_STEPS_FOR_A_TOKEN = 15
"""Steps from token to token, forward and back; honest statements take 2 at most."""

_STEPS_AT_LEAST = 2_000
_LOOKS_FOR_A_STEP = 15
"""Looks at the next token; honest statements take 20 for a token, which is 1.3 for a step."""

_TYPE_WORD = re.compile(r"[A-Za-z_]\w*", re.ASCII)
_MOST_TYPE_WORDS = 4
_TOO_LONG = "The statement takes too long to read. Reduce the nesting."

UNITS = frozenset({
    "microsecond", "microseconds", "millisecond", "milliseconds", "second", "seconds", "minute",
    "minutes", "hour", "hours", "day", "days", "week", "weeks", "month", "months", "quarter",
    "quarters", "year", "years", "decade", "century", "millennium", "epoch", "dow", "doy", "isodow",
    "isoyear", "julian", "timezone", "timezone_hour", "timezone_minute", "day_of_week",
    "day_of_year", "year_of_week", "dayofweek", "dayofyear", "second_microsecond",
    "minute_microsecond", "minute_second", "hour_microsecond", "hour_second", "hour_minute",
    "day_microsecond", "day_second", "day_minute", "day_hour", "year_month",
})  # fmt: skip
"""The units of time that engines spell as keywords."""

Handler = Callable[..., Any]
Handlers = dict[TokenType, Handler]


class Operator(Expression, Binary):
    """A binary operator that is written as it was read, such as PostgreSQL's `->`."""

    arg_types: ClassVar[dict[str, bool]] = {"this": True, "expression": True, "symbol": True}


class Power(Expression, Binary):
    """PostgreSQL's `^`."""


class UnaryPlus(Unary):
    """A plus sign in front of a value; SQLite drops the value's affinity by it."""


class BoundedParser(base.Parser):
    """A parser whose steps are counted.

    What it tries twice at every level doubles its time, and some of its loops do not end over a text
    that is no SQL.
    """

    steps_left = 0
    looks_left = 0

    def parse(self, raw_tokens: list[Token], sql: str) -> list[exp.Expr | None]:
        """Parse within a number of steps that grows with the tokens.

        Raises:
            Refused: they take more.
        """
        self.steps_left = _STEPS_AT_LEAST + _STEPS_FOR_A_TOKEN * len(raw_tokens)
        self.looks_left = _LOOKS_FOR_A_STEP * self.steps_left
        return super().parse(raw_tokens, sql)

    def _advance(self, times: int = 1) -> None:
        self.steps_left -= 1
        if self.steps_left < 0:
            raise Refused(_TOO_LONG)
        super()._advance(times)

    def _match(self, token_type: TokenType, *options: Any, **named: Any) -> bool:
        self.looks_left -= 1
        if self.looks_left < 0:
            raise Refused(_TOO_LONG)
        return super()._match(token_type, *options, **named)


# What sqlglot looks up in its tables: functions of the parser, and of what it has read already.
# Its parsers are not typed.
# pyright: reportPrivateUsage=false


def _call(name: str, *arguments: exp.Expr | None) -> exp.Anonymous:
    return exp.Anonymous(this=name, expressions=[each for each in arguments if each is not None])


def _compared(symbol: str) -> Handler:
    """Read the right operand of a comparison-like operator."""

    def parse(self: Any, this: exp.Expr) -> exp.Expr:
        return self.expression(Operator(this=this, expression=self._parse_bitwise(), symbol=symbol))

    return parse


def _joined(symbol: str) -> Handler:
    """Take both operands of an operator, which sqlglot has read already."""

    def build(self: Any, this: exp.Expr, right: exp.Expr) -> exp.Expr:
        return self.expression(Operator(this=this, expression=right, symbol=symbol))

    return build


def _concatenated(self: Any, this: exp.Expr, right: exp.Expr) -> exp.Expr:
    return self.expression(exp.DPipe(this=this, expression=right))


def _cast(self: Any) -> exp.Expr:
    return self._parse_cast(strict=True)


def _cast_as_written(self: Any) -> exp.Expr:
    """SQLite's CAST, with the type's name as it stands: its letters decide what becomes of the value."""
    this = self._parse_disjunction()
    if not self._match(TokenType.ALIAS):
        self.raise_error("Write CAST(value AS type)")
    words: list[str] = []
    while self._curr and _TYPE_WORD.fullmatch(self._curr.text) and len(words) < _MOST_TYPE_WORDS:
        words.append(self._curr.text)
        self._advance()
    lengths: list[str] = []
    if words and self._match(TokenType.L_PAREN):
        while self._match(TokenType.NUMBER):
            lengths.append(self._prev.text)
            self._match(TokenType.COMMA)
        self._match_r_paren()
    kind = " ".join(words) + (f"({', '.join(lengths)})" if lengths else "")
    if not kind:
        self.raise_error("Expected the name of a type")
    return self.expression(
        exp.Cast(this=this, to=exp.DataType(this=exp.DType.USERDEFINED, kind=kind))
    )


def _try_cast(self: Any) -> exp.Expr:
    return self._parse_cast(strict=False, safe=True)


def _case(self: Any) -> exp.Expr:
    return self._parse_case()


def _any(self: Any) -> exp.Expr:
    return self.expression(exp.Any(this=self._parse_bitwise()))


def _positive(self: Any) -> exp.Expr:
    return self.expression(UnaryPlus(this=self._parse_unary()))


def _not(self: Any) -> exp.Expr:
    return self.expression(exp.Not(this=self._parse_equality()))


def _negative(self: Any) -> exp.Expr:
    return self.expression(exp.Neg(this=self._parse_unary()))


def _bitwise_not(self: Any) -> exp.Expr:
    return self.expression(exp.BitwiseNot(this=self._parse_unary()))


def _trim(self: Any) -> exp.Expr:
    return self._parse_trim()


def _text(_self: Any, token: Token) -> exp.Expr:
    return exp.Literal.string(token.text)


def _hex(_self: Any, token: Token) -> exp.Expr:
    """`0x1F` is a number, or what the place makes of it; `x'1F'` is a text of bytes."""
    if token.end - token.start == len(token.text) + 1:
        return exp.Literal.number(f"0x{token.text}")
    return exp.HexString(this=token.text)


def _unit(self: Any) -> exp.Var | None:
    if self._curr.text.lower() not in UNITS:
        self.raise_error("Expected a unit of time")
        return None
    self._advance()
    return exp.var(self._prev.text)


def _extract(self: Any) -> exp.Expr:
    unit = _unit(self)
    if not self._match(TokenType.FROM):
        self.raise_error("Write extract(unit FROM time)")
    return self.expression(exp.Extract(this=unit, expression=self._parse_bitwise()))


def _substring(self: Any) -> exp.Expr:
    """`substring(x, 1, 2)`, `substring(x FROM 1 FOR 2)`."""
    arguments: list[exp.Expr | None] = self._parse_csv(self._parse_bitwise)
    while len(arguments) < 3:
        if self._match(TokenType.FROM):
            arguments.append(self._parse_bitwise())
        elif self._match(TokenType.FOR):
            start = [exp.Literal.number(1)] if len(arguments) == 1 else []
            arguments += [*start, self._parse_bitwise()]
        else:
            break
    return _call("substring", *arguments)


def _position(name: str, *, is_part_first: bool) -> Handler:
    """`position(part IN text)`, as a call of the function that the engine has for it.

    PostgreSQL's has the same name, and is written as `pg_catalog.position(text, part)`.
    """

    def parse(self: Any) -> exp.Expr:
        part = self._parse_bitwise()
        if self._match(TokenType.COMMA):
            return _call("position", part, self._parse_bitwise())
        if not self._match(TokenType.IN):
            self.raise_error("Write position(part IN text)")
        text = self._parse_bitwise()
        return _call(name, part, text) if is_part_first else _call(name, text, part)

    return parse


def _named_argument(self: Any, names: list[exp.Expr]) -> exp.Expr:
    """`make_interval(days => 10)`."""
    value = self._parse_disjunction()
    return self.expression(exp.Kwarg(this=exp.var(names[0].name), expression=value))


def _overlay(self: Any) -> exp.Expr:
    """`overlay(x PLACING y FROM 1 FOR 2)`."""
    arguments = [self._parse_bitwise()]
    for word in ("PLACING", "FROM", "FOR"):
        if self._match(TokenType.COMMA) or self._match_text_seq(word):
            arguments.append(self._parse_bitwise())
    return _call("overlay", *arguments)


def _convert(self: Any) -> exp.Expr:
    return self._parse_convert(strict=True)


def _char(self: Any) -> exp.Expr:
    """`CHAR(77, 121)`, `CHAR(77 USING utf8mb4)`, which is `CONVERT(CHAR(77) USING utf8mb4)`."""
    call = _call("CHAR", *self._parse_csv(self._parse_bitwise))
    if not self._match(TokenType.USING):
        return call
    to = exp.DType.CHARACTER_SET.into_expr(kind=self._parse_charset_name())
    return self.build_cast(strict=True, this=call, to=to)


def _json_table(self: Any) -> exp.Expr:
    return self._parse_json_table()


def _group_concat(self: Any) -> exp.Expr:
    """DISTINCT and ORDER BY hold on to the values, as in any aggregate."""
    if self._match(TokenType.DISTINCT):
        this: exp.Expr = exp.Distinct(expressions=self._parse_csv(self._parse_disjunction))
    else:
        values = self._parse_csv(self._parse_disjunction)
        this = values[0] if len(values) == 1 else exp.Tuple(expressions=values)
    this = self._parse_order(this)
    separator = self._parse_field() if self._match(TokenType.SEPARATOR) else None
    return self.expression(exp.GroupConcat(this=this, separator=separator))


def _with_unit(name: str) -> Handler:
    """A call whose first argument is a unit of time."""

    def parse(self: Any) -> exp.Expr:
        unit = _unit(self)
        self._match(TokenType.COMMA)
        return _call(name, unit, *self._parse_csv(self._parse_lambda))

    return parse


def _mariadb_not(self: Any) -> exp.Expr:
    return self._parse_not()


class _Strict(BoundedParser):
    """What the parsers of all dialects share."""

    FUNCTIONS: ClassVar[dict[str, Handler]] = {}
    LAMBDAS: ClassVar[Handlers] = {}
    STATEMENT_PARSERS: ClassVar[Handlers] = {}
    PLACEHOLDER_PARSERS: ClassVar[Handlers] = {}
    NO_PAREN_FUNCTION_PARSERS: ClassVar[dict[str, Handler]] = {"ANY": _any, "CASE": _case}
    FUNCTION_PARSERS: ClassVar[dict[str, Handler]] = {
        "CAST": _cast,
        "EXTRACT": _extract,
        "TRIM": _trim,
        "SUBSTRING": _substring,
        "POSITION": _position("strpos", is_part_first=False),
    }
    UNARY_PARSERS: ClassVar[Handlers] = {
        TokenType.PLUS: _positive,
        TokenType.NOT: _not,
        TokenType.TILDE: _bitwise_not,
        TokenType.DASH: _negative,
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
        has_unit = self._curr.text.lower() in UNITS
        if this is None or not (has_unit or is_text):
            self._retreat(index)
            return None
        unit: exp.Expr | None = _unit(self) if has_unit else None
        if unit is not None and self._match_text_seq("TO"):
            unit = exp.IntervalSpan(this=unit, expression=_unit(self))
        return exp.Interval(this=this, unit=unit)

    def _parse_interval_amount(self) -> exp.Expr | None:
        return None


class StrictSqlite(_Strict, SQLiteParser):
    """SQLite's SQL."""

    PRIMARY_PARSERS: ClassVar[Handlers] = {
        **SQLiteParser.PRIMARY_PARSERS,
        TokenType.HEX_STRING: _hex,
    }
    JOINS_HAVE_EQUAL_PRECEDENCE = False  # it would make CROSS JOIN of a comma, which fixes an order
    FUNCTION_PARSERS: ClassVar[dict[str, Handler]] = {"CAST": _cast_as_written}
    CONCAT_OPERATORS: ClassVar[Handlers] = {
        TokenType.DPIPE: _concatenated,
        TokenType.ARROW: _joined("->"),
        TokenType.DARROW: _joined("->>"),
    }
    RANGE_PARSERS: ClassVar[Handlers] = {
        **_Strict.RANGE_PARSERS,
        TokenType.GLOB: base.Parser.RANGE_PARSERS[TokenType.GLOB],
    }


class StrictPostgres(_Strict, PostgresParser):
    """PostgreSQL's SQL."""

    LAMBDAS: ClassVar[Handlers] = {TokenType.FARROW: _named_argument}
    FUNCTION_PARSERS: ClassVar[dict[str, Handler]] = {
        **_Strict.FUNCTION_PARSERS,
        "POSITION": _position("position", is_part_first=False),
        "OVERLAY": _overlay,
    }
    UNARY_PARSERS: ClassVar[Handlers] = {
        **_Strict.UNARY_PARSERS,
        TokenType.RLIKE: _bitwise_not,  # sqlglot's name of `~`
    }
    COLUMN_OPERATORS: ClassVar[dict[TokenType, Handler | None]] = {
        TokenType.DOT: None,
        TokenType.DCOLON: base.Parser.COLUMN_OPERATORS[TokenType.DCOLON],
    }
    PRIMARY_PARSERS: ClassVar[Handlers] = {
        **PostgresParser.PRIMARY_PARSERS,
        TokenType.HEREDOC_STRING: _text,
        TokenType.BYTE_STRING: _text,  # sqlglot's name of E'…'
    }
    EXPONENT: ClassVar[dict[TokenType, type[exp.Expr]]] = {TokenType.CARET: Power}
    JSON_OPERATORS: ClassVar[Handlers] = {
        TokenType.ARROW: _joined("->"),
        TokenType.DARROW: _joined("->>"),
        TokenType.HASH_ARROW: _joined("#>"),
        TokenType.DHASH_ARROW: _joined("#>>"),
        TokenType.PLACEHOLDER: _joined("?"),
    }
    RANGE_PARSERS: ClassVar[Handlers] = {
        **_Strict.RANGE_PARSERS,
        TokenType.ILIKE: base.Parser.RANGE_PARSERS[TokenType.ILIKE],
        TokenType.SIMILAR_TO: base.Parser.RANGE_PARSERS[TokenType.SIMILAR_TO],
        TokenType.RLIKE: _compared("~"),
        TokenType.IRLIKE: _compared("~*"),
        TokenType.AT_GT: _compared("@>"),
        TokenType.LT_AT: _compared("<@"),
        TokenType.DAMP: _compared("&&"),
        TokenType.QMARK_AMP: _compared("?&"),
        TokenType.QMARK_PIPE: _compared("?|"),
        TokenType.OVERLAPS: _compared("OVERLAPS"),
    }


class StrictMariaDb(_Strict, MySQLParser):
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
        **_Strict.FUNCTION_PARSERS,
        "CHAR": _char,
        "CONVERT": _convert,
        "GROUP_CONCAT": _group_concat,
        "JSON_TABLE": _json_table,
        "POSITION": _position("locate", is_part_first=True),
        "TIMESTAMPADD": _with_unit("timestampadd"),
        "TIMESTAMPDIFF": _with_unit("timestampdiff"),
    }
    UNARY_PARSERS: ClassVar[Handlers] = {
        **_Strict.UNARY_PARSERS,
        TokenType.NOT: _mariadb_not,
    }
    PRIMARY_PARSERS: ClassVar[Handlers] = {
        **MySQLParser.PRIMARY_PARSERS,
        TokenType.HEX_STRING: _hex,
    }
    RANGE_PARSERS: ClassVar[Handlers] = {
        **_Strict.RANGE_PARSERS,
        TokenType.RLIKE: _compared("REGEXP"),
    }

    def _parse_interval_amount(self) -> exp.Expr | None:
        return self._parse_term()


class StrictTrino(_Strict, TrinoParser):
    """Trino's SQL."""

    FUNCTION_PARSERS: ClassVar[dict[str, Handler]] = {
        **_Strict.FUNCTION_PARSERS,
        "TRY_CAST": _try_cast,
    }


PARSERS: Mapping[str, type[BoundedParser]] = {
    "sqlite": StrictSqlite,
    "postgres": StrictPostgres,
    "mysql": StrictMariaDb,
    "trino": StrictTrino,
}
"""The strict parser of each dialect, under sqlglot's name of it."""
