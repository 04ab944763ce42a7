"""What a table's stock says of its rows: which things have to be ordered again."""

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
"""Stems in the names of columns that say how much of a thing there is, and below what it is ordered again."""
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
    """The words for it as stems, with what they mean and how well they name it."""
    numbers = [column for column in table.columns if is_numeric(column)]
    least = [column for column in numbers if not _LEAST.isdisjoint(_stems(column))]
    stock = [c for c in numbers if c not in least and not _STOCK.isdisjoint(_stems(c))]
    if len(stock) == len(least) == 1:
        short = Shortage(table.name, stock[0].name, least[0].name)
        yield from ((tuple(map(stem, words.split())), short, _SURE) for words in _SHORT)


def _stems(column: Column) -> set[str]:
    names = (column.name, *column.meaning.names)
    return {one for name in names for one in name_stems(name)}
