"""Stock below its reorder level, for tables that have a column for each."""

from collections.abc import Iterator

from serving.models.embedded.english.words import name_stems, stem
from serving.models.embedded.schema.targets import Shortage, Target, is_numeric
from tools.sql.schema import Column, Table

_STOCK = frozenset(map(stem, "stock inventory bestand lagerbestand".split()))
_LEAST = frozenset(
    map(
        stem,
        "reorder minimum min meldebestand mindestbestand bestellpunkt".split(),
    )
)
"""Stems in the names of reorder levels."""
_SHORT = (
    "reorder",
    "reordered",
    "reordering",
    "restock",
    "restocked",
    "replenish",
    "running low",
    "run low",
    "low in stock",
    "low on stock",
    "understocked",
    "nachbestellen",
    "nachbestellt",
    "nachzubestellen",
    "nachbestellung",
)
_SURE = 0.85


def shortages(table: Table) -> Iterator[tuple[tuple[str, ...], Target, float]]:
    """The phrases for a shortage as stems, each with its meaning and its quality."""
    numbers = [column for column in table.columns if is_numeric(column)]
    least = [column for column in numbers if not _LEAST.isdisjoint(_stems(column))]
    stock = [c for c in numbers if c not in least and not _STOCK.isdisjoint(_stems(c))]
    if len(stock) == len(least) == 1:
        short = Shortage(table.name, stock[0].name, least[0].name)
        yield from ((tuple(map(stem, words.split())), short, _SURE) for words in _SHORT)


def _stems(column: Column) -> set[str]:
    names = (column.name, *column.meaning.names)
    return {one for name in names for one in name_stems(name)}
