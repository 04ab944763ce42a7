"""Keyword search in Milvus Lite with arrays, where Lite itself scans every row in Python.

Lite takes some 40 ms of CPU among 20,000 passages, and seconds to prepare the first search after a
start or a flush. The results are the same. Unusual cases (several segments, unflushed rows) are
left to Lite.
"""

import importlib
from collections.abc import Callable, Mapping, Sequence
from importlib.metadata import version
from typing import Any

import numpy as np
from numpy.typing import NDArray

from tools.documents.postings import Postings
from tools.documents.ranking import K1, B

KNOWN = "3.2."
"""The versions of Milvus Lite whose inside this fits; any other one searches by itself."""
_PREPARED = "docsql"

Hits = list[list[dict[str, Any]]]


def search_by_arrays() -> None:
    """Make it so in every embedded store of this process; a second call does nothing."""
    engine: Any = importlib.import_module("milvus_lite.engine.collection")
    theirs = engine.Collection._search_sparse
    if version("milvus-lite").startswith(KNOWN) and not hasattr(theirs, "instead_of"):
        engine.Collection._search_sparse = instead_of(theirs)


def instead_of(theirs: Callable[..., Hits]) -> Callable[..., Hits]:
    """A method of Lite's collections that answers what is usual, and leaves the rest to `theirs`."""

    def search(collection: Any, **asked: Any) -> Hits:
        segments, tombstones = collection._read_snapshot()
        if not _is_usual(collection, segments, asked):
            return theirs(collection, **asked)
        [segment] = segments
        wanted = _living(segment, tombstones.snapshot, collection)
        if asked["expr"]:
            wanted &= _admitted(segment, asked["expr"], asked["timezone"], collection)
        [query] = collection._prepare_sparse_queries(asked["query_vectors"], asked["vector_field"])
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

    search.instead_of = theirs  # type: ignore[attr-defined]
    return search


def _is_usual(collection: Any, segments: Sequence[Any], asked: Mapping[str, Any]) -> bool:
    return (
        len(segments) == len(asked["query_vectors"]) == 1
        and asked["metric_type"] == "BM25"
        and not asked["partition_names"]
        and not collection._schema.enable_dynamic_field
        and not collection._memtable.pk_index_snapshot()
        and len(segments[0].pk_to_row) == segments[0].num_rows
    )


def _living(segment: Any, deleted: Mapping[str, int], collection: Any) -> NDArray[np.bool_]:
    """Which rows have not been deleted, by what is on the disk and by what is still in memory."""
    pending = collection._memtable.delete_index_snapshot()
    living = np.ones(segment.num_rows, np.bool_)
    for key, when in (*deleted.items(), *((key, entry[0]) for key, entry in pending.items())):
        row = segment.pk_to_row.get(key)
        if row is not None and when > segment.seqs[row]:
            living[row] = False
    return living


def _admitted(segment: Any, expr: str, timezone: object, collection: Any) -> NDArray[np.bool_]:
    filters = importlib.import_module("milvus_lite.search.indexed_filter")
    condition = collection._compile_filter(expr, timezone=timezone)
    plan = collection._indexed_filter_plan(condition)
    return filters.evaluate_segment_filter(segment, condition, plan)


def _postings(segment: Any, field: str) -> Postings:
    """Those of a segment, which never changes; Lite forgets them together with the segment."""
    prepared = segment.sparse_indexes.get(_PREPARED)
    if prepared is None:
        prepared = Postings.of(segment.table.column(field).to_pylist(), k1=K1, b=B)
        segment.sparse_indexes[_PREPARED] = prepared
    return prepared


def _entities(
    segment: Any, rows: Sequence[int], fields: Sequence[str], collection: Any
) -> list[dict[str, Any]]:
    """The fields of some rows, column by column: Lite looks at one value after another."""
    projection = importlib.import_module("milvus_lite.engine.projection")
    plan = projection.build_projection_plan(fields, collection._schema, api_kind="search")
    primary = {field.name for field in collection._schema.fields if field.is_primary}
    names = [name for name in plan.response_schema_fields if name not in primary]
    places = np.asarray(rows, np.int64)
    columns = [segment.table.column(name).take(places).to_pylist() for name in names]
    return [dict(zip(names, values, strict=True)) for values in zip(*columns, strict=True)]
