"""The names of a result's columns, as the statement writes them.

SQLite, MariaDB and DuckDB call a column without an alias by its text; the text that runs has other quotes
and spaces than the one that was written.
"""

from collections import Counter
from collections.abc import Callable, Iterator, Sequence

from sqlglot import Token, TokenType, exp

from tools.sql.guard.own_names import name_as_said

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
    select = _first(tree)
    if dialect not in _BY_TEXT or not isinstance(select, exp.Select) or select.is_star:
        return ()
    spans = list(_spans(tokens))
    if len(spans) != len(select.expressions):
        return ()
    return tuple(
        None if isinstance(item, exp.Alias | exp.Column) else sql[start : end + 1]
        for item, (start, end) in zip(select.expressions, spans, strict=True)
    )


def with_unlike_names(
    columns: tuple[str, ...], tree: exp.Query, table_of: Callable[[exp.Column], str]
) -> tuple[str, ...]:
    """The columns' names, each once: `name` and `name` of two tables as `item.name` and `shop.name`.

    Of one table read twice, by its aliases; whatever is left is numbered.
    """
    if len(set(columns)) == len(columns):
        return columns
    items: list[exp.Expr] = _first(tree).expressions
    if len(items) == len(columns):
        read = [item if isinstance(item, exp.Column) else None for item in items]
        for qualify in (table_of, _written_with):
            places = [qualify(column) if column else "" for column in read]
            named = [
                f"{place}.{name}" if place else name
                for place, name in zip(places, columns, strict=True)
            ]
            columns = _where_it_helps(columns, named)
    return _numbered(columns)


def _written_with(column: exp.Column) -> str:
    return name_as_said(column.args.get("table"))


def _where_it_helps(columns: tuple[str, ...], named: Sequence[str]) -> tuple[str, ...]:
    before, after = Counter(columns), Counter(named)
    pairs = zip(columns, named, strict=True)
    return tuple(new if before[old] > 1 and after[new] == 1 else old for old, new in pairs)


def _numbered(columns: tuple[str, ...]) -> tuple[str, ...]:
    names: list[str] = []
    for column in columns:
        name, number = column, 1
        while name in names:
            number += 1
            name = f"{column} ({number})"
        names.append(name)
    return tuple(names)


def _first(tree: exp.Query) -> exp.Expr:
    select: exp.Expr = tree
    while isinstance(select, exp.SetOperation):
        select = select.left
    return select


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
