"""How large a text may be before it is read: checked in one pass, for reading can take longer."""

from collections.abc import Sequence
from itertools import pairwise

from sqlglot import Token, TokenType

from tools.errors import Refused

_LONGEST = 50_000
_MOST_TOKENS = 10_000
_DEEPEST = 40
_DEEPEST_BRACKETS = 6
_MOST_SUBSCRIPTS = 30

_OPENING = frozenset({TokenType.L_PAREN, TokenType.CASE})
_CLOSING = frozenset({TokenType.R_PAREN, TokenType.END})
_STARTS = frozenset({TokenType.SELECT, TokenType.WITH})


def check_text(sql: str) -> None:
    """Refuse a text that is too long or not Unicode.

    Raises:
        Refused: the message says what to change.
    """
    if len(sql) > _LONGEST:
        raise Refused(f"The statement is longer than {_LONGEST:,} characters. Shorten it.")
    if "\0" in sql or not _is_encodable(sql):
        raise Refused("The statement holds characters that no database can read. Remove them.")


def one_statement(tokens: Sequence[Token]) -> list[Token]:
    """The tokens of the only statement, which is a question and not nested too deeply.

    Raises:
        Refused: the message says what to change.
    """
    kept = list(tokens)
    while kept and kept[-1].token_type == TokenType.SEMICOLON:
        kept.pop()
    first = next((token for token in kept if token.token_type != TokenType.L_PAREN), None)
    if first is None or first.token_type not in _STARTS:
        raise Refused("Only queries are allowed: start with SELECT or WITH.")
    if any(token.token_type == TokenType.SEMICOLON for token in kept):
        raise Refused("Write exactly one statement: there is more after a semicolon.")
    if len(kept) > _MOST_TOKENS:
        raise Refused(f"The statement has more than {_MOST_TOKENS:,} words and signs. Shorten it.")
    _check_depth(kept)
    _check_neighbours(kept)
    return kept


def _check_depth(tokens: Sequence[Token]) -> None:
    depth = brackets = 0
    for token in tokens:
        kind = token.token_type
        if kind in _OPENING:
            depth += 1
        elif kind in _CLOSING:
            depth -= 1
        elif kind in (TokenType.L_BRACKET, TokenType.L_BRACE):
            brackets += 1
        elif kind in (TokenType.R_BRACKET, TokenType.R_BRACE):
            brackets -= 1
        if depth > _DEEPEST or brackets > _DEEPEST_BRACKETS:
            raise Refused("The statement is nested too deeply. Reduce the nesting.")


def _check_neighbours(tokens: Sequence[Token]) -> None:
    """Refuse `a[1][1]…` of many parts, and a number with a name behind it.

    Engines disagree on `1_000` and `12abc`: one number here, a number and its alias there.
    """
    subscripts = 0
    for token, follow in pairwise(tokens):
        kinds = (token.token_type, follow.token_type)
        subscripts += kinds == (TokenType.R_BRACKET, TokenType.L_BRACKET)
        is_name = follow.token_type == TokenType.VAR and token.end + 1 == follow.start
        if token.token_type == TokenType.NUMBER and is_name:
            raise Refused(f"Write {token.text}{follow.text} with a space, or as one plain number.")
    if subscripts > _MOST_SUBSCRIPTS:
        raise Refused("The statement has too many subscripts in a row. Use fewer.")


def _is_encodable(sql: str) -> bool:
    try:
        sql.encode()
    except UnicodeEncodeError:
        return False
    return True
