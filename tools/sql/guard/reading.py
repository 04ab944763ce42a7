"""From a text to its tokens, and from tokens to one tree."""

import re
from collections.abc import Collection
from functools import lru_cache
from typing import cast

from sqlglot import Dialect, Token, TokenType, exp

from tools.errors import Refused
from tools.sql.guard.bounded import BoundedParser
from tools.sql.guard.bounds import check_text, one_statement
from tools.sql.guard.strict import PARSERS

_OF_THE_CONNECTION = frozenset({"_utf8mb4", "_utf8", "_utf8mb3"})
_ESCAPE = re.compile(r"\\(?:\\|(?P<four>[0-9A-Fa-f]{4})|\+(?P<six>[0-9A-Fa-f]{6})|)")
_SAME_TYPES = {
    exp.DType.INT: exp.DType.BIGINT,
    exp.DType.VARCHAR: exp.DType.CHAR,
    exp.DType.NVARCHAR: exp.DType.CHAR,
    exp.DType.NCHAR: exp.DType.CHAR,
}
_TEXTS_JOIN = frozenset({"postgres", "mysql"})


def parse_query(tokens: list[Token], sql: str, dialect: str) -> exp.Query:
    """The one query that the tokens are, read strictly and without its comments.

    Raises:
        Refused: they are not exactly one query.
        SqlglotError: they cannot be read at all.
    """
    found = _strict(dialect)(dialect=Dialect.get_or_raise(dialect)).parse(tokens, sql)
    match found:
        case [exp.Query() as query] if all(s.expressions for s in query.find_all(exp.Select)):
            for node in query.walk():
                node.pop_comments()
            for frame in query.find_all(exp.WindowSpec):
                if frame.args.get("start") and not frame.args.get("end"):  # ROWS 6 PRECEDING
                    frame.set("end", "CURRENT ROW")
            if (meaning := _MEANINGS.get(dialect)) is not None:
                meaning(query)
            return query
        case _:
            raise Refused("Write exactly one SELECT that changes nothing.")


def tokenize_sql(sql: str, dialect: str, opened: Collection[str] = ()) -> list[Token]:
    """The tokens of a text; a function's schema becomes a part of the function's name.

    `pg_catalog.` goes, since it is where PostgreSQL's functions are; `schema.name` of a function
    that is opened by name becomes one token. A text with a prefix that changes nothing in it loses
    the prefix.

    Raises:
        Refused: a text holds an escape that is none.
    """
    kept: list[Token] = []
    tokens = _told(Dialect.get_or_raise(dialect).tokenize(sql), dialect)
    for place, token in enumerate(tokens):
        if _changes_nothing(token, tokens[place + 1 : place + 2]):
            continue
        kept.append(_unescaped(token) if token.token_type == TokenType.UNICODE_STRING else token)
        if token.token_type == TokenType.L_PAREN and len(kept) > 3:
            schema, dot, name = kept[-4:-1]
            if dot.token_type != TokenType.DOT:
                continue
            whole = f"{schema.text}.{name.text}".lower()
            if dialect == "postgres" and schema.text == "pg_catalog":
                kept[-4:-1] = [name]
            elif whole in opened:
                kept[-4:-1] = [_named(whole, schema, name)]
    return _with_whole_texts(kept) if dialect in _TEXTS_JOIN else kept


def read_as(sql: str, dialect: str) -> exp.Expr | None:
    """The single statement of a text as sqlglot parses it; None if there is not exactly one.

    For display and translation in any dialect, not for judging.

    Raises:
        Refused: it is too large, or not a query.
        Exception: sqlglot fails over it, in whichever way.
    """
    check_text(sql)
    reader = Dialect.get_or_raise(dialect)
    tokens = one_statement(_told(reader.tokenize(sql), dialect))
    trees = _bounded(dialect)(dialect=reader).parse(tokens, sql)
    return trees[0] if len(trees) == 1 else None


def _strict(dialect: str) -> type[BoundedParser]:
    """The strict parser of a dialect; those that few need are loaded by who needs them."""
    if dialect in PARSERS:
        return PARSERS[dialect]
    from tools.sql.guard.strict_servers import SERVER_PARSERS

    return SERVER_PARSERS[dialect]


@lru_cache
def _bounded(dialect: str) -> type[BoundedParser]:
    """The parser of any dialect that sqlglot knows, with its steps counted."""
    own = Dialect.get_or_raise(dialect).parser_class
    return cast("type[BoundedParser]", type(f"Bounded{own.__name__}", (BoundedParser, own), {}))


def _told(tokens: list[Token], dialect: str) -> list[Token]:
    """The tokens, of which none is followed by a comment that MariaDB runs."""
    if dialect == "mysql" and any(
        comment.startswith(("!", "M!")) for token in tokens for comment in token.comments
    ):
        raise Refused(
            "MariaDB executes the content of /*! … */. Remove the comment, or write its content outside."
        )
    return tokens


def _changes_nothing(token: Token, follow: list[Token]) -> bool:
    """MariaDB's `_utf8mb4` before a text in quotes: it is the connection's own character set."""
    return (
        token.token_type == TokenType.INTRODUCER
        and token.text.lower() in _OF_THE_CONNECTION
        and [each.token_type for each in follow] == [TokenType.STRING]
    )


def _unescaped(token: Token) -> Token:
    """PostgreSQL's U&'…', where `\\` and four digits, or `\\+` and six, are a character."""
    try:
        text = (
            _ESCAPE.sub(_character, token.text).encode("utf-16", "surrogatepass").decode("utf-16")
        )
    except (UnicodeError, ValueError, OverflowError) as error:
        raise Refused("A U& string has an escape that is not a character. Correct it.") from error
    return Token(TokenType.STRING, text, token.line, token.col, token.start, token.end)


def _character(escape: re.Match[str]) -> str:
    digits = escape["four"] or escape["six"]
    if escape[0] == r"\\":
        return "\\"
    if digits is None or int(digits, 16) == 0:
        raise ValueError(escape[0])
    return chr(int(digits, 16))


def _named(whole: str, first: Token, last: Token) -> Token:
    return Token(TokenType.VAR, whole, last.line, last.col, first.start, last.end)


def _as_mariadb_means(query: exp.Query) -> None:
    """`FROM DUAL` reads no table, `TIMESTAMP '…'` is a call, some types have two names."""
    for select in query.find_all(exp.Select):
        source = select.args.get("from_")
        table = source.this if source is not None else None
        if isinstance(table, exp.Table) and table.sql().upper() == "DUAL":
            select.set("from_", None)
    for cast_ in list(query.find_all(exp.Cast)):
        if (plain := _SAME_TYPES.get(cast_.to.this)) is not None:
            cast_.to.set("this", plain)
        if cast_.to.is_type("timestamptz"):
            cast_.replace(exp.Anonymous(this="TIMESTAMP", expressions=[cast_.this]))


def _as_oracle_means(query: exp.Query) -> None:
    """`KEEP (DENSE_RANK …)` names no window."""
    for window in query.find_all(exp.Window):
        name = window.args.get("alias")
        if window.args.get("over") == "KEEP" and isinstance(name, exp.Identifier):
            window.set("alias", exp.var(name.name.upper()))
    _without_given_columns(query)


def _as_snowflake_means(query: exp.Query) -> None:
    """`TABLE(FLATTEN(…))` in FROM is `LATERAL FLATTEN(…)`."""
    for table in list(query.find_all(exp.Table)):
        call = table.this
        if isinstance(call, exp.Anonymous) and call.name.upper() == "TABLE":
            inner = call.expressions
            if len(inner) == 1 and isinstance(inner[0], exp.Anonymous):
                table.replace(exp.Lateral(this=inner[0], alias=table.args.get("alias")))
    _without_given_columns(query)


def _without_given_columns(query: exp.Query) -> None:
    """The columns of a PIVOT are named by the guard: sqlglot's names are only guesses."""
    for pivot in query.find_all(exp.Pivot):
        for part in (
            "columns", "identify_pivot_strings", "prefixed_pivot_columns", "pivot_column_naming",
            "value_columns_first",
        ):  # fmt: skip
            pivot.set(part, None)


_MEANINGS = {
    "mysql": _as_mariadb_means,
    "oracle": _as_oracle_means,
    "snowflake": _as_snowflake_means,
    "tsql": _without_given_columns,
    "bigquery": _without_given_columns,
}


def _with_whole_texts(tokens: list[Token]) -> list[Token]:
    """The tokens, with adjacent strings joined."""
    kept: list[Token] = []
    for token in tokens:
        last = kept[-1] if kept else None
        if last is not None and last.token_type == token.token_type == TokenType.STRING:
            text = last.text + token.text
            kept[-1] = Token(TokenType.STRING, text, last.line, last.col, last.start, token.end)
        else:
            kept.append(token)
    return kept
