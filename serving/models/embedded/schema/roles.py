"""What rows of one table are to those of another, by the names of the keys between them."""

from collections.abc import Iterator

from serving.models.embedded.english.words import name_stems, stem
from serving.models.embedded.schema.targets import ColumnRef, Sense, TableRef
from tools.sql.schema import ForeignKey, Table

_BOSSES = tuple(map(stem, ("manager", "supervisor", "boss", "superior")))
_KEYS = frozenset(map(stem, "id no nr number key code ref".split()))
"""Stems that the names of keys end with."""
_WHOLE, _ALONE = 1.0, 0.8
"""How well a role names its table: all of its words, or those without the table's own name."""


def role_words(key: ForeignKey) -> tuple[str, ...]:
    """The stems of a key's name without its ending: "home branch" of `home_branch_id`."""
    return name_stems(key.columns[0])[:-1]


def own_words(key: ForeignKey) -> frozenset[str]:
    """Those of them that the table that it refers to is not called by: "home"."""
    return frozenset(role_words(key)).difference(name_stems(key.referred_table))


def role_senses(table: Table) -> Iterator[tuple[tuple[str, ...], Sense]]:
    """The roles as phrases that name the tables which the keys refer to: "home branch", "driver"."""
    for key in table.foreign_keys:
        stems, parent = role_words(key), TableRef(key.referred_table)
        if key.referred_table == table.name:  # nothing is joined to itself
            itself = Sense(ColumnRef(table.name, key.columns[0]), _ALONE)
            yield stems, itself
            if not own_words(key).isdisjoint(_BOSSES):  # "the boss" of somebody
                yield from (((word,), itself) for word in _BOSSES if (word,) != stems)
            continue
        if len(stems) > 1 and stems != name_stems(key.referred_table):
            yield stems, Sense(parent, _WHOLE)
        is_key = name_stems(key.columns[0])[-1] in _KEYS
        if is_key and len(own_words(key)) == 1:
            yield tuple(own_words(key)), Sense(parent, _ALONE)
