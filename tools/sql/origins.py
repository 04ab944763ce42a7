"""Which documents the tables of a statement were loaded from."""

from collections.abc import Mapping

from sqlglot import exp

TableOrigins = Mapping[str, tuple[str, str, str]]
"""The document's id, its source and the sheet of each table, by the table's name in lower case."""


def origins_in(tree: exp.Query, origins: TableOrigins) -> tuple[tuple[str, str, str], ...]:
    """The origins of the tables that a statement reads, each once, in their order."""
    if not origins:
        return ()
    named = (origins.get(table.name.lower()) for table in tree.find_all(exp.Table))
    return tuple(dict.fromkeys(filter(None, named)))
