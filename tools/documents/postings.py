"""An inverted index of a full-text column in arrays."""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Self

import numpy as np
from numpy.typing import NDArray

_PAIR = np.dtype([("term", "<u4"), ("count", "<f4")])


@dataclass(frozen=True, slots=True)
class Postings:
    """Which rows have which terms, and what BM25 gives each for it before the term's rarity.

    `terms` are in ascending order; those of `starts[i]` up to `starts[i + 1]` in `rows` and
    `weights` are of `terms[i]`.
    """

    count: int
    terms: NDArray[np.uint32]
    starts: NDArray[np.int64]
    rows: NDArray[np.int32]
    weights: NDArray[np.float32]

    @classmethod
    def of(cls, vectors: Sequence[bytes | None], *, k1: float, b: float) -> Self:
        """The index of rows given as Milvus packs sparse vectors: pairs of term (uint32) and count (float32)."""
        sizes = np.fromiter((len(each or b"") // _PAIR.itemsize for each in vectors), np.int64)
        pairs = np.frombuffer(b"".join(each or b"" for each in vectors), _PAIR)
        rows = np.repeat(np.arange(len(vectors), dtype=np.int32), sizes)
        counts = pairs["count"]
        lengths = np.bincount(rows, weights=counts, minlength=len(vectors))
        norm = k1 * (1 - b + b * lengths / (lengths.mean() or 1.0 if len(vectors) else 1.0))
        weights = (counts * (k1 + 1) / (counts + norm[rows])).astype(np.float32)
        order = np.argsort(pairs["term"], kind="stable")
        terms, starts = np.unique(pairs["term"][order], return_index=True)
        return cls(len(vectors), terms, np.append(starts, len(pairs)), rows[order], weights[order])

    def best(
        self, query: Mapping[int, float], wanted: NDArray[np.bool_], *, limit: int
    ) -> tuple[list[int], list[float]]:
        """The wanted rows of the highest BM25 scores with these, best first; none scores nothing.

        `query` gives each term's weight. See Robertson and Zaragoza, "The Probabilistic Relevance
        Framework" (2009).
        """
        scores = np.zeros(self.count)
        for term, weight in query.items():
            at = int(np.searchsorted(self.terms, term))
            if at == len(self.terms) or self.terms[at] != term:
                continue
            having = slice(self.starts[at], self.starts[at + 1])
            within = having.stop - having.start
            rarity = math.log(1 + (self.count - within + 0.5) / (within + 0.5))
            scores[self.rows[having]] += weight * rarity * self.weights[having]
        scores[~wanted] = 0.0
        found = np.flatnonzero(scores)
        if len(found) > limit:
            found = found[np.argpartition(-scores[found], limit)[:limit]]
        found = found[np.argsort(-scores[found], kind="stable")]
        return found.tolist(), scores[found].tolist()
