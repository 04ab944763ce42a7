"""Keyword search in Milvus Lite with arrays, where Lite itself scans every row in Python.

Lite takes some 40 ms of CPU among 20,000 passages, and seconds to prepare the first search after a
start or a flush. The results are the same. Unusual cases (several segments, unflushed rows) are
left to Lite.
"""

from collections.abc import Mapping, Sequence
from typing import Any

from tools.compat.milvus_lite import Hits, LiteCollection, Search, replace_sparse_search
from tools.documents.lite_rows import living_rows, read_rows
from tools.documents.postings import Postings
from tools.documents.ranking import K1, B

_PREPARED = "docsql"


def search_by_arrays() -> None:
    """Make it so in every embedded store of this process; a second call does nothing."""
    replace_sparse_search(instead_of)


def instead_of(theirs: Search) -> Search:
    """A method of Lite's collections that answers what is usual, and leaves the rest to `theirs`."""

    def search(asked_of: Any, **asked: Any) -> Hits:
        collection = LiteCollection(asked_of)
        pending = collection.pending_deletions()  # before the snapshot: a flush moves them there
        segments, deleted = collection.snapshot()
        if not _is_usual(collection, segments, asked):
            return theirs(asked_of, **asked)
        [segment] = segments
        wanted = living_rows(segment, (*deleted.items(), *pending.items()))
        if asked["expr"]:
            wanted &= collection.matching(segment, asked["expr"], asked["timezone"])
        [query] = collection.sparse_queries(asked["query_vectors"], asked["vector_field"])
        postings = _postings(segment, asked["vector_field"])
        rows, scores = postings.best(query, wanted, limit=asked["top_k"])
        entities = read_rows(segment, rows, collection.answer_fields(asked["output_fields"]))
        return [
            [
                # Lite's distances are the smaller the better.
                {"id": segment.pks[row], "distance": -score, "entity": entity}
                for row, score, entity in zip(rows, scores, entities, strict=True)
            ]
        ]

    return search


def _is_usual(
    collection: LiteCollection, segments: Sequence[Any], asked: Mapping[str, Any]
) -> bool:
    return (
        len(segments) == len(asked["query_vectors"]) == 1
        and asked["metric_type"] == "BM25"
        and not asked["partition_names"]
        and not collection.has_dynamic_field()
        and not collection.has_pending_rows()
        and len(segments[0].pk_to_row) == segments[0].num_rows
    )


def _postings(segment: Any, field: str) -> Postings:
    """Those of a segment, which never changes; Lite forgets them together with the segment."""
    prepared = segment.sparse_indexes.get(_PREPARED)
    if prepared is None:
        prepared = Postings.of(segment.table.column(field).to_pylist(), k1=K1, b=B)
        segment.sparse_indexes[_PREPARED] = prepared
    return prepared
