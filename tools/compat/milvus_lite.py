"""The inside of Milvus Lite: its keyword search, its compaction and its lock file."""

import importlib
import os
import sys
from collections.abc import Callable, Generator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from importlib.metadata import version
from typing import TYPE_CHECKING, Any, Literal

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
Rows = list[dict[str, Any]]
Query = Callable[..., Rows]
"""A method of Lite's collections: the collection, the filter, then what is asked by keyword."""


def import_engine() -> Any:
    """Milvus Lite, without what it imports if it is installed and never uses for our stores.

    faiss builds kinds of indexes that they have none of, Arrow wants to know whether it is given
    something of pandas, makes ready for files in clouds, and reads a file as if it were a folder of
    them: 60 MB and 0.3 s of every start. Who wants the first two imports them still.
    """
    clouds = ("pyarrow._s3fs", "pyarrow._gcsfs", "pyarrow._azurefs", "pyarrow._hdfs")
    # Arrow's own allocator keeps 15 MB at the first file that it reads. It is chosen on import.
    os.environ.setdefault("ARROW_DEFAULT_MEMORY_POOL", "system")  # noqa: TID251
    with _kept_out("faiss", "pandas", *clouds):
        engine = importlib.import_module("milvus_lite")
        # Its Python and its C++ look once in a process each.
        arrow: Any = importlib.import_module("pyarrow.lib")
        arrow._pandas_api.have_pandas  # noqa: B018
        arrow.array([0.0]).to_numpy(zero_copy_only=False)
    _read_files_alone()
    return engine


def _read_files_alone() -> None:
    """Let Milvus Lite read a file as the one that it is, which `pyarrow.dataset` has no part in."""
    if not version("milvus-lite").startswith(KNOWN):
        return
    for name in ("data_file", "delta_file"):
        module: Any = importlib.import_module(f"milvus_lite.storage.{name}")
        module.pq = _OneFile


class _OneFile:
    """What Milvus Lite uses of `pyarrow.parquet`."""

    @staticmethod
    def write_table(table: Any, where: str) -> None:
        importlib.import_module("pyarrow.parquet").write_table(table, where)

    @staticmethod
    def read_table(source: str) -> Any:
        with importlib.import_module("pyarrow.parquet").ParquetFile(source) as file:
            return file.read()


@contextmanager
def _kept_out(*names: str) -> Generator[None]:
    """Let an import of these fail as if they were not installed, unless they are loaded already."""
    finder = _NotFound(frozenset(names))
    sys.meta_path.insert(0, finder)
    try:
        yield
    finally:
        sys.meta_path.remove(finder)


@dataclass(frozen=True, slots=True)
class _NotFound:
    """Finds that these modules are not there (importlib.abc.MetaPathFinder)."""

    names: frozenset[str]

    def find_spec(self, name: str, *_: object) -> None:
        if name in self.names:
            raise ModuleNotFoundError(f"{name} is kept out", name=name)


def replace_sparse_search(make: Callable[[Search], Search]) -> None:
    """Replace Lite's keyword search in this process by what `make` makes of it, once."""
    engine: Any = importlib.import_module("milvus_lite.engine.collection")
    theirs: Search = engine.Collection._search_sparse
    if version("milvus-lite").startswith(KNOWN) and not hasattr(theirs, "replaces"):
        ours: Any = make(theirs)
        ours.replaces = theirs
        engine.Collection._search_sparse = ours


def replace_dense_search(make: Callable[[Search], Search]) -> None:
    """Replace Lite's vector search in this process by what `make` makes of it, once."""
    engine: Any = importlib.import_module("milvus_lite.engine.collection")
    theirs: Search = engine.execute_search_with_index
    if version("milvus-lite").startswith(KNOWN) and not hasattr(theirs, "replaces"):
        ours: Any = make(theirs)
        ours.replaces = theirs
        engine.execute_search_with_index = ours


def replace_query(make: Callable[[Query], Query]) -> None:
    """Replace Lite's reading by a filter in this process by what `make` makes of it, once."""
    engine: Any = importlib.import_module("milvus_lite.engine.collection")
    theirs: Query = engine.Collection.query
    if version("milvus-lite").startswith(KNOWN) and not hasattr(theirs, "replaces"):
        ours: Any = make(theirs)
        ours.replaces = theirs
        engine.Collection.query = ours


def merge_segments_at_every_flush() -> None:
    """Let Milvus Lite keep one segment, where it would wait for four of a size."""
    compaction: Any = importlib.import_module("milvus_lite.engine.compaction")
    compaction.COMPACTION_MIN_FILES_PER_BUCKET = 2
    compaction.COMPACTION_BUCKET_BOUNDARIES = []


@dataclass(frozen=True, slots=True)
class DenseSearch:
    """A vector search of Lite's engine, read from the inside: what it is called with, by name."""

    given: Mapping[str, Any]

    @property
    def query(self) -> "NDArray[np.float32]":
        return self.given["query_vectors"][0]

    @property
    def limit(self) -> int:
        return self.given["top_k"]

    def segments(self) -> list[Any]:
        """The segments that have rows."""
        return [segment for segment in self.given["segments"] if segment.num_rows]

    def is_usual(self) -> bool:
        """Whether one vector is looked for by its cosine, in what is on the disk alone."""
        given = self.given
        return (
            len(given["query_vectors"]) == 1
            and given["metric_type"] == "COSINE"
            and not given["partition_names"]
            and given["project_record_fn"] is not None
            and not given["memtable"].pk_index_snapshot()
            and all(len(each.pk_to_row) == each.num_rows for each in self.segments())
            and all(each.vector_data(given["vector_field"])[1] is None for each in self.segments())
        )

    def deletions(self) -> list[tuple[str, int]]:
        """By primary key, when each deletion happened, flushed or not."""
        pending = self.given["memtable"].delete_index_snapshot()
        flushed = self.given["delta_index"].snapshot
        return [*flushed.items(), *((key, entry[0]) for key, entry in pending.items())]

    def matching(self, segment: Any) -> "NDArray[np.bool_] | bool":
        """Which rows of a segment the filter lets through; all without one."""
        condition = self.given["compiled_filter"]
        if condition is None:
            return True
        filters = importlib.import_module("milvus_lite.search.indexed_filter")
        found = filters.evaluate_segment_filter(
            segment, condition, self.given["indexed_filter_plan"]
        )
        return found.astype(bool)

    def vectors(self, segment: Any) -> "NDArray[np.float32]":
        return segment.vector_data(self.given["vector_field"])[0]

    def columns(self, segment: Any) -> list[str] | None:
        """The columns that an entity consists of; None where that takes a look at the schema.

        A hit's entity leaves the primary key out, and has what is asked for in the table's order.
        """
        asked, there = self.given["output_fields"], segment.table.column_names
        if asked is None or not set(asked) <= set(there):
            return None
        return [name for name in there if name in asked and name != self.given["pk_field"]]

    def entity(self, segment: Any, row: int) -> dict[str, Any]:
        """The fields of a row that were asked for."""
        return self.given["project_record_fn"](segment.row_to_dict(row))


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

    def is_loaded(self) -> bool:
        """Whether it may be asked; Lite itself says what is wrong where it may not."""
        return self.theirs._load_state == "loaded"

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

    def answer_fields(
        self, fields: Sequence[str], *, kind: Literal["search", "query"] = "search"
    ) -> list[str]:
        """The fields of an answer to which these were asked for.

        The primary key is left out of a search's, and is always in those of a query.
        """
        projection = importlib.import_module("milvus_lite.engine.projection")
        schema = self.theirs._schema
        plan = projection.build_projection_plan(fields, schema, api_kind=kind)
        primary = [field.name for field in schema.fields if field.is_primary]
        others = [name for name in plan.response_schema_fields if name not in primary]
        return others if kind == "search" else [*primary, *others]
