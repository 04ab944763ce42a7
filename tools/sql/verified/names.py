"""What a schema and its semantic model call their tables, columns and figures."""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property

from tools.language.pack import LanguagePack
from tools.sql.meaning import Meaning
from tools.sql.schema import Schema
from tools.sql.words import name_words

_LONGEST = 5
"""Words in a name that a question may say."""


@dataclass(frozen=True)
class Names:
    """The things that a phrase names, by the stems of its words in one language."""

    phrases: Mapping[tuple[str, ...], frozenset[str]]

    @classmethod
    def of(cls, schema: Schema, pack: LanguagePack) -> "Names":
        """The names of a schema; a thing is `t:table`, `c:table.column` or `m:figure`."""
        found: dict[tuple[str, ...], set[str]] = defaultdict(set)
        for thing, phrase in _named(schema):
            words = [pack.stem(word) for word in phrase.lower().split()]
            found[tuple(words)].add(thing)
        return cls({phrase: frozenset(things) for phrase, things in found.items() if phrase})

    @cached_property
    def _words(self) -> Mapping[str, frozenset[str]]:
        """The stems in the names of each thing."""
        found: dict[str, set[str]] = defaultdict(set)
        for phrase, things in self.phrases.items():
            for thing in things:
                found[thing].update(phrase)
        return {thing: frozenset(words) for thing, words in found.items()}

    @cached_property
    def words(self) -> frozenset[str]:
        """The stems in all names."""
        return frozenset(word for phrase in self.phrases for word in phrase)

    def words_of(self, things: Iterable[str]) -> frozenset[str]:
        """The stems of the words in the names of these things."""
        return frozenset(word for thing in things for word in self._words.get(thing, ()))

    def longest(self, stems: Sequence[str]) -> tuple[int, frozenset[str]]:
        """How many of these stems are the longest name that begins there, and what it names."""
        for length in range(min(_LONGEST, len(stems)), 0, -1):
            if things := self.phrases.get(tuple(stems[:length])):
                return length, things
        return 0, frozenset()


def _named(schema: Schema) -> Iterator[tuple[str, str]]:
    for table in schema.tables:
        thing = f"t:{table.name.lower()}"
        yield from ((thing, phrase) for phrase in _called(table.own_name, table.meaning))
        for column in (*table.columns, *table.fields):
            thing = f"c:{table.name.lower()}.{column.name.lower()}"
            yield from ((thing, phrase) for phrase in _called(column.name, column.meaning))
    for metric in schema.glossary.metrics:
        yield from ((f"m:{metric.label.lower()}", name) for name in metric.names)


def _called(name: str, meaning: Meaning) -> Iterator[str]:
    yield " ".join(name_words(meaning.name or name))
    yield from meaning.names
