"""Which documents a question is about, by their names and openings, before any passage is looked at.

A passage in the middle of an annual report says neither whose report it is nor of which year. The
file's name says it, a line of the first page, and what is on nearly every page. A document is
weighed by the words of the question that are there, each counting by how few other documents have
it there. Words from the whole opening would not do: a question about anything shares some.
"""

import math
from array import array
from bisect import bisect_left
from collections import Counter, defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial
from itertools import pairwise
from typing import Self

from tools.documents.access import groups_in, may_see
from tools.documents.naming import (
    asked_terms,
    begun_names,
    capital_names,
    name_terms,
    short_names,
)
from tools.documents.rows import PARTICULARS, Row
from tools.documents.scope import SearchScope
from tools.documents.terms import index_terms
from tools.documents.titles import cover_lines

CARD_FIELDS = (
    "document_id",
    "collection",
    "access",
    "source",
    "title",
    *PARTICULARS,
    "language",
    "passages",
    "ordinal",
    "page",
    "terms",
)
_OPENING = 6
"""Passages that say what a document is; one that has no more says it in each of them."""
_SAMPLED = (*range(_OPENING), 8, 12, 17, 23, 30, 40, 55, 75, 100, 140, 200, 280, 400)
WHERE = f"ordinal in {list(_SAMPLED)}"
"""A filter of the rows that a catalogue is made of: the openings, and some of what follows."""
COVER_FIELDS = ("document_id", "ordinal", "section", "text")
COVER = "ordinal < 4"
"""A filter of the rows that have the lines which name a document."""
_OPENING_TERMS = 300
_OPENING_PAGES = 2
_FEWEST_HAVING = 0.15
"""Share of a document's sampled passages that have a word which is all over it."""
_ELSEWHERE = 0.1
"""What a term tells that is in a document's opening and hardly in what follows."""
_TITLED = 0.5
"""What counts of the weight of a document that has a title of its own, and neither company nor
period: its passages have the title too."""
_MANY, _COMMON = 3, 0.5
"""Openings that a phrase stands in, and their share, from which it tells no document from others."""
_LIKELY = 0.8
_MOST_LIKELY = 8
_NAMING = 0.3
"""Rarity, as a share of the largest, from which a word is part of a document's name."""
_NAMES = ("name", "label", "stated")
"""The fields that name a document; what is all over its text is also what it is asked about."""
_BEGUN = "begun"
"""The field of beginnings of a name's words, for a word in capitals that names no document whole."""
_BODY = 0.5
"""What counts of a word all over a text, beside one of a name."""
_AGAIN = 0.3
"""What counts of a name's word in a second place, as a disjunction of maxima has its ties."""
_SATURATION = {"name": 0.3, "label": 1.0, "body": 0.3, "stated": 0.3, _BEGUN: 0.3}

_Place = tuple[str, str, str]
"""A field, a language and a term."""


@dataclass(frozen=True, slots=True)
class Likely:
    """The documents that a question may be about.

    `weights` say how surely, `documents` are the surest, and `rest` is what the question says beside
    their names: of the passages in a document, those that repeat its name are not the better ones.
    """

    weights: Mapping[str, float] = field(default_factory=dict[str, float])
    documents: tuple[str, ...] = ()
    rest: str = ""


@dataclass(frozen=True, slots=True)
class _Card:
    """One document as it is looked for.

    `is_named` says that its title tells nothing, or that it states whose it is or of when, so that
    it is to be found by that; `length` says how much of it lies beyond its opening.
    """

    id: str
    collection: str
    groups: frozenset[str]
    language: str
    length: float
    is_named: bool

    @property
    def share(self) -> float:
        """What counts of its weight."""
        return self.length * (1.0 if self.is_named else _TITLED)


class _Having:
    """The documents that have a term in a field, by their places in a list, and how much of it.

    In arrays: of ten thousand documents there are millions of these.
    """

    __slots__ = ("_numbers", "_shares")

    def __init__(self) -> None:
        self._numbers = array("L")
        self._shares = array("f")

    def add(self, number: int, share: float) -> None:
        self._numbers.append(number)
        self._shares.append(share)

    def __len__(self) -> int:
        return len(self._numbers)

    def share_of(self, number: int) -> float:
        """How much the document at that place has; the places are in ascending order."""
        at = bisect_left(self._numbers, number)
        has = at < len(self._numbers) and self._numbers[at] == number
        return self._shares[at] if has else 0.0

    def among(self, admitted: frozenset[int]) -> list[tuple[int, float]]:
        pairs = zip(self._numbers, self._shares, strict=True)
        return [(at, share) for at, share in pairs if at in admitted]


@dataclass(frozen=True, slots=True)
class DocumentCatalogue:
    """The documents of a store, and by what they can be told apart."""

    _cards: list[_Card] = field(default_factory=list[_Card])
    _having: dict[_Place, "_Having"] = field(default_factory=dict[_Place, "_Having"])

    covers: dict[str, str] = field(default_factory=dict[str, str])
    """A line that names and one that dates each document whose title tells nothing."""

    @classmethod
    def of(cls, rows: Iterable[Row], openings: Iterable[Row]) -> Self:
        """The catalogue of the rows of `WHERE` with `CARD_FIELDS`, and of `COVER`."""
        documents = _Documents(rows, openings)
        made = cls(covers=documents.covers())
        for own in documents.rows.values():
            made._add(own, documents.all_over[own[0]["document_id"]])
        return made

    def weigh(self, question: str, scope: SearchScope) -> dict[str, float]:
        """How surely a question is about each document of a scope, from 0 to 1, surest first.

        What is rare is counted among those documents only, so that nobody learns of others. None
        is 1 unless a word tells one document from all others, or several words do it together.
        """
        admitted = [at for at, card in enumerate(self._cards) if _is_in(card, scope)]
        total = len(admitted)
        if total < 2:
            return {}
        scores = self._scores(question, frozenset(admitted))
        most = max([*scores.values(), math.log(total)])
        weighed = {at: score / most * self._cards[at].share for at, score in scores.items()}
        in_order = sorted(weighed.items(), key=lambda item: -item[1])
        return {self._cards[at].id: weight for at, weight in in_order if weight > 0}

    def look_for(self, question: str, scope: SearchScope) -> "Likely":
        """The documents that a question is most surely about, none of them far behind the surest."""
        weights = self.weigh(question, scope)
        least = _LIKELY * max(weights.values(), default=0.0)
        known = {card.id for card in self._cards if card.is_named}
        sure = (id_ for id_, weight in weights.items() if weight >= least and id_ in known)
        ids = tuple(sure)[:_MOST_LIKELY]
        named = {at for at, card in enumerate(self._cards) if card.id in ids}
        rest = (word for word in question.split() if not self._names(word, named))
        return Likely(weights, ids, " ".join(rest))

    def _names(self, word: str, documents: Collection[int]) -> bool:
        """Whether a word tells one of these documents from most others."""
        total = len(self._cards)
        places = (
            (self._having.get((name, language, term)), at)
            for at in documents
            for language in [self._cards[at].language]
            for term in asked_terms(word, language=language)
            for name in _NAMES
        )
        return any(
            having is not None
            and math.log(total / len(having)) * having.share_of(at) >= _NAMING * math.log(total)
            for having, at in places
        )

    def _scores(self, question: str, admitted: frozenset[int]) -> Mapping[int, float]:
        """What the words of a question tell of each document, by its place.

        A word counts hardly more where several of file, title and cover name the document by it:
        covers cannot always be read, and one year's report would outdo the next year's by that.
        """
        languages = {self._cards[at].language for at in admitted}
        named = defaultdict[str, dict[int, float]](dict)
        said = defaultdict[str, dict[int, float]](dict)
        for language in languages:
            for term in asked_terms(question, language=language):
                for name in _NAMES:
                    for at, share in self._have(name, language, term, admitted):
                        known = named[term].get(at, 0.0)
                        named[term][at] = max(share, known) + _AGAIN * min(share, known)
                said[term].update(self._have("body", language, term, admitted))
            for term in self._begun(question, language):
                named[term] = dict(self._have(_BEGUN, language, term, admitted))
        scores = defaultdict[int, float](float)
        for weight, found in ((1.0, named), (_BODY, said)):
            for shares in found.values():
                rarity = weight * math.log(len(admitted) / max(1, len(shares)))
                for at, share in shares.items():
                    scores[at] += rarity * share
        return scores

    def _have(
        self, name: str, language: str, term: str, admitted: frozenset[int]
    ) -> list[tuple[int, float]]:
        there = self._having.get((name, language, term))
        return there.among(admitted) if there else []

    def _begun(self, question: str, language: str) -> list[str]:
        """The words in capitals that only begin a word of a document's name."""
        return [
            term
            for term in capital_names(question)
            if not any((name, language, term) in self._having for name in _NAMES)
        ]

    def _add(self, rows: Sequence[Row], all_over: Mapping[str, float]) -> None:
        first = rows[0]
        language, id_ = first["language"], first["document_id"]
        label = index_terms(f"{first['title']} {self.covers.get(id_, '')}", language=language)
        stated = index_terms(" ".join(first[name] for name in PARTICULARS), language=language)
        counts: dict[str, Mapping[str, float]] = {
            "stated": dict.fromkeys([*stated.split(), *short_names(first["company"])], 1.0),
            "name": Counter(name_terms(first["source"], language=language)),
            "label": dict.fromkeys(label.split(), 1.0),
            _BEGUN: dict.fromkeys(begun_names(first["source"]), 1.0),
            "body": {term: share for term, share in all_over.items() if share >= _FEWEST_HAVING},
        }
        for name, found in counts.items():
            for term, count in found.items():
                share = count / (count + _SATURATION[name])
                having = self._having.setdefault((name, language, term), _Having())
                having.add(len(self._cards), share)
        length = max(0.0, 1 - _OPENING / first["passages"])
        groups = groups_in(first["access"])
        is_named = id_ in self.covers or bool(first["company"] or first["period"])
        card = _Card(id_, first["collection"], groups, language, length, is_named)
        self._cards.append(card)


class _Documents:
    """The rows of some documents, and what their passages have of terms."""

    def __init__(self, rows: Iterable[Row], openings: Iterable[Row]) -> None:
        self.rows = _by_document(rows)
        self._openings = _by_document(openings)
        self.all_over = {id_: _all_over(own) for id_, own in self.rows.items()}
        opening = {id_: _opening(own) for id_, own in self.rows.items()}
        self._opening = {id_: frozenset(terms) for id_, terms in opening.items()}
        titles = {phrase for own in self.rows.values() for phrase in _title_phrases(own[0])}
        self._phrases = Counter(
            phrase for terms in opening.values() for phrase in titles & _phrases(terms)
        )
        self._opened = Counter(term for terms in self._opening.values() for term in terms)
        self._spread = Counter(term for terms in self.all_over.values() for term in terms)

    def covers(self) -> dict[str, str]:
        """The telling lines of the documents whose titles tell nothing."""
        titles = Counter(own[0]["title"] for own in self.rows.values())
        return {
            id_: self._cover(id_)
            for id_, (first, *_) in self.rows.items()
            if titles[first["title"]] > 1 or self._is_common(first)
        }

    def _is_common(self, row: Row) -> bool:
        """Whether a title stands in the openings of others too, piece by piece: "Form 10-K"."""
        many = max(_MANY, _COMMON * len(self.rows))
        return all(self._phrases[phrase] >= many for phrase in _title_phrases(row))

    def _cover(self, id_: str) -> str:
        rows = self._openings.get(id_, [])
        parts = [part for row in rows for part in (*row["section"].split(" > "), row["text"])]
        language = self.rows[id_][0]["language"]
        return cover_lines(parts, partial(self._rarity, id_), language=language)

    def _rarity(self, id_: str, term: str) -> float:
        """How much a term tells a document from the others: rare in them, common in it."""
        if term not in self._opening[id_]:
            return 0.0
        rarest = len(self.rows) / max(self._opened[term], self._spread[term])
        share = self.all_over[id_].get(term, 0.0)
        return math.log(rarest) * max(_ELSEWHERE, share / (share + _SATURATION["body"]))


def _by_document(rows: Iterable[Row]) -> dict[str, list[Row]]:
    own = defaultdict[str, list[Row]](list)
    for row in rows:
        own[row["document_id"]].append(row)
    return {id_: sorted(each, key=lambda row: row["ordinal"]) for id_, each in own.items()}


def _is_in(card: _Card, scope: SearchScope) -> bool:
    return (
        may_see(scope.groups, card.groups)
        and (scope.collections is None or card.collection in scope.collections)
        and (scope.documents is None or card.id in scope.documents)
    )


def _opening(rows: Sequence[Row]) -> list[str]:
    terms = list[str]()
    for row in rows:
        if row["ordinal"] >= _OPENING or (row["page"] or 0) > _OPENING_PAGES:
            break
        terms += row["terms"].split()
    return terms[:_OPENING_TERMS]


def _title_phrases(row: Row) -> set[tuple[str, ...]]:
    return _phrases(index_terms(row["title"], language=row["language"]).split())


def _phrases(terms: Sequence[str]) -> set[tuple[str, ...]]:
    """The words of a text, and its pairs of neighbours."""
    return {*((term,) for term in terms), *pairwise(terms)}


def _all_over(rows: Sequence[Row]) -> dict[str, float]:
    """The terms that several of the passages have, and what share of them has each."""
    having = Counter(term for row in rows for term in set(row["terms"].split()))
    return {term: count / len(rows) for term, count in having.items() if count > 1}
