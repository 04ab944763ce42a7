"""Comments out of a CREATE TABLE text, for engines that store the text and no comments."""

from collections.abc import Iterator
from dataclasses import dataclass, field

from sqlglot import Dialect, Token, TokenType
from sqlglot.errors import TokenError


@dataclass(slots=True)
class TableComments:
    """Comments on a table; `columns` has lower-case names."""

    table: str = ""
    columns: dict[str, str] = field(default_factory=dict[str, str])

    def add(self, column: str | None, text: str) -> None:
        """Store a comment, for the table if there is no column yet."""
        if not text:
            return
        if column is None:
            self.table = f"{self.table} {text}".strip()
        else:
            self.columns[column] = f"{self.columns.get(column, '')} {text}".strip()


def read_comments(create: str, *, dialect: str) -> TableComments:
    """Assign every comment in a CREATE TABLE to its table or column.

    A comment in front of the opening parenthesis or right after it is the table's. One in a
    column's line, before or after the comma, is that column's; one on lines of its own is the
    next column's.
    """
    found = TableComments()
    if "--" not in create and "/*" not in create:
        return found
    try:
        tokens = Dialect.get_or_raise(dialect).tokenize(create)
    except TokenError:
        return found
    column: str | None = None
    for token, following, is_start in _with_starts(tokens):
        behind, ahead = _comments_between(create, token, following)
        if is_start:
            column = token.text.lower()
        found.add(column, behind)
        opens_next = token.token_type == TokenType.COMMA and following is not None
        found.add(following.text.lower() if opens_next and following else column, ahead)
    return found


def _with_starts(tokens: list[Token]) -> Iterator[tuple[Token, Token | None, bool]]:
    """Each token, the one after it, and whether a column's definition starts with it."""
    depth = 0
    starts = False
    for place, token in enumerate(tokens):
        following = tokens[place + 1] if place + 1 < len(tokens) else None
        yield token, following, starts
        starts = False
        match token.token_type:
            case TokenType.L_PAREN:
                depth += 1
                starts = depth == 1
            case TokenType.R_PAREN:
                depth -= 1
            case TokenType.COMMA:
                starts = depth == 1
            case _:
                pass


def _comments_between(sql: str, token: Token, following: Token | None) -> tuple[str, str]:
    """The comments up to the end of the token's line, and those on the lines below it."""
    gap = sql[token.end + 1 : following.start if following else len(sql)]
    same_line, _, below = gap.partition("\n")
    return _plain(same_line), " ".join(filter(None, map(_plain, below.splitlines())))


def _plain(line: str) -> str:
    return line.strip().removeprefix("--").removeprefix("/*").removesuffix("*/").strip(" *-")
