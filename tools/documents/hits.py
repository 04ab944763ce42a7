"""What searches find, before any text is read: passages by their ids, put into one order."""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field

from tools.documents.ranking import favour, fuse, mix
from tools.documents.rows import Row


@dataclass(frozen=True, slots=True)
class SearchHits:
    """Passages that a search found, best first: the score and the document of each, by its id.

    Not an object each: a search looks at hundreds of passages for the few that it gives.
    """

    scores: Mapping[str, float] = field(default_factory=dict[str, float])
    documents: Mapping[str, str] = field(default_factory=dict[str, str])

    def beside(self, others: "SearchHits") -> "SearchHits":
        """These and then the others, each passage once and with its last score."""
        return SearchHits({**self.scores, **others.scores}, {**self.documents, **others.documents})

    def among(self, ids: Collection[str]) -> "SearchHits":
        """Those of these ids."""
        return SearchHits({id_: s for id_, s in self.scores.items() if id_ in ids}, self.documents)


def cosine_hits(found: Iterable[Row]) -> SearchHits:
    """What a search for vectors found."""
    return hits_of((float(hit["distance"]), hit) for hit in found)


def hits_of(scored: Iterable[tuple[float, Row]]) -> SearchHits:
    """SearchHits of Milvus with scores, best first."""
    scores, documents = dict[str, float](), dict[str, str]()
    for score, hit in scored:
        scores[hit["id"]], documents[hit["id"]] = score, hit["entity"]["document_id"]
    return SearchHits(scores, documents)


def fuse_hits(
    words: SearchHits, vectors: SearchHits, *, without_vector: Collection[str] = ()
) -> SearchHits:
    """Two searches as one, with scores from 0 to 1; see `tools.documents.ranking.fuse`.

    `without_vector` are the ids of passages that have none yet.
    """
    fused = fuse(words.scores, vectors.scores, without_vector=without_vector)
    return SearchHits(dict(fused), {**words.documents, **vectors.documents})


def mix_hits(whole: SearchHits, bare: SearchHits, within: Collection[str]) -> SearchHits:
    """A search for a question, and one among the documents `within` for what else than their names.

    A passage of those has the mean of both, relative to each search's best.
    """
    both = whole.beside(bare)
    inside = {id_ for id_ in both.scores if both.documents[id_] in within}
    return SearchHits(_in_order(mix(whole.scores, bare.scores, inside=inside)), both.documents)


def favour_hits(found: SearchHits, weights: Mapping[str, float]) -> SearchHits:
    """The hits with those of the right documents first, as far as their own scores allow."""
    if not weights:
        return found
    own = {id_: weights.get(found.documents[id_], 0.0) for id_ in found.scores}
    return SearchHits(_in_order(favour(found.scores, own)), found.documents)


def _in_order(scores: Mapping[str, float]) -> dict[str, float]:
    return dict(sorted(scores.items(), key=lambda item: -item[1]))
