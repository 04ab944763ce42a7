"""Parser functions for the SQL of SQL Server, Oracle, Snowflake and BigQuery."""

from typing import Any

from sqlglot import Token, TokenType, exp

from tools.sql.guard.handlers import TYPE_WORD, Handler, call_of, parse_unit
from tools.sql.guard.nodes import ConvertTo, TypedText, VariantPath

# sqlglot's parsers are not typed, and what one of its functions needs is private to them.
# pyright: reportPrivateUsage=false

_MOST_TYPE_WORDS = 6
_TEXT_TYPES = frozenset({"DATE", "TIME", "DATETIME", "TIMESTAMP", "NUMERIC", "BIGNUMERIC", "JSON"})
_ENDS_A_TYPE = frozenset({"AS", "AT", "FORMAT", "AND", "OR", "FROM", "ELSE", "THEN", "WHEN", "END"})


def call_without_parentheses(name: str) -> Handler:
    """A function, or a column that the engine makes up, which is called without parentheses."""

    def parse(self: Any) -> exp.Expr:
        del self
        return exp.Anonymous(this=name)

    return parse


def call_with_unit_at(name: str, place: int) -> Handler:
    """A call with a unit of time, which may stand without quotes, at this place of its arguments."""

    def parse_argument(self: Any, at: int) -> exp.Expr | None:
        is_text = self._curr.token_type in (TokenType.STRING, TokenType.IDENTIFIER)
        if at != place or is_text or self._curr.text.lower() not in self.units:
            return self._parse_disjunction()
        follows = self._next.token_type if self._next else None
        if follows is TokenType.L_PAREN:
            return _parse_week(self)
        if follows in (TokenType.COMMA, TokenType.R_PAREN):
            return parse_unit(self)
        return self._parse_disjunction()

    def parse(self: Any) -> exp.Expr:
        arguments = [parse_argument(self, 0)] if not _closes(self) else []
        while self._match(TokenType.COMMA):
            arguments.append(parse_argument(self, len(arguments)))
        return call_of(name, *arguments)

    return parse


def _closes(self: Any) -> bool:
    return bool(self._match(TokenType.R_PAREN, advance=False))


def _parse_week(self: Any) -> exp.Expr | None:
    """BigQuery's `WEEK(MONDAY)`, a week that begins on that day."""
    start = self._index
    words = [self._curr.text]
    self._advance(2)
    words.append(self._curr.text)
    self._advance()
    unit = f"{words[0]}({words[1]})"
    if unit.lower() in self.units and self._match(TokenType.R_PAREN):
        return exp.var(unit)
    self._retreat(start)
    return self._parse_disjunction()


def parse_written_type(self: Any) -> exp.DataType | None:
    """A type as it is written: its words, and the lengths in its parentheses."""
    words: list[str] = []
    while len(words) < _MOST_TYPE_WORDS and _is_type_word(self):
        words.append(self._curr.text)
        self._advance()
        if self._match(TokenType.L_PAREN):
            words[-1] += f"({_parse_lengths(self)})"
    if not words:
        return None
    return exp.DataType(this=exp.DType.USERDEFINED, kind=" ".join(words))


def _is_type_word(self: Any) -> bool:
    text = self._curr.text if self._curr else ""
    is_name = self._curr.token_type is not TokenType.STRING if self._curr else False
    return is_name and bool(TYPE_WORD.fullmatch(text)) and text.upper() not in _ENDS_A_TYPE


def _parse_lengths(self: Any) -> str:
    lengths: list[str] = []
    while self._curr and not _closes(self):
        length = self._curr.text
        if not length.isdigit() and length.upper() != "MAX":
            self.raise_error("Expected the length of a type")
        self._advance()
        if self._curr.text.upper() in ("CHAR", "BYTE"):
            length += f" {self._curr.text}"
            self._advance()
        lengths.append(length)
        self._match(TokenType.COMMA)
    self._match_r_paren()
    return ", ".join(lengths)


def typed_text(self: Any) -> TypedText | None:
    """`DATE '2025-01-01'`, if that is what comes."""
    is_type = bool(self._curr) and self._curr.text.upper() in _TEXT_TYPES
    if not is_type or self._curr.token_type is TokenType.STRING or not self._next:
        return None
    if self._next.token_type is not TokenType.STRING:
        return None
    kind, text = self._curr.text.upper(), self._next.text
    self._advance(2)
    return TypedText(this=exp.var(kind), expression=exp.Literal.string(text))


def convert_with(*, safe: bool) -> Handler:
    """`CONVERT(type, value, style)`."""

    def parse(self: Any) -> exp.Expr:
        to = self._parse_types()
        self._match(TokenType.COMMA)
        value = self._parse_disjunction()
        style = self._parse_bitwise() if self._match(TokenType.COMMA) else None
        return self.expression(ConvertTo(this=value, to=to, style=style, safe=safe))

    return parse


def parse_prior(self: Any) -> exp.Expr:
    """`PRIOR column`: of the row above."""
    return self.expression(exp.Prior(this=self._parse_unary()))


def parse_root(self: Any) -> exp.Expr:
    """`CONNECT_BY_ROOT column`: of the row at the top."""
    return self.expression(exp.ConnectByRoot(this=self._parse_unary()))


def parse_national(_self: Any, token: Token) -> exp.Expr:
    """`N'text'`."""
    return exp.National(this=token.text)


def parse_raw(self: Any, token: Token) -> exp.Expr:
    """`r'text'`, in which a backslash is a backslash."""
    if token.text.endswith("\\") or "'" in token.text or '"' in token.text:
        self.raise_error("Write a text with quotes in it without r in front")
    return exp.Literal.string(token.text)


def parse_path(self: Any, this: exp.Expr) -> exp.Expr:
    """`value:key.key[0]`, and what follows it."""
    if not self._match(TokenType.COLON):
        return this
    steps = [_parse_key(self)]
    while True:
        if self._match(TokenType.DOT):
            steps.append(_parse_key(self))
        elif self._match(TokenType.L_BRACKET):
            steps.append(_parse_step(self))
        else:
            break
    path = self.expression(VariantPath(this=this, expressions=steps))
    return self._parse_column_ops(path)


def _parse_key(self: Any) -> exp.Literal:
    key = self._parse_id_var(any_token=True)
    if not isinstance(key, exp.Identifier):
        self.raise_error("Expected a key behind ':' or '.'")
    return exp.Literal.string(key.name)


def _parse_step(self: Any) -> exp.Literal:
    step = self._parse_primary()
    if not isinstance(step, exp.Literal) or not self._match(TokenType.R_BRACKET):
        self.raise_error("Write a number or a text in the brackets of a path")
    return step
