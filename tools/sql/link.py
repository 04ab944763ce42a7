"""Schema linking: the tables and columns of a large schema that a question needs."""

import logging
from collections import defaultdict, deque
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import islice
from typing import Self

from tools.embeddings import Embeddings
from tools.errors import DocsqlError
from tools.sql.ddl import create_statements
from tools.sql.introspect import fingerprint, with_visible_keys
from tools.sql.meaning import Glossary, Metric
from tools.sql.schema import Column, Schema, Table
from tools.sql.word_index import WordIndex
from tools.sql.words import terms

MOST_TABLES = 15
_CHARACTERS_A_TOKEN = 3
"""Rather few: SQL is names and punctuation. Prompts come out shorter than they are counted."""
_FIRST = 6
_A_TERM = 2
_LONGEST_PATH = 3
_FEWEST_COLUMNS = 12
_FUSION = 60
_OF_GLOSSARY = 4
"""The part of a prompt's room that figures may take, as a divisor."""
_ALIKE = 0.6
_LOG = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class SchemaLinker:
    """The search index of one schema, for schema linking.

    Words are compared by BM25F over names, comments and stored values; with embeddings, their
    order and that of the vectors are fused by reciprocal rank. Foreign keys join what was found.
    """

    schema: Schema
    words: WordIndex
    neighbours: Mapping[int, Sequence[int]]
    originals: Mapping[int, int]
    vectors: Sequence[Sequence[float]] = ()
    embeddings: Embeddings | None = None

    @classmethod
    def of(cls, schema: Schema, embeddings: Embeddings | None = None) -> Self:
        """Index a schema; an embedding model that does not answer is done without."""
        index = WordIndex.of(schema.tables)
        neighbours, originals = _neighbours(schema), _originals(schema.tables)
        if embeddings is not None:
            try:
                vectors = embeddings.embed_documents([_described(t) for t in schema.tables])
                return cls(schema, index, neighbours, originals, vectors, embeddings)
            except DocsqlError as error:
                _LOG.warning("Schema linking uses keywords only: %s", error)
        return cls(schema, index, neighbours, originals)

    def tables(self, question: str, *, most: int = MOST_TABLES) -> tuple[Table, ...]:
        """The tables that the question needs, most needed first, with those that join them."""
        asked = self.words.asked(question)
        scores = self.words.scores(asked)
        ranked = self._fused(sorted(scores, key=lambda place: -scores[place]), question)
        ranked = sorted(ranked, key=lambda place: self._is_copy(place, asked))
        read = {name for metric in self._figures(question) for name in metric.tables}
        measured = [n for n, table in enumerate(self.schema.tables) if table.name in read]
        wanted = list(dict.fromkeys(self._wanted(ranked, asked, measured)))
        chosen = list(dict.fromkeys(self._joined(wanted)))[:most]
        return tuple(self.schema.tables[place] for place in chosen)

    def narrow(self, question: str, *, tokens: int) -> Schema:
        """The tables and columns that the question needs, within about these tokens."""
        asked = self.words.asked(question)
        glossary = self._glossary(question, tokens // _OF_GLOSSARY)
        tokens -= _glossary_tokens(glossary)
        kept: list[Table] = []
        for table in self.tables(question):
            left = tokens - sum(map(prompt_tokens, kept))
            smaller = _trimmed(table, asked, left)
            if smaller is not None:
                kept.append(smaller)
        among = tuple(kept)
        joined = tuple(with_visible_keys(table, among) for table in among)
        names = {table.name for table in joined}
        metrics = tuple(m for m in glossary.metrics if names.issuperset(m.tables))
        glossary = replace(glossary, metrics=metrics)
        return replace(
            self.schema, tables=joined, fingerprint=fingerprint(joined), glossary=glossary
        )

    def _figures(self, question: str) -> list[Metric]:
        """The figures that a question names: every word of one of their names is in it."""
        said = set(terms(question))
        return [
            metric
            for metric in self.schema.glossary.metrics
            if any(said.issuperset(terms(name)) for name in metric.names)
        ]

    def _glossary(self, question: str, tokens: int) -> Glossary:
        """The glossary with as many figures as there is room for, those first that are asked for."""
        whole = self.schema.glossary
        asked = self._figures(question)
        kept: list[Metric] = []
        for metric in (*asked, *(m for m in whole.metrics if m not in asked)):
            tokens -= len(metric.in_words()) // _CHARACTERS_A_TOKEN + 1
            kept += [metric] if tokens >= 0 else []
        return replace(whole, metrics=tuple(m for m in whole.metrics if m in kept))

    def _fused(self, by_words: Sequence[int], question: str) -> Sequence[int]:
        if self.embeddings is None:
            return by_words
        try:
            asked = self.embeddings.embed_query(question)
        except DocsqlError as error:
            _LOG.warning("Schema linking uses keywords only: %s", error)
            return by_words
        near = [sum(a * b for a, b in zip(asked, v, strict=True)) for v in self.vectors]
        by_meaning = sorted(range(len(near)), key=lambda place: -near[place])[: 4 * MOST_TABLES]
        fused: dict[int, float] = defaultdict(float)
        for order in (by_words, by_meaning):
            for rank, place in enumerate(order):
                fused[place] += 1 / (_FUSION + rank)
        return sorted(fused, key=lambda place: -fused[place])

    def _is_copy(self, place: int, asked: Mapping[str, float]) -> bool:
        """Whether it is a history, an archive and so on of another, and nobody asks for that."""
        original = self.originals.get(place)
        if original is None:
            return False
        extra = self.words.names[place] - self.words.names[original]
        return extra.isdisjoint(asked)

    def _wanted(
        self, ranked: Sequence[int], asked: Mapping[str, float], measured: Sequence[int]
    ) -> Iterator[int]:
        """The best, then the best for each word of the question: none of them crowds out another."""
        yield from measured
        yield from ranked[:_FIRST]
        for term in sorted(asked, key=lambda term: -self.words.weights[term]):
            named = (place for place in ranked if term in self.words.names[place])
            yield from islice(named, _A_TERM)
        yield from ranked[_FIRST : 2 * MOST_TABLES]

    def _joined(self, wanted: Sequence[int]) -> Iterator[int]:
        """The wanted tables in order, each after what joins it to those before it."""
        before: set[int] = set()
        for rank, place in enumerate(wanted):
            if rank < _FIRST and before and place not in before:
                for between in self._path(place, before):
                    before.add(between)
                    yield between
            before.add(place)
            yield place

    def _path(self, start: int, ends: set[int]) -> list[int]:
        """The tables on the shortest foreign key path between two; none if it is long."""
        came_from: dict[int, int] = {start: start}
        waiting = deque([(start, 0)])
        while waiting:
            here, steps = waiting.popleft()
            if here in ends:
                return _between(came_from, here, start)
            for near in self.neighbours.get(here, ()) if steps < _LONGEST_PATH else ():
                if near not in came_from:
                    came_from[near] = here
                    waiting.append((near, steps + 1))
        return []


def prompt_tokens(table: Table) -> int:
    """About how many tokens a table takes in a prompt, rather too many."""
    text = create_statements(Schema("", (table,), ""))
    return (len(text) + 2) // _CHARACTERS_A_TOKEN + 1


def _glossary_tokens(glossary: Glossary) -> int:
    said = len(glossary.in_words())
    return said // _CHARACTERS_A_TOKEN + 1 if said else 0


def fits(schema: Schema, tokens: int) -> bool:
    """Whether the whole schema takes no more than about these tokens of a prompt."""
    tokens -= _glossary_tokens(schema.glossary)
    for table in schema.tables:
        tokens -= prompt_tokens(table)
        if tokens < 0:
            return False
    return True


def _trimmed(table: Table, asked: Mapping[str, float], tokens: int) -> Table | None:
    """The table with the columns that the question needs most, in their order, or None."""
    if prompt_tokens(table) <= tokens and len(table.columns) <= 2 * _FEWEST_COLUMNS:
        return table
    links = {name for key in table.foreign_keys for name in key.columns}

    def need(column: Column) -> float:
        meaning = column.meaning
        words = " ".join((column.name, column.comment, *meaning.names))
        said = sum(asked.get(term, 0.0) for term in terms(words))
        values = (*column.samples, *meaning.values)
        is_value = any(term in asked for value in values for term in terms(value))
        return said + 2 * is_value + 3 * (column.primary_key or column.name in links)

    by_need = sorted(table.columns, key=need, reverse=True)
    for count in (2 * _FEWEST_COLUMNS, _FEWEST_COLUMNS, _FEWEST_COLUMNS // 2):
        kept = set(map(id, by_need[:count]))
        smaller = replace(table, columns=tuple(c for c in table.columns if id(c) in kept))
        keys = tuple(k for k in table.foreign_keys if all(map(smaller.column, k.columns)))
        smaller = replace(smaller, foreign_keys=keys)
        if prompt_tokens(smaller) <= tokens:
            return smaller
    return None


def _neighbours(schema: Schema) -> dict[int, list[int]]:
    places = {table.name.lower(): place for place, table in enumerate(schema.tables)}
    found: dict[int, list[int]] = defaultdict(list)
    for place, table in enumerate(schema.tables):
        for key in table.foreign_keys:
            other = places.get(key.referred_table.lower())
            if other is not None:
                found[place].append(other)
                found[other].append(place)
    return found


def _originals(tables: Sequence[Table]) -> dict[int, int]:
    """The tables with another's columns, and its name with one more word behind it."""
    places = {table.name.lower(): place for place, table in enumerate(tables)}
    begins = {place: table.name.lower().rpartition("_")[0] for place, table in enumerate(tables)}
    return {
        place: places[name]
        for place, name in begins.items()
        if name in places and _is_alike(tables[place], tables[places[name]])
    }


def _is_alike(table: Table, other: Table) -> bool:
    names = {column.name.lower() for column in table.columns}
    shared = names & {column.name.lower() for column in other.columns}
    return len(shared) >= _ALIKE * max(len(names), len(other.columns))


def _between(came_from: Mapping[int, int], end: int, start: int) -> list[int]:
    path: list[int] = []
    here = came_from[end]
    while here != start:
        path.append(here)
        here = came_from[here]
    return path


def _described(table: Table) -> str:
    columns = ((column.name, *column.meaning.names) for column in table.columns)
    names = ", ".join(name for named in columns for name in named)
    called = ", ".join((table.name, *table.meaning.names))
    return f"{called}: {table.comment} ({names})"[:1_000]
