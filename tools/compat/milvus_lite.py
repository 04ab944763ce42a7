"""The inside of Milvus Lite: its keyword search, its compaction and its lock file."""

import importlib
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from importlib.metadata import version
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

KNOWN = "3.2."
"""The versions that were looked through; the search of any other one is left alone."""
LOCK_FILE = "LOCK"
"""The file in a store's directory on which whoever has it open holds a `flock`."""

Hits = list[list[dict[str, Any]]]
Search = Callable[..., Hits]
"""A method of Lite's collections: the collection, then what is asked by keyword."""


def replace_sparse_search(make: Callable[[Search], Search]) -> None:
    """Replace Lite's keyword search in this process by what `make` makes of it, once."""
    engine: Any = importlib.import_module("milvus_lite.engine.collection")
    theirs: Search = engine.Collection._search_sparse
    if version("milvus-lite").startswith(KNOWN) and not hasattr(theirs, "replaces"):
        ours: Any = make(theirs)
        ours.replaces = theirs
        engine.Collection._search_sparse = ours


def merge_segments_at_every_flush() -> None:
    """Let Milvus Lite keep one segment, where it would wait for four of a size."""
    compaction: Any = importlib.import_module("milvus_lite.engine.compaction")
    compaction.COMPACTION_MIN_FILES_PER_BUCKET = 2
    compaction.COMPACTION_BUCKET_BOUNDARIES = []


@dataclass(frozen=True, slots=True)
class LiteCollection:
    """A collection of Lite's engine, read from the inside.

    Segments are Lite's own objects: `pks`, `seqs` and `table` (Arrow) have one entry for each of
    `num_rows`, `pk_to_row` is the index, and whatever `sparse_indexes` holds ends with the segment.
    """

    theirs: Any

    def snapshot(self) -> tuple[Sequence[Any], Mapping[str, int]]:
        """The segments on the disk, and by primary key when each deletion in them happened."""
        segments, tombstones = self.theirs._read_snapshot()
        return segments, tombstones.snapshot

    def pending_deletions(self) -> dict[str, int]:
        """By primary key, when each deletion that is not flushed yet happened."""
        pending = self.theirs._memtable.delete_index_snapshot()
        return {key: entry[0] for key, entry in pending.items()}

    def has_pending_rows(self) -> bool:
        """Whether rows are written and not flushed."""
        return bool(self.theirs._memtable.pk_index_snapshot())

    def has_dynamic_field(self) -> bool:
        """Whether rows may have fields that the schema has not."""
        return bool(self.theirs._schema.enable_dynamic_field)

    def matching(self, segment: Any, expr: str, timezone: object) -> "NDArray[np.bool_]":
        """Which rows of a segment a filter lets through."""
        filters = importlib.import_module("milvus_lite.search.indexed_filter")
        condition = self.theirs._compile_filter(expr, timezone=timezone)
        plan = self.theirs._indexed_filter_plan(condition)
        return filters.evaluate_segment_filter(segment, condition, plan)

    def sparse_queries(self, queries: Sequence[Any], field: str) -> list[Any]:
        """Texts as weights by term, in Lite's own numbering."""
        return self.theirs._prepare_sparse_queries(queries, field)

    def answer_fields(self, fields: Sequence[str]) -> list[str]:
        """The fields of an answer to which these were asked for, the primary key left out."""
        projection = importlib.import_module("milvus_lite.engine.projection")
        schema = self.theirs._schema
        plan = projection.build_projection_plan(fields, schema, api_kind="search")
        primary = {field.name for field in schema.fields if field.is_primary}
        return [name for name in plan.response_schema_fields if name not in primary]
