"""Parser functions for syntax with keywords, one for each entry in sqlglot's tables.

Each takes the parser, and what it has read already where there is something. A call becomes a name
with its arguments; what SQL spells with keywords keeps all that was read, or fails.
"""

import re
from collections.abc import Callable
from typing import Any

from sqlglot import Token, TokenType, exp

from tools.sql.guard.nodes import Operator, UnaryPlus

# sqlglot's parsers are not typed, and what one of its functions needs is private to them.
# pyright: reportPrivateUsage=false

TYPE_WORD = re.compile(r"[A-Za-z_]\w*", re.ASCII)
_MOST_TYPE_WORDS = 4

Handler = Callable[..., Any]
Handlers = dict[TokenType, Handler]


def call_of(name: str, *arguments: exp.Expr | None) -> exp.Anonymous:
    """A call with the arguments that there are."""
    return exp.Anonymous(this=name, expressions=[each for each in arguments if each is not None])


def comparison_with(symbol: str) -> Handler:
    """Read the right operand of a comparison-like operator."""

    def parse(self: Any, this: exp.Expr) -> exp.Expr:
        return self.expression(Operator(this=this, expression=self._parse_bitwise(), symbol=symbol))

    return parse


def operator_of(symbol: str) -> Handler:
    """Take both operands of an operator, which sqlglot has read already."""

    def build(self: Any, this: exp.Expr, right: exp.Expr) -> exp.Expr:
        return self.expression(Operator(this=this, expression=right, symbol=symbol))

    return build


def parse_concatenation(self: Any, this: exp.Expr, right: exp.Expr) -> exp.Expr:
    """`a || b`."""
    return self.expression(exp.DPipe(this=this, expression=right))


def parse_cast(self: Any) -> exp.Expr:
    """`CAST(value AS type)`."""
    return self._parse_cast(strict=True)


def parse_cast_as_written(self: Any) -> exp.Expr:
    """SQLite's CAST, with the type's name verbatim: its letters decide the conversion."""
    this = self._parse_disjunction()
    if not self._match(TokenType.ALIAS):
        self.raise_error("Write CAST(value AS type)")
    words: list[str] = []
    while self._curr and TYPE_WORD.fullmatch(self._curr.text) and len(words) < _MOST_TYPE_WORDS:
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


def parse_try_cast(self: Any) -> exp.Expr:
    """`TRY_CAST(value AS type)`: NULL where the value does not fit."""
    return self._parse_cast(strict=False, safe=True)


def parse_case(self: Any) -> exp.Expr:
    """`CASE … END`."""
    return self._parse_case()


def parse_any(self: Any) -> exp.Expr:
    """`ANY (…)`, after an operator; in front of anything else it may be a column with an alias."""
    if self._curr is None or self._curr.token_type is not TokenType.L_PAREN:
        self.raise_error("Write ANY (…)")
    return self.expression(exp.Any(this=self._parse_bitwise()))


def parse_positive(self: Any) -> exp.Expr:
    """`+value`."""
    return self.expression(UnaryPlus(this=self._parse_unary()))


def parse_not(self: Any) -> exp.Expr:
    """`NOT condition`, which binds less than a comparison."""
    return self.expression(exp.Not(this=self._parse_equality()))


def parse_negative(self: Any) -> exp.Expr:
    """`-value`."""
    return self.expression(exp.Neg(this=self._parse_unary()))


def parse_bitwise_not(self: Any) -> exp.Expr:
    """`~value`."""
    return self.expression(exp.BitwiseNot(this=self._parse_unary()))


def parse_trim(self: Any) -> exp.Expr:
    """`TRIM(BOTH 'x' FROM text)`."""
    return self._parse_trim()


def parse_text(_self: Any, token: Token) -> exp.Expr:
    """A text between dollar signs, or with escapes: what the tokenizer made of it."""
    return exp.Literal.string(token.text)


def parse_hex(_self: Any, token: Token) -> exp.Expr:
    """`0x1F` is a number, or what the place makes of it; `x'1F'` is a text of bytes."""
    if token.end - token.start == len(token.text) + 1:
        return exp.Literal.number(f"0x{token.text}")
    return exp.HexString(this=token.text)


def parse_unit(self: Any) -> exp.Var | None:
    """A unit of time, as a keyword."""
    if self._curr.text.lower() not in self.units:
        self.raise_error("Expected a unit of time")
        return None
    self._advance()
    return exp.var(self._prev.text)


def parse_extract(self: Any) -> exp.Expr:
    """`EXTRACT(unit FROM time)`."""
    unit = parse_unit(self)
    if not self._match(TokenType.FROM):
        self.raise_error("Write extract(unit FROM time)")
    return self.expression(exp.Extract(this=unit, expression=self._parse_bitwise()))


def parse_substring(self: Any) -> exp.Expr:
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
    return call_of("substring", *arguments)


def position_as(name: str, *, is_part_first: bool) -> Handler:
    """`position(part IN text)`, as a call of the function that the engine has for it.

    PostgreSQL's has the same name, and is written as `pg_catalog.position(text, part)`.
    """

    def parse(self: Any) -> exp.Expr:
        part = self._parse_bitwise()
        if self._match(TokenType.COMMA):
            return call_of("position", part, self._parse_bitwise())
        if not self._match(TokenType.IN):
            self.raise_error("Write position(part IN text)")
        text = self._parse_bitwise()
        return call_of(name, part, text) if is_part_first else call_of(name, text, part)

    return parse


def parse_named_argument(self: Any, names: list[exp.Expr]) -> exp.Expr:
    """`make_interval(days => 10)`."""
    value = self._parse_disjunction()
    return self.expression(exp.Kwarg(this=exp.var(names[0].name), expression=value))


def parse_overlay(self: Any) -> exp.Expr:
    """`overlay(x PLACING y FROM 1 FOR 2)`."""
    arguments = [self._parse_bitwise()]
    for word in ("PLACING", "FROM", "FOR"):
        if self._match(TokenType.COMMA) or self._match_text_seq(word):
            arguments.append(self._parse_bitwise())
    return call_of("overlay", *arguments)


def parse_convert(self: Any) -> exp.Expr:
    """`CONVERT(text USING charset)`, `CONVERT(value, type)`."""
    return self._parse_convert(strict=True)


def parse_char(self: Any) -> exp.Expr:
    """`CHAR(77, 121)`, `CHAR(77 USING utf8mb4)`, which is `CONVERT(CHAR(77) USING utf8mb4)`."""
    call = call_of("CHAR", *self._parse_csv(self._parse_bitwise))
    if not self._match(TokenType.USING):
        return call
    to = exp.DType.CHARACTER_SET.into_expr(kind=self._parse_charset_name())
    return self.build_cast(strict=True, this=call, to=to)


def parse_json_table(self: Any) -> exp.Expr:
    """`JSON_TABLE(json, path COLUMNS (…))`."""
    return self._parse_json_table()


def parse_group_concat(self: Any) -> exp.Expr:
    """DISTINCT and ORDER BY hold on to the values, as in any aggregate."""
    if self._match(TokenType.DISTINCT):
        this: exp.Expr = exp.Distinct(expressions=self._parse_csv(self._parse_disjunction))
    else:
        values = self._parse_csv(self._parse_disjunction)
        this = values[0] if len(values) == 1 else exp.Tuple(expressions=values)
    this = self._parse_order(this)
    separator = self._parse_field() if self._match(TokenType.SEPARATOR) else None
    return self.expression(exp.GroupConcat(this=this, separator=separator))


def call_with_unit(name: str) -> Handler:
    """A call whose first argument is a unit of time."""

    def parse(self: Any) -> exp.Expr:
        unit = parse_unit(self)
        self._match(TokenType.COMMA)
        return call_of(name, unit, *self._parse_csv(self._parse_lambda))

    return parse


def parse_mariadb_not(self: Any) -> exp.Expr:
    """`NOT condition`, as sqlglot reads MariaDB's."""
    return self._parse_not()
