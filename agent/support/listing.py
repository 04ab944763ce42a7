"""Whether an answer that lists the rows of a result leaves some of them out."""

from tools.sql.result import QueryResult

_SHORT = 10
"""Rows up to which an answer is expected to name every one."""


def leaves_out(answer: str, result: QueryResult) -> bool:
    """Whether an answer names most of a short list, and not all of it.

    A row is named by its first text, where that tells the rows apart. An answer that names fewer
    may have chosen one of them.
    """
    names = _names(result)
    said = answer.casefold()
    named = sum(name in said for name in names)
    return len(names) < 2 * named and named < len(names)


def _names(result: QueryResult) -> list[str]:
    """What tells the rows apart; empty where nothing does, or there are too many."""
    if result.truncated or not 1 < len(result.rows) <= _SHORT:
        return []
    for cells in zip(*result.rows, strict=True):
        texts = [cell.casefold() for cell in cells if isinstance(cell, str) and cell.strip()]
        if len({*texts}) == len(result.rows):
            return texts
    return []
