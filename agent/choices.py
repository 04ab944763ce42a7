"""Where two statements for one question differ, as a question for the person who asked."""

from collections import Counter
from collections.abc import Iterator

from sqlglot import exp
from sqlglot.errors import SqlglotError

from agent.same_rows import plain_tree
from tools.errors import Refused
from tools.sql.guard.reading import read_as
from tools.sql.paraphrase import in_words
from tools.sql.run import Database

Part = tuple[str, str]
"""A kind of clause, and one thing in it as text."""


def question_between(one: str, other: str, database: Database) -> str:
    """Which of two readings is meant, where they differ in one place; empty where in more.

    The tables that a statement reads do not count: another column may need another table. Nothing
    runs.
    """
    try:
        first, second = (_parts(sql, database) for sql in (one, other))
    except (Refused, SqlglotError):
        return ""
    here, there = first - second, second - first
    if sum(here.values()) > 1 or sum(there.values()) > 1 or not here + there:
        return ""
    (kind, words), (other_kind, other_words) = _only(here), _only(there)
    if kind and other_kind:
        return f"Do you mean {words}, or {other_words}?" if kind == other_kind else ""
    return f"Do you mean only with {words or other_words}, or without?"


def _only(parts: Counter[Part]) -> Part:
    return next(iter(parts), ("", ""))


def _parts(sql: str, database: Database) -> Counter[Part]:
    """What a statement gives, keeps, groups and sorts by, each in words."""
    plain = plain_tree(sql, database).sql(database.dialect)
    tree = read_as(plain, database.dialect)  # the gate's own tree keeps functions as it found them
    if not isinstance(tree, exp.Select):
        raise Refused("It is more than one SELECT.")
    return Counter((kind, in_words(node, dialect=database.dialect)) for kind, node in _nodes(tree))


def _nodes(tree: exp.Select) -> Iterator[tuple[str, exp.Expr]]:
    yield from (("gives", each) for each in tree.expressions)
    for clause in ("where", "having"):
        if found := tree.args.get(clause):
            yield from ((clause, each) for each in _conjuncts(found.this))
    for clause in ("group", "order"):
        if found := tree.args.get(clause):
            yield from ((clause, each) for each in found.expressions)
    if limit := tree.args.get("limit"):
        yield "limit", limit
    if distinct := tree.args.get("distinct"):
        yield "distinct", distinct


def _conjuncts(node: exp.Expr) -> Iterator[exp.Expr]:
    match node:
        case exp.And():
            yield from _conjuncts(node.left)
            yield from _conjuncts(node.right)
        case exp.Paren():
            yield from _conjuncts(node.this)
        case _:
            yield node
