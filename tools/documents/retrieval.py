"""Passages found in Milvus by words and by vectors, and put into one order."""

from collections.abc import Sequence
from dataclasses import dataclass
from time import monotonic
from typing import Any

from tools.documents.hits import SearchHits, cosine_hits, hits_of
from tools.documents.milvus import Connection, any_of
from tools.documents.passage import Passage
from tools.documents.ranking import Bm25Candidate, Terms, rescore
from tools.documents.registry import StoreRegistry
from tools.documents.rows import PASSAGE_FIELDS, Row, score_of, to_passage
from tools.documents.terms import query_terms
from tools.documents.vocabulary import Vocabulary

_JUDGED = 64
"""Passages that get a second look, of those that BM25 puts first."""
_MOST_TERMS = 128
_SAMPLED = 2_000
_GROWTH = 0.2
_SAMPLE_LASTS_S = 600.0
_SPACE = 16**8


@dataclass(frozen=True, slots=True)
class _Sample:
    vocabulary: Vocabulary
    passages: int
    written: int
    taken: float


class Retrieval:
    """Searches one Milvus collection. Every method blocks and may be called from any thread."""

    def __init__(self, connection: Connection, collection: str, registry: StoreRegistry) -> None:
        self._connection = connection
        self._client: Any = connection.client
        self._collection = collection
        self._registry = registry
        self._sample: _Sample | None = None

    def by_words(self, query: str, *, condition: str, limit: int, written: int) -> SearchHits:
        """The best passages by BM25 with a second look at the first of them.

        `written` counts the passages that have been written here, and says when to look again at
        how rare words are.
        """
        asked = {
            language: tuple(query_terms(query, language=language).split())
            for language in self._registry.languages()
        }
        terms = list(dict.fromkeys(term for terms in asked.values() for term in terms))
        if not terms:
            return SearchHits()
        hits = self._search(
            " ".join(terms[:_MOST_TERMS]),
            field="sparse",
            metric="BM25",
            condition=condition,
            limit=max(limit, _JUDGED),
            fields=["document_id", "terms", "language"],
        )
        judged, rest = hits[:_JUDGED], hits[_JUDGED:]
        scores = rescore([_candidate(hit, asked) for hit in judged], self._vocabulary(written))
        ranked = sorted(zip(scores, judged, strict=True), key=lambda each: -each[0])[:limit]
        found = hits_of(ranked)
        # What got no second look stays behind what did, and its scores go on from there.
        return found.beside(_below(ranked, rest[: limit - len(ranked)]))

    def by_vector(self, vector: Sequence[float], *, condition: str, limit: int) -> SearchHits:
        """The passages whose vectors are nearest; scores are cosines."""
        hits = self._search(
            list(vector),
            field="dense",
            metric="COSINE",
            condition=condition,
            limit=limit,
            fields=["document_id"],
        )
        return cosine_hits(hits)

    def read(self, ids: Sequence[str], *, condition: str) -> dict[str, Passage]:
        """The passages of these ids; one that is no longer there, or not within it, is left out."""
        rows = self._rows(ids, condition, PASSAGE_FIELDS)
        return {row["id"]: to_passage(row) for row in rows}

    def there(self, ids: Sequence[str], *, condition: str) -> frozenset[str]:
        """Which of these passages are there and within the condition."""
        return frozenset(row["id"] for row in self._rows(ids, condition, ["id"]))

    def _rows(self, ids: Sequence[str], condition: str, fields: Sequence[str]) -> Sequence[Row]:
        if not ids:
            return []
        where = " and ".join(filter(None, [any_of("id", ids), condition]))
        return self._client.query(self._collection, filter=where, output_fields=list(fields))

    def _search(
        self,
        data: object,
        *,
        field: str,
        metric: str,
        condition: str,
        limit: int,
        fields: Sequence[str],
    ) -> Sequence[Row]:
        return self._client.search(
            self._collection,
            data=[data],
            anns_field=field,
            search_params={"metric_type": metric},
            filter=condition,
            limit=limit,
            output_fields=list(fields),
        )[0]

    def _vocabulary(self, written: int) -> Vocabulary:
        now, sample = monotonic(), self._sample
        if sample is None or self._is_outdated(sample, written, now):
            count = self._count()
            # Ids are hashes: those below a bound are a random share of the passages.
            bound = (
                f'id < "{int(_SPACE * _SAMPLED / count):08x}"' if count > _SAMPLED else 'id != ""'
            )
            rows = self._client.query(self._collection, filter=bound, output_fields=["terms"])
            vocabulary = Vocabulary.of(row["terms"] for row in rows)
            self._sample = sample = _Sample(vocabulary, count, written, now)
        return sample.vocabulary

    def _is_outdated(self, sample: _Sample, written: int, now: float) -> bool:
        has_grown = written - sample.written > _GROWTH * sample.passages
        is_old = not self._connection.is_embedded and now - sample.taken > _SAMPLE_LASTS_S
        return has_grown or is_old

    def _count(self) -> int:
        rows = self._client.query(self._collection, filter="", output_fields=["count(*)"])
        return int(rows[0]["count(*)"])


def _candidate(hit: Row, asked: dict[str, tuple[str, ...]]) -> Bm25Candidate:
    entity = hit["entity"]
    return Bm25Candidate(
        score_of(hit), Terms.of(entity["terms"]), asked.get(entity["language"], ())
    )


def _below(judged: Sequence[tuple[float, Row]], rest: Sequence[Row]) -> SearchHits:
    if not rest:
        return SearchHits()
    first = score_of(rest[0])
    scale = min(1.0, judged[-1][0] / first) if first else 1.0
    return hits_of((scale * score_of(hit), hit) for hit in rest)
