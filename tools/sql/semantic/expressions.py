"""A model's expressions as trees, in whatever SQL they were written."""

import re
from collections.abc import Callable

import sqlglot
from sqlglot import exp
from sqlglot.errors import SqlglotError
from sqlglot.tokens import Tokenizer

from tools.sql.semantic.ossie import Expression

_READ = {
    "ANSI_SQL": "",
    "SNOWFLAKE": "snowflake",
    "DATABRICKS": "databricks",
    "BIGQUERY": "bigquery",
}
"""Ossie's dialects that are SQL, most general first, by sqlglot's names."""

_STATEMENTS = (exp.Query, exp.DDL, exp.Command, exp.Insert, exp.Update, exp.Delete, exp.Merge)


class Unusable(Exception):
    """An expression cannot be used; the message is a clause for the person."""


def sql_of(expression: Expression) -> exp.Expr:
    """The tree of an expression, from the most general SQL that it is given in.

    Raises:
        Unusable: it is not SQL, or cannot be read.
    """
    written = {one.dialect: one.expression for one in expression.dialects}
    dialect = next((name for name in _READ if name in written), None)
    if dialect is None:
        raise Unusable(f"no expression in SQL, only in {', '.join(written)}")
    return read_sql(written[dialect], _READ[dialect])


def read_sql(text: str, dialect: str = "") -> exp.Expr:
    """The tree of an expression written in one dialect.

    Raises:
        Unusable: it cannot be read, or is more than an expression.
    """
    try:
        trees = sqlglot.parse(text, dialect=dialect or None)
    except (SqlglotError, RecursionError) as error:
        raise Unusable(f"{text!r}, which is not an expression in SQL") from error
    tree = trees[0] if len(trees) == 1 else None
    if tree is None or isinstance(tree, _STATEMENTS) or tree.find(exp.Select):
        raise Unusable(f"{text!r}, which is a statement where an expression is needed")
    return tree.unalias()


def bound(tree: exp.Expr, bind: Callable[[exp.Column], exp.Expr]) -> exp.Expr:
    """The tree with every column as `bind` writes it."""
    copy = tree.copy()
    for node in list(copy.find_all(exp.Column)):
        if node is copy:
            return bind(node)
        node.replace(bind(node))
    return copy


def written(tree: exp.Expr, dialect: str) -> str:
    """The tree as the engine's SQL."""
    return tree.sql(dialect=dialect, comments=False)


_PLAIN = re.compile(r"[a-z_][a-z0-9_]*")
_KEYWORDS = frozenset(word for phrase in Tokenizer.KEYWORDS for word in phrase.split()[:1])


def stored_column(table: str, name: str) -> exp.Column:
    """A column as a node, quoted where an engine would misread it; qualified unless `table` is empty."""
    return exp.Column(this=_identifier(name), table=_identifier(table) if table else None)


def _identifier(name: str) -> exp.Identifier:
    is_plain = _PLAIN.fullmatch(name) and name.upper() not in _KEYWORDS
    return exp.to_identifier(name, quoted=not is_plain)
