"""Second-stage ranking of BM25 results: phrases, proximity, coverage and feedback; and fusion.

BM25 ignores word order. Here a passage gains if words of the question are close together, loses if
rare ones are missing, and is compared with the best passages. The weights were chosen by hand on two
public collections (Cranfield and SQuAD 2.0) together, so results there say little about others.
"""

import math
from collections import Counter, defaultdict
from collections.abc import Collection, Hashable, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from itertools import pairwise
from operator import itemgetter
from sys import intern
from typing import Self, TypeVar

from tools.documents.vocabulary import Vocabulary

K1 = 1.5
B = 0.75
"""BM25's saturation and length normalisation (Robertson and Zaragoza, 2009); Milvus Lite has no others."""
_WORDS = 0.5
"""What the words count in a fused score, beside the vectors; from 0.5 to 0.6 it hardly matters."""
_PHRASE = 0.8
_NEAR = 0.6
_NEAR_TERMS = 10
_MISSING = 0.3
_FEEDBACK = 0.6
_DOCUMENT = 0.8
"""What the right document counts, beside a passage's own best score."""
_FEEDBACK_PASSAGES = 10
_FEEDBACK_TERMS = 30
_FEEDBACK_STEEPNESS = 0.05
_PASSAGES_KEPT = 512
"""Passages whose terms stay counted, 8 KB each: a search looks at 64, and most were looked at before."""

Key = TypeVar("Key", bound=Hashable)


@dataclass(frozen=True, slots=True)
class Terms:
    """The terms of a passage in order, and how often each is there."""

    in_order: Sequence[str]
    counts: Mapping[str, int]

    @staticmethod
    @lru_cache(_PASSAGES_KEPT)
    def of(text: str) -> "Terms":
        """Those of a text that has a space between them; the passages found last are kept."""
        in_order = tuple(map(intern, text.split()))
        return Terms(in_order, Counter(in_order))


@dataclass(frozen=True, slots=True)
class Bm25Candidate:
    """A passage that BM25 found: its score, its terms, and the question's in its language."""

    score: float
    terms: Terms
    asked: tuple[str, ...]


def rescore(candidates: Sequence[Bm25Candidate], vocabulary: Vocabulary) -> list[float]:
    """A better score for each candidate, in their order; positive, higher is better.

    The candidates are all that the question found first, best first: feedback (the relevance model
    of Lavrenko and Croft, SIGIR 2001) takes the terms that the best of them share, each passage
    counting by how near it comes to the best.
    """
    asked = {key: _Asked.of(key, vocabulary) for key in {c.asked for c in candidates}}
    looks = [_Look(each, asked[each.asked], vocabulary) for each in candidates]
    scores = [look.score() for look in looks]
    added = _feedback(looks, scores, vocabulary)
    return [
        score + _FEEDBACK * look.asked.weight * look.weigh(added)
        for look, score in zip(looks, scores, strict=True)
    ]


def fuse(
    by_words: Mapping[Key, float],
    by_vector: Mapping[Key, float],
    *,
    without_vector: Collection[Key] = (),
) -> list[tuple[Key, float]]:
    """Two searches as one, best first, by scores relative to each search's best, from 0 to 1.

    What one search did not find has nothing from it. Passages `without_vector` rank by their words
    alone, as if the vectors agreed. Scores say how far apart two passages are, where ranks do not:
    on Cranfield and SQuAD 2.0 (nDCG@10), words alone give .394 and .912, reciprocal ranks .416 and
    .878, and this .418 and .925.
    """
    words, vectors = _relative(by_words), _relative(by_vector)
    scores = {
        key: words.get(key, 0.0)
        if key in without_vector
        else _WORDS * words.get(key, 0.0) + (1 - _WORDS) * vectors.get(key, 0.0)
        for key in {**words, **vectors}
    }
    return sorted(scores.items(), key=lambda item: -item[1])


def mix(
    whole: Mapping[Key, float], bare: Mapping[Key, float], *, inside: Collection[Key]
) -> dict[Key, float]:
    """Two searches, the second only among those `inside`, as one; the best stays as large."""
    best = max(whole.values(), default=1.0)
    first, second = _relative(whole), _relative(bare)
    return {
        key: best
        * ((first.get(key, 0.0) + second.get(key, 0.0)) / 2 if key in inside else first[key])
        for key in {**whole, **bare}
    }


def favour(scores: Mapping[Key, float], weights: Mapping[Key, float]) -> dict[Key, float]:
    """Scores with what is known of the document in them: a passage of the right one gains.

    The best score stays as large as it was, so scores of several searches stay comparable.
    """
    best = max(scores.values(), default=0.0)
    return {
        key: (score + _DOCUMENT * best * weights.get(key, 0.0)) / (1 + _DOCUMENT)
        for key, score in scores.items()
    }


def _relative(scores: Mapping[Key, float]) -> dict[Key, float]:
    best = max(scores.values(), default=0.0)
    return {key: max(0.0, score / best) if best > 0 else 0.0 for key, score in scores.items()}


@dataclass(frozen=True, slots=True)
class _Asked:
    """A question's terms with their rarity, total weight and adjacency."""

    rarity: Mapping[str, float]
    weight: float
    pairs: frozenset[tuple[str, str]]

    @classmethod
    def of(cls, terms: Sequence[str], vocabulary: Vocabulary) -> Self:
        rarity = {term: vocabulary.rarity(term) for term in terms}
        pairs = frozenset(pair for pair in pairwise(terms) if pair[0] != pair[1])
        return cls(rarity, sum(rarity.values()), pairs)


class _Look:
    """One candidate, its terms counted."""

    def __init__(self, candidate: Bm25Candidate, asked: _Asked, vocabulary: Vocabulary) -> None:
        self._candidate = candidate
        self.asked = asked
        self.counts = candidate.terms.counts
        self.length = len(candidate.terms.in_order)
        self._norm = K1 * (1 - B + B * self.length / vocabulary.mean_length)

    def weigh(self, weights: Mapping[str, float]) -> float:
        """BM25 scores of terms, with weights in place of inverse document frequency."""
        counts, norm = self.counts, self._norm
        held = [(w, counts[term]) for term, w in weights.items() if term in counts]
        return sum([w * (count * (K1 + 1) / (count + norm)) for w, count in held])

    def score(self) -> float:
        """BM25's score with phrases and coverage in it, and the best stretch of the text."""
        asked = self.asked.rarity
        places = [(at, t) for at, t in enumerate(self._candidate.terms.in_order) if t in asked]
        has = sum([rarity for term, rarity in asked.items() if term in self.counts])
        coverage = has / self.asked.weight if self.asked.weight else 0.0
        phrases = self._candidate.score + _PHRASE * self._phrases(places)
        return phrases * (1 - _MISSING + _MISSING * coverage**2) + _NEAR * self._densest(places)

    def _phrases(self, places: Sequence[tuple[int, str]]) -> float:
        wanted, rarity = self.asked.pairs, self.asked.rarity
        found: dict[tuple[str, str], int] = {}  # a Counter takes longer to make than to fill
        for (at, one), (then, other) in pairwise(places) if wanted else ():
            if then == at + 1 and (one, other) in wanted:
                found[one, other] = found.get((one, other), 0) + 1
        return sum(
            min(rarity[one], rarity[other]) * _saturated(count, self._norm)
            for (one, other), count in found.items()
        )

    def _densest(self, places: Sequence[tuple[int, str]]) -> float:
        """The most that different words of the question weigh within a few terms of the text."""
        rarity = self.asked.rarity
        if len(places) == 1:
            return rarity[places[0][1]]
        within, weight, best, first = dict.fromkeys(rarity, 0), 0.0, 0.0, 0
        for at, term in places:
            weight += 0.0 if within[term] else rarity[term]
            within[term] += 1
            while places[first][0] <= at - _NEAR_TERMS:
                left = places[first][1]
                within[left] -= 1
                weight -= 0.0 if within[left] else rarity[left]
                first += 1
            if weight > best:
                best = weight
        return best


def _saturated(count: int, norm: float) -> float:
    return count * (K1 + 1) / (count + norm)


def _feedback(
    looks: Sequence[_Look], scores: Sequence[float], vocabulary: Vocabulary
) -> Mapping[str, float]:
    """The terms of the best passages with their weights, which add up to 1."""
    in_order = sorted(zip(scores, looks, strict=True), key=itemgetter(0), reverse=True)
    best = in_order[:_FEEDBACK_PASSAGES]
    if not best or best[0][0] <= 0:
        return {}
    scale = _FEEDBACK_STEEPNESS * best[0][0]
    weights = defaultdict[str, float](float)
    for score, look in best:
        share = math.exp((score - best[0][0]) / scale) / look.length
        for term, count in look.counts.items():
            weights[term] += share * count
    rarity = vocabulary.rarity
    rated = [(term, weight * rarity(term)) for term, weight in weights.items()]
    chosen = sorted(rated, key=itemgetter(1), reverse=True)[:_FEEDBACK_TERMS]
    total = sum([weight for _, weight in chosen])
    return {term: weight / total for term, weight in chosen}
