"""What the text of a stored view or macro says, for what its engine does not tell."""

from collections.abc import Mapping, Set
from dataclasses import dataclass
from itertools import pairwise

from sqlglot import Dialect, Token, TokenType
from sqlglot.errors import TokenError

_READING = frozenset({TokenType.SELECT, TokenType.FROM, TokenType.TABLE})


@dataclass(frozen=True, slots=True)
class JoinedByName:
    """All words of a text, the columns that USING compares, and whether there is a NATURAL JOIN."""

    names: frozenset[str]
    compared: frozenset[str]
    is_natural: bool


def joined_by_name(text: str) -> JoinedByName:
    """What a SQLite view joins by names alone."""
    tokens = _tokens(text, "sqlite")
    compared: set[str] = set()
    is_using = False
    for before, token in pairwise(tokens):
        is_opened = before.token_type == TokenType.USING and token.token_type == TokenType.L_PAREN
        is_using = is_opened or (is_using and token.token_type != TokenType.R_PAREN)
        if is_using and not is_opened:
            compared.add(token.text)
    is_natural = any(token.token_type == TokenType.NATURAL for token in tokens)
    words = frozenset(token.text for token in tokens)
    return JoinedByName(words, frozenset(compared), is_natural)


def reading_macros(definitions: Mapping[str, str]) -> Set[str]:
    """The DuckDB macros that read something of their own, or call one that does; lower case."""
    texts = {name.lower(): text for name, text in definitions.items()}
    found = {
        name
        for name, text in texts.items()
        if any(token.token_type in _READING for token in _tokens(text, "duckdb"))
    }
    while more := {name for name in texts.keys() - found if names_called(texts[name]) & found}:
        found |= more
    return found


def names_called(text: str) -> Set[str]:
    """What DuckDB calls in a text; lower case."""
    return {
        name.text.lower()
        for name, follow in pairwise(_tokens(text, "duckdb"))
        if follow.token_type == TokenType.L_PAREN
    }


def _tokens(text: str, dialect: str) -> list[Token]:
    try:
        return Dialect.get_or_raise(dialect).tokenize(text)
    except TokenError:
        return []
