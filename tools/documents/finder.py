"""The best passages for a question: two searches put into one order, and only then read.

A search looks at some hundred passages for the few that it gives. Their texts, and who may see
them, are read for those alone.
"""

from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace
from itertools import islice
from typing import Self

from tools.documents.catalogue import Likely
from tools.documents.collection import PassageCollection
from tools.documents.dense import DenseVectors
from tools.documents.hits import SearchHits, favour_hits, fuse_hits, mix_hits
from tools.documents.passage import FoundPassage
from tools.documents.retrieval import Retrieval
from tools.documents.vectors import EMBEDDED_AT_ONCE, VectorIndex
from tools.embeddings import EmbeddingModel

_FUSED = 100
"""How many of the best by words, and by vectors, are put into one order."""


@dataclass(frozen=True, slots=True)
class PassageQuery:
    """What is searched for, and how many passages are wanted.

    `condition` lets through what may be found, `within` only what is of the `likely` documents.
    `model` made the `vector`. `written` counts the passages that have been written here.
    """

    query: str
    condition: str
    within: str
    likely: Likely
    limit: int
    written: int
    vector: Sequence[float] | None = None
    model: EmbeddingModel | None = None

    @property
    def candidates(self) -> int:
        """How many each search gives."""
        is_plain = self.vector is None and not self.likely.documents
        return self.limit if is_plain else max(self.limit, _FUSED)

    @property
    def conditions(self) -> list[str]:
        """The filters under which vectors are looked for."""
        return [self.condition, self.within] if self.likely.documents else [self.condition]


@dataclass(frozen=True, slots=True)
class _Near:
    """What vectors found; `lacking` are passages that have none yet.

    `least` is the smallest cosine found, None where nobody knows what the model's cosines mean.
    """

    hits: SearchHits
    lacking: frozenset[str] = frozenset()
    least: float | None = None

    def similarity(self, id_: str) -> float | None:
        """A passage's cosine; what the vectors did not find is no nearer than the last they did."""
        if self.least is None or id_ in self.lacking:
            return None
        return self.hits.scores.get(id_, self.least)

    def among(self, ids: Collection[str]) -> Self:
        """What of it has these ids."""
        hits = self.hits.among(ids)
        least = None if self.least is None else min(hits.scores.values(), default=None)
        return replace(self, hits=hits, least=least)


@dataclass(frozen=True, slots=True)
class _Candidates:
    """What the searches for one question found, not yet in one order."""

    asked: PassageQuery
    words: SearchHits
    near: _Near | None

    def best(self) -> list[tuple[str, float]]:
        """The ids of the best with their scores, best first."""
        found, near = self.words, self.near
        if near is not None:
            found = fuse_hits(found, near.hits, without_vector=near.lacking)
        ranked = favour_hits(found, self.asked.likely.weights).scores
        return list(islice(ranked.items(), self.asked.limit))

    def ids(self) -> list[str]:
        """All that was found."""
        near = self.near.hits if self.near else SearchHits()
        return list(self.words.beside(near).scores)

    def among(self, ids: Collection[str]) -> "_Candidates":
        """What of it has these ids."""
        near = None if self.near is None else self.near.among(ids)
        return replace(self, words=self.words.among(ids), near=near)


@dataclass(frozen=True, slots=True)
class PassageFinder:
    """Finds passages of one store. Blocks, and may be called from any thread."""

    collection: PassageCollection
    dense: DenseVectors
    retrieval: Retrieval

    def find(self, asked: PassageQuery) -> list[FoundPassage]:
        """The passages, best first."""
        with self.collection.asking():
            words = self._by_words(asked)
            near = None if asked.vector is None else self._by_vector(asked.vector, words, asked)
            return self._read(_Candidates(asked, words, near))

    def _read(self, found: _Candidates) -> list[FoundPassage]:
        """The best with their texts.

        A vector may be left over from a passage that was deleted or changed: then what is there is
        put into order anew.
        """
        condition, best = found.asked.condition, found.best()
        passages = self.retrieval.read([id_ for id_, _ in best], condition=condition)
        if len(passages) < len(best):
            found = found.among(self.retrieval.there(found.ids(), condition=condition))
            best = found.best()
            passages = self.retrieval.read([id_ for id_, _ in best], condition=condition)
        near = found.near or _Near(SearchHits())
        return [
            FoundPassage(passages[id_], score, near.similarity(id_))
            for id_, score in best
            if id_ in passages
        ]

    def _by_words(self, asked: PassageQuery) -> SearchHits:
        limit, written, likely = asked.candidates, asked.written, asked.likely
        whole = self.retrieval.by_words(
            asked.query, condition=asked.condition, limit=limit, written=written
        )
        if not likely.documents:
            return whole
        inside = self.retrieval.by_words(
            likely.rest, condition=asked.within, limit=limit, written=written
        )
        return mix_hits(whole, inside, likely.documents)

    def _by_vector(self, vector: Sequence[float], words: SearchHits, asked: PassageQuery) -> _Near:
        """What the vector finds under a condition and narrower ones."""
        index, limit, hits = self.dense.of(asked.model), asked.candidates, SearchHits()
        if index is None:
            self.collection.check_embeddings()
            for condition in asked.conditions:
                found = self.retrieval.by_vector(vector, condition=condition, limit=limit)
                hits = hits.beside(found)
            return _Near(hits)
        for condition in asked.conditions:
            hits = hits.beside(index.search(vector, condition=condition, limit=limit))
        # An answer weighs cosines: the best of what was just written must not lose for want of one.
        lacking = index.without(list(words.scores))
        new = [id_ for id_ in words.scores if id_ in lacking][:EMBEDDED_AT_ONCE]
        if new:
            compared = self._compared(vector, new, index, asked.condition)
            documents = {id_: words.documents[id_] for id_ in compared}
            hits = hits.beside(SearchHits(compared, documents))
            lacking -= compared.keys()
        least = min(hits.scores.values(), default=None) if index.has_known_cosines else None
        return _Near(hits, frozenset(lacking), least)

    def _compared(
        self, vector: Sequence[float], ids: Sequence[str], index: VectorIndex, condition: str
    ) -> dict[str, float]:
        """The cosines of passages that have no vector, made for this question."""
        passages = self.retrieval.read(ids, condition=condition)
        cosines = index.compare(vector, list(passages.values()))
        return dict(zip(passages, cosines, strict=True))
