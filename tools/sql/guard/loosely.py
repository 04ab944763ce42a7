"""Names as the most generous engine compares them, and words that may be names."""

import unicodedata

from sqlglot import exp

_KEPT = frozenset("_$#@ -.")
_WORDS: dict[type[exp.Expr], str] = {
    exp.CurrentDate: "current_date",
    exp.CurrentTime: "current_time",
    exp.CurrentTimestamp: "current_timestamp",
    exp.Localtime: "localtime",
    exp.Localtimestamp: "localtimestamp",
}


def loose(name: str) -> str:
    """A name without all that some collation gives no weight: case, accents, width, spaces at its end.

    SQL Server takes `[secret ]` and, by its collation, `[secrét]` for `secret`; signs without a
    weight, such as a zero-width space, are nothing to it.
    """
    folded = unicodedata.normalize("NFKD", unicodedata.normalize("NFKC", name).casefold())
    return "".join(each for each in folded if each.isalnum() or each in _KEPT).rstrip(" ")


def bare_word(node: exp.Expr) -> str:
    """The word that is written for a node without parentheses, which an engine takes for a column first."""
    if isinstance(node, exp.Anonymous) and not node.expressions:
        return loose(node.name)
    return _WORDS.get(type(node), "")
