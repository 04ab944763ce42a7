"""BM25F over a schema's tables: an inverted index of what their names, columns and values say.

Source: Robertson and Zaragoza, The Probabilistic Relevance Framework: BM25 and Beyond (2009), 3.6.
"""

import math
from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Self

from rapidfuzz import fuzz, process

from tools.sql.schema import Table
from tools.sql.words import abbreviates, may_abbreviate, parts, terms

_SATURATION = 1.2
_ABBREVIATED = 0.6
_MISSPELT = 0.7
_LEAST_LIKENESS = 84.0
_SHORTEST_TYPO = 5


@dataclass(frozen=True, slots=True)
class _Field:
    weight: float
    by_length: float
    """How much a long field counts less, from 0 to 1 (BM25's b)."""


_FIELDS = {
    "name": _Field(5.0, 0.5),
    "columns": _Field(2.0, 0.75),
    "comments": _Field(2.0, 0.6),
    "values": _Field(1.5, 0.75),
}


@dataclass(frozen=True, slots=True)
class WordIndex:
    """For every term, the tables that say it with the weight it has there."""

    postings: Mapping[str, Sequence[tuple[int, float]]]
    names: Sequence[frozenset[str]]
    weights: Mapping[str, float]
    shorts: Mapping[str, Sequence[str]]

    @classmethod
    def of(cls, tables: Sequence[Table]) -> Self:
        """Read every table once; a second for some thousands of them."""
        said = [_said(table) for table in tables]
        _part_compounds(said)
        average = {
            field: sum(sum(counts[field].values()) for counts in said) / max(1, len(said)) or 1.0
            for field in _FIELDS
        }
        postings: dict[str, list[tuple[int, float]]] = defaultdict(list)
        for place, counts in enumerate(said):
            for term, weight in _weighted(counts, average).items():
                postings[term].append((place, weight))
        weights = {
            term: math.log(1 + (len(said) - len(found) + 0.5) / (len(found) + 0.5))
            for term, found in postings.items()
        }
        names = [frozenset(counts["name"]) for counts in said]
        shorts: dict[str, list[str]] = defaultdict(list)
        for term in filter(may_abbreviate, postings):
            shorts[term[0]].append(term)
        return cls(postings, names, weights, shorts)

    def asked(self, question: str) -> dict[str, float]:
        """The index's terms for the question's, with how surely they mean the same."""
        found: dict[str, float] = {}
        for term in terms(question):
            for known, faith in _meant(term, self):
                found[known] = max(faith, found.get(known, 0.0))
        return found

    def scores(self, asked: Mapping[str, float]) -> dict[int, float]:
        """BM25F of the tables that say any of these terms, by place; being named counts twice."""
        found: dict[int, float] = defaultdict(float)
        for term, faith in asked.items():
            for place, weight in self.postings[term]:
                found[place] += faith * self.weights[term] * weight / (_SATURATION + weight)
        return {place: score * (1 + self._named(place, asked)) for place, score in found.items()}

    def _named(self, place: int, asked: Mapping[str, float]) -> float:
        """The part of a table's name that is asked for, by the weight of its terms."""
        whole = sum(self.weights[term] for term in self.names[place])
        said = sum(self.weights[term] * asked.get(term, 0.0) for term in self.names[place])
        return said / whole if whole else 0.0


def _meant(term: str, index: WordIndex) -> Iterator[tuple[str, float]]:
    """The term itself, its abbreviations and, if there is no match, terms that it may be a typo of."""
    is_known = term in index.postings
    if is_known:
        yield term, 1.0
    for short in index.shorts.get(term[0], ()):
        if abbreviates(short, term):
            is_known = True
            yield short, _ABBREVIATED
    if not is_known and len(term) >= _SHORTEST_TYPO:
        near = process.extractOne(
            term, index.postings.keys(), scorer=fuzz.ratio, score_cutoff=_LEAST_LIKENESS
        )
        if near is not None:
            yield near[0], _MISSPELT


def _said(table: Table) -> dict[str, Counter[str]]:
    columns = (*table.columns, *table.fields)
    comments = " ".join((table.comment, *(column.comment for column in columns)))
    values = " ".join(
        value for column in columns for value in (*column.samples, *column.meaning.values)
    )
    named = [name for column in columns for name in (column.name, *column.meaning.names)]
    return {
        "name": Counter(terms(" ".join((table.name, *table.meaning.names)))),
        "columns": Counter(term for name in named for term in terms(name)),
        "comments": Counter(terms(comments)),
        "values": Counter(terms(values)),
    }


def _part_compounds(said: Sequence[Mapping[str, Counter[str]]]) -> None:
    """Add the parts of names that run together, where the parts are names elsewhere."""
    known = {term for counts in said for field in ("name", "comments") for term in counts[field]}
    found = {term: parts(term, known) for term in known}
    for counts in said:
        for term in [term for term in counts["name"] if found.get(term)]:
            counts["name"].update(found[term] or ())


def _weighted(counts: Mapping[str, Counter[str]], average: Mapping[str, float]) -> dict[str, float]:
    """Each term's frequencies, put together over the fields."""
    total: dict[str, float] = defaultdict(float)
    for name, field in _FIELDS.items():
        length = sum(counts[name].values()) / average[name]
        norm = 1 - field.by_length + field.by_length * length
        for term, count in counts[name].items():
            total[term] += field.weight * count / norm
    return total
