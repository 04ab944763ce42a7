"""A statement that was written in another database's SQL, in this one's."""

from collections.abc import Iterator

from sqlglot import Dialect, Token, TokenType
from sqlglot.errors import SqlglotError

from tools.sql.guard.reading import read_as
from tools.sql.guard.writing import writer_of
from tools.sql.placing import with_columns_placed
from tools.sql.schema import Schema

_WRITTEN_BY_MODELS = ("postgres", "mysql", "tsql", "sqlite", "bigquery", "snowflake", "oracle")
"""Dialects that models mix up, likeliest first."""


def candidate_translations(sql: str, schema: Schema, *, is_misread: bool) -> Iterator[str]:
    """The statement with its columns placed, then as it was meant in each dialect, each text once.

    Its own dialect comes first unless it is misread there: sqlglot reads what engines refuse,
    such as `LIMIT 5, 10` in PostgreSQL, and writes what they take.
    """
    dialect = schema.dialect
    own = () if is_misread else (dialect,)
    seen = {sql}
    if not is_misread and (placed := with_columns_placed(sql, schema)) != sql:
        yield placed
    for other in (*own, *(name for name in _WRITTEN_BY_MODELS if name != dialect)):
        written = _written(sql, other, dialect)
        if written is not None and written not in seen:
            seen.add(written)
            yield written


def _written(sql: str, read: str, write: str) -> str | None:
    """The statement in another dialect; None where it is not one whole statement in the first."""
    try:
        tree = read_as(sql, read)
        if tree is None:
            return None
        written = writer_of(write).generate(tree)
        return written if _values(written, write) >= _values(sql, read) else None
    except Exception:  # noqa: BLE001  # a parser may fail in any way over a text that is no SQL
        return None


def is_misread(sql: str, schema: Schema) -> bool:
    """Whether the engine would run it and give something else than was meant.

    MariaDB takes "double quotes" for a text and || for OR, where other databases quote names and
    join texts with them.
    """
    if schema.dialect != "mysql":
        return False
    try:
        tokens = Dialect.get_or_raise("mysql").tokenize(sql)
    except SqlglotError:
        return False
    if any(token.token_type == TokenType.DPIPE for token in tokens):
        return True
    quoted = [token.text.lower() for token in tokens if _is_double_quoted(token, sql)]
    names = {table.name.lower() for table in schema.tables}
    names |= {column.name.lower() for table in schema.tables for column in table.columns}
    return bool(quoted) and all(text in names for text in quoted)


def _values(sql: str, dialect: str) -> int:
    """How many numbers and texts it holds: a reading with fewer has dropped an argument."""
    tokens = Dialect.get_or_raise(dialect).tokenize(sql)
    return sum(token.token_type in (TokenType.NUMBER, TokenType.STRING) for token in tokens)


def _is_double_quoted(token: Token, sql: str) -> bool:
    return token.token_type == TokenType.STRING and sql[token.start] == '"'
