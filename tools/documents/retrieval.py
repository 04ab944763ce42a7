"""Passages found in Milvus by words and by vectors, and put into one order."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from time import monotonic
from typing import Any

from tools.documents.milvus import Connection, any_of
from tools.documents.passage import FoundPassage
from tools.documents.ranking import Bm25Candidate, favour, fuse, mix, rescore
from tools.documents.registry import StoreRegistry
from tools.documents.rows import PASSAGE_FIELDS, Row, score_of, to_found, to_passage
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

    def by_words(
        self, query: str, *, condition: str, limit: int, written: int
    ) -> list[FoundPassage]:
        """The best passages by BM25 with a second look at the first of them.

        `written` counts the passages that have been written here, and says when to look again at
        how rare words are.
        """
        asked = {
            language: query_terms(query, language=language).split()
            for language in self._registry.languages()
        }
        terms = list(dict.fromkeys(term for terms in asked.values() for term in terms))
        if not terms:
            return []
        hits = self._search(
            " ".join(terms[:_MOST_TERMS]),
            field="sparse",
            metric="BM25",
            condition=condition,
            limit=max(limit, _JUDGED),
            fields=[*PASSAGE_FIELDS, "terms", "language"],
        )
        judged, rest = hits[:_JUDGED], hits[_JUDGED:]
        scores = rescore([_candidate(hit, asked) for hit in judged], self._vocabulary(written))
        ranked = sorted(zip(scores, judged, strict=True), key=lambda each: -each[0])[:limit]
        found = [to_found(hit, score=score) for score, hit in ranked]
        # What got no second look stays behind what did, and its scores go on from there.
        return [*found, *_below(found, rest)[: limit - len(found)]]

    def by_vector(
        self, vector: Sequence[float], *, condition: str, limit: int
    ) -> list[FoundPassage]:
        """The passages whose vectors are nearest; scores are cosines."""
        hits = self._search(
            list(vector),
            field="dense",
            metric="COSINE",
            condition=condition,
            limit=limit,
            fields=PASSAGE_FIELDS,
        )
        return [to_found(hit, score=float(hit["distance"])) for hit in hits]

    def look_up(
        self, nearest: Mapping[str, float], *, among: Sequence[FoundPassage], condition: str
    ) -> list[FoundPassage]:
        """The passages that have these scores by their ids: those `among`, and from the store.

        What is no longer there, or not within the condition, is left out.
        """
        known = {each.passage.id: each.passage for each in among}
        if unknown := [id_ for id_ in nearest if id_ not in known]:
            where = " and ".join(filter(None, [any_of("id", unknown), condition]))
            rows = self._client.query(
                self._collection, filter=where, output_fields=list(PASSAGE_FIELDS)
            )
            known |= {row["id"]: to_passage(row) for row in rows}
        return [FoundPassage(known[id_], score) for id_, score in nearest.items() if id_ in known]

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


def fuse_found(
    by_words: Sequence[FoundPassage],
    by_vector: Sequence[FoundPassage],
    *,
    without_vector: Collection[str] = (),
    tells_similarity: bool = False,
) -> list[FoundPassage]:
    """Two searches as one, best first, with scores from 0 to 1; see `tools.documents.ranking.fuse`.

    `without_vector` are the ids of passages that have none yet. With `tells_similarity`, what is
    found says its cosine; what the vectors did not find is no nearer than the last that they did.
    """
    words, vectors = (
        {each.passage.id: each.score for each in found} for found in (by_words, by_vector)
    )
    known = {each.passage.id: each.passage for each in (*by_words, *by_vector)}
    fused = fuse(words, vectors, without_vector=without_vector)
    told = {} if not tells_similarity or not vectors else vectors
    least = min(told.values(), default=None)
    return [
        FoundPassage(known[key], score, None if key in without_vector else told.get(key, least))
        for key, score in fused
    ]


def mix_found(
    whole: Sequence[FoundPassage], bare: Sequence[FoundPassage], documents: Collection[str]
) -> list[FoundPassage]:
    """A search for a question, and one among some documents for what else than those it names.

    A passage of those has the mean of both, relative to each search's best.
    """
    scores = mix(
        {each.passage.id: each.score for each in whole},
        {each.passage.id: each.score for each in bare},
        inside={
            each.passage.id for each in (*whole, *bare) if each.passage.document_id in documents
        },
    )
    known = {each.passage.id: each for each in (*bare, *whole)}
    mixed = [known[id_].scored(score) for id_, score in scores.items()]
    return sorted(mixed, key=lambda each: -each.score)


def favour_documents(
    found: Sequence[FoundPassage], weights: Mapping[str, float]
) -> list[FoundPassage]:
    """The passages with those of the right documents first, as far as their own scores allow."""
    if not weights:
        return list(found)
    own = {each.passage.id: weights.get(each.passage.document_id, 0.0) for each in found}
    scores = favour({each.passage.id: each.score for each in found}, own)
    favoured = [each.scored(scores[each.passage.id]) for each in found]
    return sorted(favoured, key=lambda each: -each.score)


def _candidate(hit: Row, asked: dict[str, list[str]]) -> Bm25Candidate:
    entity = hit["entity"]
    return Bm25Candidate(score_of(hit), entity["terms"].split(), asked.get(entity["language"], []))


def _below(judged: Sequence[FoundPassage], rest: Sequence[Row]) -> list[FoundPassage]:
    if not rest:
        return []
    found = [to_found(hit) for hit in rest]
    scale = min(1.0, judged[-1].score / found[0].score) if found[0].score else 1.0
    return [each.scored(scale * each.score) for each in found]
