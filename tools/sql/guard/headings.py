"""The names of a result's columns, as the statement writes them.

SQLite, MariaDB and DuckDB call a column without an alias by its text; the text that runs has other quotes
and spaces than the one that was written.
"""

from collections.abc import Iterator, Sequence

from sqlglot import Token, TokenType, exp

_BY_TEXT = frozenset({"sqlite", "mysql", "duckdb"})
_ENDS = frozenset({
    TokenType.FROM, TokenType.WHERE, TokenType.GROUP_BY, TokenType.HAVING, TokenType.ORDER_BY,
    TokenType.LIMIT, TokenType.UNION, TokenType.EXCEPT, TokenType.INTERSECT, TokenType.WINDOW,
    TokenType.OFFSET, TokenType.FETCH, TokenType.QUALIFY,
})  # fmt: skip


def headings(
    tree: exp.Query, tokens: Sequence[Token], sql: str, dialect: str
) -> tuple[str | None, ...]:
    """A heading for each column without a name of its own, None for those with one.

    Empty where the engine's are right, or where nobody can tell the columns from the text.
    """
    select: exp.Expr = tree
    while isinstance(select, exp.SetOperation):
        select = select.left
    if dialect not in _BY_TEXT or not isinstance(select, exp.Select) or select.is_star:
        return ()
    spans = list(_spans(tokens))
    if len(spans) != len(select.expressions):
        return ()
    return tuple(
        None if isinstance(item, exp.Alias | exp.Column) else sql[start : end + 1]
        for item, (start, end) in zip(select.expressions, spans, strict=True)
    )


def _is_inside(item: Sequence[Token]) -> bool:
    """Whether what follows is the FROM of IS DISTINCT FROM."""
    return bool(item) and item[-1].token_type == TokenType.DISTINCT


def _spans(tokens: Sequence[Token]) -> Iterator[tuple[int, int]]:
    """Where each item of the first SELECT that is in no parentheses begins and ends."""
    depth = 0
    inside: list[Token] | None = None
    for token in tokens:
        kind = token.token_type
        depth += (kind == TokenType.L_PAREN) - (kind == TokenType.R_PAREN)
        if inside is None:
            inside = [] if kind == TokenType.SELECT and depth == 0 else None
        elif depth == 0 and kind in _ENDS and not _is_inside(inside):
            break
        elif depth == 0 and kind == TokenType.COMMA:
            yield inside[0].start, inside[-1].end
            inside = []
        elif inside or kind not in (TokenType.DISTINCT, TokenType.ALL):
            inside.append(token)
    if inside:
        yield inside[0].start, inside[-1].end
