"""Names as syntax tree nodes, quoted only where an engine would misread them."""

import re

from sqlglot import exp
from sqlglot.tokens import Tokenizer

from serving.models.embedded.targets import ColumnRef

_PLAIN = re.compile(r"[a-z_][a-z0-9_]*")
_KEYWORDS = frozenset(word for phrase in Tokenizer.KEYWORDS for word in phrase.split()[:1])


def identifier(name: str) -> exp.Identifier:
    """A name; keywords, capitals and odd characters are quoted."""
    plain = _PLAIN.fullmatch(name) and name.upper() not in _KEYWORDS
    return exp.to_identifier(name, quoted=not plain)


def column_node(ref: ColumnRef) -> exp.Column:
    """The column, qualified by its table."""
    return exp.Column(this=identifier(ref.column), table=identifier(ref.table))


def table_node(name: str) -> exp.Table:
    """The table."""
    return exp.Table(this=identifier(name))
