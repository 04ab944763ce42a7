"""Texts that contain, begin with or end with something: "whose names start with J"."""

from sqlglot import exp

from serving.models.embedded.quote import column_node
from serving.models.embedded.reading import Reading
from serving.models.embedded.resolve import Pattern
from serving.models.embedded.targets import ColumnRef, is_text
from serving.models.embedded.triggers import Kind


def take_pattern(now: Reading, pattern: Pattern) -> None:
    """Restrict the text named before to a pattern, or let it wait for one."""
    now.take(Kind.LIKE)
    now.take(Kind.WITH)
    if now.last is not None and is_text(now.lexicon.column(now.last)):
        match(now, now.last, pattern.like)
    else:
        now.like = pattern.like


def match(now: Reading, column: ColumnRef, like: str) -> None:
    """Restrict a column to a pattern, without case."""
    node = exp.Lower(this=column_node(column))
    test: exp.Expr = exp.Like(this=node, expression=exp.Literal.string(like.lower()))
    if "\\" in like:
        test = exp.Escape(this=test, expression=exp.Literal.string("\\"))
    now.restrict(column, test, is_denied=now.take(Kind.NOT) is not None)
    now.like = None
