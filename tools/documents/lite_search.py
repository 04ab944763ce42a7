"""Keyword search in Milvus Lite with arrays, where Lite itself scans every row in Python.

Lite takes some 40 ms of CPU among 20,000 passages, and seconds to prepare the first search after a
start or a flush. The results are the same. Unusual cases (several segments, unflushed rows) are
left to Lite.
"""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from tools.compat.milvus_lite import Hits, LiteCollection, Search, replace_sparse_search
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
        segments, deleted = collection.snapshot()
        if not _is_usual(collection, segments, asked):
            return theirs(asked_of, **asked)
        [segment] = segments
        pending = collection.pending_deletions()
        wanted = living_rows(segment, (*deleted.items(), *pending.items()))
        if asked["expr"]:
            wanted &= collection.matching(segment, asked["expr"], asked["timezone"])
        [query] = collection.sparse_queries(asked["query_vectors"], asked["vector_field"])
        postings = _postings(segment, asked["vector_field"])
        rows, scores = postings.best(query, wanted, limit=asked["top_k"])
        entities = _entities(segment, rows, asked["output_fields"], collection)
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


def living_rows(segment: Any, deletions: Iterable[tuple[str, int]]) -> NDArray[np.bool_]:
    """Which rows have not been deleted, given when each deletion happened."""
    living = np.ones(segment.num_rows, np.bool_)
    for key, when in deletions:
        row = segment.pk_to_row.get(key)
        if row is not None and when > segment.seqs[row]:
            living[row] = False
    return living


def _postings(segment: Any, field: str) -> Postings:
    """Those of a segment, which never changes; Lite forgets them together with the segment."""
    prepared = segment.sparse_indexes.get(_PREPARED)
    if prepared is None:
        prepared = Postings.of(segment.table.column(field).to_pylist(), k1=K1, b=B)
        segment.sparse_indexes[_PREPARED] = prepared
    return prepared


def _entities(
    segment: Any, rows: Sequence[int], fields: Sequence[str], collection: LiteCollection
) -> list[dict[str, Any]]:
    """The fields of some rows, column by column: Lite looks at one value after another."""
    names = collection.answer_fields(fields)
    places = np.asarray(rows, np.int64)
    columns = [segment.table.column(name).take(places).to_pylist() for name in names]
    return [dict(zip(names, values, strict=True)) for values in zip(*columns, strict=True)]
