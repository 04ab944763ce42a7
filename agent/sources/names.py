"""The names of the sources, as a question may write them."""

import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import lru_cache

from tools.sql.meaning import Meaning
from tools.sql.schema import Schema, Table
from tools.sql.words import name_words
from tools.stem import stem_word

_WORKED_OUT = re.compile(r"\b([a-z][a-z ]{2,24}) is [\w .*+/()-]*[*+/-][\w .*+/()-]*")
"""A measure that a comment defines: "revenue is unit_price * quantity"."""
_KEPT = 16
"""Sets of schemas whose names are kept; a turn asks for those of its databases several times."""
_LONGEST = 4
"""Words of a name that a question is searched for."""

Phrase = tuple[str, ...]


def name_phrase(text: str) -> Phrase:
    """The stems of a name or of the words for it."""
    return tuple(stem_word(word) for word in name_words(text))


def names_of(name: str, meaning: Meaning) -> tuple[str, ...]:
    """Everything that a table or column is called: in the database, and by a semantic model."""
    return tuple(filter(None, (name, meaning.name, *meaning.names)))


def figures(schema: Schema) -> Iterator[str]:
    """The names of measures: those of a semantic model, and those that a comment works out."""
    for metric in schema.glossary.metrics:
        yield from (metric.name, *metric.names)
    for comment in comments(schema):
        yield from _WORKED_OUT.findall(comment)


def comments(schema: Schema) -> Iterator[str]:
    """All comments of the tables and their columns."""
    for table in schema.tables:
        yield table.comment
        yield from (column.comment for column in table.columns)


@dataclass(frozen=True, slots=True)
class SourceNames:
    """What is called how: `names` are those of tables, columns and databases by their stems.

    `holds` says that the data have a word themselves: a shop's tables are no tables of a database.
    """

    names: Mapping[Phrase, str]
    holds: Callable[[str], bool] = lambda _: False
    own: frozenset[str] = field(default_factory=frozenset[str])
    databases: frozenset[str] = field(default_factory=frozenset[str])
    tables: frozenset[str] = field(default_factory=frozenset[str])

    @staticmethod
    def of(
        schemas: Mapping[str, Schema], holds: Callable[[str], bool] = lambda _: False
    ) -> "SourceNames":
        """The names in the schemas of these databases."""
        return replace(_read(_Schemas(schemas)), holds=holds)

    def is_data(self, word: str) -> bool:
        """Whether the data are about things of this name."""
        return stem_word(word) in self.own or self.holds(word)

    def named(self, words: Sequence[str]) -> tuple[str, int]:
        """The longest name that the words begin with, and how many of them it takes."""
        told = [name_phrase(word) for word in words][
            :_LONGEST
        ]  # "valid_to" is one word of a question
        for size in range(len(told), 0, -1):
            if name := self.names.get(tuple(stem for one in told[:size] for stem in one)):
                return name, size
        return "", 0


class _Schemas:
    """Schemas by name, equal where they are the same objects: comparing their parts takes long."""

    def __init__(self, schemas: Mapping[str, Schema]) -> None:
        self.by_name = dict(schemas)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, _Schemas) and self._identity() == other._identity()

    def __hash__(self) -> int:
        return hash(self._identity())

    def _identity(self) -> tuple[tuple[str, int], ...]:
        return tuple((name, id(schema)) for name, schema in self.by_name.items())


@lru_cache(_KEPT)
def _read(schemas: _Schemas) -> SourceNames:
    by_name = schemas.by_name
    tables = [table for schema in by_name.values() for table in schema.tables]
    return SourceNames(
        dict(_names(by_name, tables)),
        own=frozenset(_called(tables)),
        databases=frozenset(by_name),
        tables=frozenset(t.name for t in tables),
    )


def _names(schemas: Mapping[str, Schema], tables: Sequence[Table]) -> Iterator[tuple[Phrase, str]]:
    """Each name with what it stands for; of two that are the same, the later one holds."""
    for schema in schemas.values():
        yield from ((name_phrase(name), name) for name in figures(schema))
    for table in tables:
        for column in table.columns:
            for name in names_of(column.name, column.meaning):
                yield name_phrase(name), column.name
    for table in tables:
        yield name_phrase(table.own_name)[-1:], table.name
        for name in names_of(table.own_name, table.meaning):
            yield name_phrase(name), table.name
    for name in [*(table.name for table in tables), *schemas]:
        yield name_phrase(name), name


def _called(tables: Iterable[Table]) -> Iterable[str]:
    """The words that the data use for their own things: tables' heads, whole columns and values."""
    for table in tables:
        yield name_phrase(table.own_name)[-1]
        for column in table.columns:
            if len(name_phrase(column.name)) == 1:
                yield name_phrase(column.name)[0]
            yield from (stems[-1] for stems in map(name_phrase, column.samples) if stems)
