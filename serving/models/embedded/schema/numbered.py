"""Tables that only a number in their names tells apart: "orders_2024" and "orders_2025"."""

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from functools import lru_cache

from serving.models.embedded.english.words import Word, thing_words
from tools.sql.schema import Schema
from tools.sql.words import name_words

_Family = Mapping[str, frozenset[str]]
"""Tables of one thing, each with the numbers in its name."""
_SHORTEST = 2
"""Digits of a number that tells which table is meant, wherever it is said."""


def not_meant(schema: Schema, words: Sequence[Word]) -> frozenset[str]:
    """The tables of such a family that a question does not name; all of them where it names none."""
    said = tuple(part for word in words for part in name_words(word.lower))
    found = _families(tuple(table.name for table in schema.tables))
    return frozenset(
        name for family in found for name in family if name not in _meant(family, said)
    )


def _meant(family: _Family, said: tuple[str, ...]) -> list[str]:
    whole = [name for name in family if _is_said(name_words(name), said)]
    if len(whole) == 1:
        return whole
    told = {number for number in said if len(number) >= _SHORTEST}
    fits = {name: len(numbers & told) for name, numbers in family.items()}
    best = [name for name, fit in fits.items() if fit == max(fits.values())]
    if len(best) > 1:
        best = [name for name in best if not family[name]]
    return best if len(best) == 1 else []


def _is_said(name: tuple[str, ...], said: tuple[str, ...]) -> bool:
    return len(name) > len(thing_words(" ".join(name))) and any(
        said[at : at + len(name)] == name for at in range(len(said))
    )


@lru_cache(maxsize=64)
def _families(names: tuple[str, ...]) -> tuple[_Family, ...]:
    found = defaultdict[tuple[str, ...], dict[str, frozenset[str]]](dict)
    for name in names:
        found[thing_words(name)][name] = frozenset(_numbers(name))
    return tuple(family for family in found.values() if len(set(family.values())) > 1)


def _numbers(name: str) -> Iterator[str]:
    yield from (word for word in name_words(name) if word.isdigit())
