"""Refuses statements that lose something when parsed.

The text that runs is rendered from the tree, so nothing lost can run. But a statement that lost
something answers another question than the one that was asked.
"""

from collections import Counter
from collections.abc import Sequence

from sqlglot import Token, TokenType

from tools.errors import Refused

_NAMES = frozenset({TokenType.VAR, TokenType.IDENTIFIER})
_TEXTS = frozenset({
    TokenType.STRING, TokenType.NATIONAL_STRING, TokenType.RAW_STRING, TokenType.HEREDOC_STRING,
    TokenType.UNICODE_STRING, TokenType.BYTE_STRING, TokenType.HEX_STRING, TokenType.BIT_STRING,
})  # fmt: skip
_SIGNS = frozenset({
    TokenType.PLUS, TokenType.DASH, TokenType.STAR, TokenType.SLASH, TokenType.MOD, TokenType.DIV,
    TokenType.DPIPE, TokenType.PIPE, TokenType.AMP, TokenType.CARET, TokenType.HASH,
    TokenType.TILDE, TokenType.EQ, TokenType.NEQ, TokenType.NULLSAFE_EQ, TokenType.LT,
    TokenType.LTE, TokenType.GT, TokenType.GTE, TokenType.ARROW, TokenType.DARROW,
    TokenType.HASH_ARROW, TokenType.DHASH_ARROW, TokenType.AT_GT, TokenType.LT_AT, TokenType.DAMP,
    TokenType.QMARK_AMP, TokenType.QMARK_PIPE, TokenType.PLACEHOLDER, TokenType.PARAMETER,
    TokenType.COLON, TokenType.DOTCOLON, TokenType.COLON_EQ, TokenType.SESSION_PARAMETER,
    TokenType.L_PAREN, TokenType.L_BRACKET, TokenType.L_BRACE, TokenType.RLIKE,
    TokenType.IRLIKE,
})  # fmt: skip
_WORDS = frozenset({
    TokenType.SELECT, TokenType.WITH, TokenType.JOIN, TokenType.LEFT,
    TokenType.RIGHT, TokenType.FULL, TokenType.NATURAL, TokenType.LATERAL, TokenType.WHERE,
    TokenType.GROUP_BY, TokenType.HAVING, TokenType.ORDER_BY, TokenType.PARTITION_BY,
    TokenType.LIMIT, TokenType.FETCH, TokenType.OFFSET, TokenType.UNION, TokenType.EXCEPT,
    TokenType.INTERSECT, TokenType.DISTINCT, TokenType.CASE, TokenType.WHEN, TokenType.ELSE,
    TokenType.EXISTS, TokenType.LIKE, TokenType.ILIKE, TokenType.GLOB,
    TokenType.SIMILAR_TO, TokenType.BETWEEN, TokenType.ESCAPE, TokenType.COLLATE,
    TokenType.INTERVAL, TokenType.OVER, TokenType.WINDOW, TokenType.QUALIFY, TokenType.FILTER, TokenType.NULL,
    TokenType.TRUE, TokenType.FALSE, TokenType.CURRENT_DATE, TokenType.CURRENT_TIME,
    TokenType.CURRENT_TIMESTAMP, TokenType.DESC, TokenType.ANY, TokenType.ALL,
})  # fmt: skip

_UNSAID = frozenset({
    "zone", "precision", "varying", "outer", "row", "nulls", "last", "first", "placing", "pg_catalog", "dual",
})  # fmt: skip
"""Words of types and of orders that mean the same when they are left out or written otherwise."""

_OTHERWISE = {
    "convert": "cast",
    "position": "locate",
    "strpos": "locate",
    "rlike": "regexp",
    "instr": "locate",
}
"""Names that are written in another way and mean the same."""


def refuse_losses(said: Sequence[Token], written: Sequence[Token], dialect: str) -> None:
    """Compare the tokens of a statement with those of what was written from its tree.

    Raises:
        Refused: something that was said is not written; the message shows it.
    """
    before = Counter(map(_meaning, *_placed(said)))
    after = Counter(map(_meaning, *_placed(written)))
    lost, gained = before - after, after - before
    del lost[_NOTHING]
    if dialect == "mysql":  # there, `||` is OR
        del lost["sign", TokenType.DPIPE.name], lost["sign", TokenType.DAMP.name]
    if dialect == "tsql":  # `name = value` among the results is `value AS name`
        del lost["sign", TokenType.EQ.name]
    for kind, text in list(lost):  # MariaDB and SQLite take a text for a name behind AS
        if kind == "text" and ("name", text.lower()) in gained:
            del lost[kind, text]
    for place, token in enumerate(said) if lost else ():
        if _meaning(said, place) in lost:
            raise Refused(f"{token.text!r} has no meaning here. Leave it out.")


def _placed(tokens: Sequence[Token]) -> tuple[list[Sequence[Token]], range]:
    return [tokens] * len(tokens), range(len(tokens))


def _meaning(tokens: Sequence[Token], place: int) -> tuple[str, str]:
    token = tokens[place]
    kind = token.token_type
    before = tokens[place - 1] if place else None
    if kind in _TEXTS:
        return "text", token.text
    if kind == TokenType.NUMBER:  # `.5` is read as a dot and a number
        is_part = before is not None and before.token_type == TokenType.DOT
        is_part = is_part and before is not None and before.end + 1 == token.start
        return "number", f"0.{token.text}" if is_part else token.text
    if kind in _NAMES:
        name = token.text.lower().rpartition(".")[2]
        is_said = name not in _UNSAID and not _is_namespace(tokens, place)
        return ("name", _OTHERWISE.get(name, name)) if is_said else _NOTHING
    if kind in _WORDS and before is not None and before.token_type in _BEFORE_NAMES:
        return "name", token.text.lower()
    if kind in _SIGNS or kind in _WORDS:
        is_of_is = kind == TokenType.DISTINCT and before is not None
        is_of_is = is_of_is and before is not None and before.token_type in _BEFORE_DISTINCT
        return _NOTHING if is_of_is else ("sign", kind.name)
    return _NOTHING


_NOTHING = ("", "")
_BEFORE_NAMES = frozenset({TokenType.ALIAS, TokenType.DOT, TokenType.DCOLON})
_BEFORE_DISTINCT = frozenset({TokenType.IS, TokenType.NOT})


def _is_namespace(tokens: Sequence[Token], place: int) -> bool:
    """`a` of `a.b.c`: a column's source includes its namespace."""
    follow = [token.token_type for token in tokens[place + 1 : place + 4]]
    return len(follow) == 3 and follow[0] == follow[2] == TokenType.DOT
