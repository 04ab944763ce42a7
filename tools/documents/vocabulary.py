import math
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Self


@dataclass(frozen=True, slots=True)
class Vocabulary:
    """How rare terms are in a store, told by some of its passages.

    `passages` is how many were looked at, `mean_length` their terms on average, `counts` in how
    many of them a term is.
    """

    passages: int
    mean_length: float
    counts: Mapping[str, int]

    @classmethod
    def of(cls, passages: Iterable[str]) -> Self:
        """Statistics of passages, each given as space-separated terms."""
        counts, number, length = Counter[str](), 0, 0
        for terms in (passage.split() for passage in passages):
            counts.update(set(terms))
            number, length = number + 1, length + len(terms)
        return cls(number, max(1.0, length / max(1, number)), counts)

    def rarity(self, term: str) -> float:
        """BM25's inverse document frequency, always positive."""
        return _rarity(self.passages, self.counts.get(term, 0))


@lru_cache(4096)
def _rarity(passages: int, within: int) -> float:
    """That of a term which so many of the passages have; a search asks for hundreds."""
    return math.log(1 + (passages - within + 0.5) / (within + 0.5))
