"""Milvus Lite without a server: its engine, called by the methods of pymilvus's client.

pymilvus would start a gRPC server in this process and talk to it. It also imports pandas, and the
two of them take longer than a search.
"""

import errno
import importlib
import logging
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import Any, TypeVar

from tools.compat.milvus_lite import import_engine, merge_segments_at_every_flush
from tools.documents.fields import NUMBER_FIELDS, OPTIONAL_NUMBER_FIELDS, PLACE_FIELDS, TEXT_FIELDS
from tools.documents.lite_nearest import nearest_by_arrays
from tools.documents.lite_query import query_by_arrays
from tools.documents.lite_search import search_by_arrays
from tools.documents.lock import locked
from tools.errors import NoAnswer, StoreLocked, Unavailable

_COUNT = "count(*)"
_FULL = (errno.ENOSPC, errno.EDQUOT)
_T = TypeVar("_T")


class LiteClient:
    """What a store asks of pymilvus's `MilvusClient`, answered by a directory of this process.

    Whatever writes runs in a thread of its own, one after another: Ctrl-C ends the wait for it, and
    must not end a write half-way.
    """

    def __init__(self, path: str) -> None:
        self._path = path
        self._database: Any = importlib.import_module("milvus_lite").MilvusLite(path)
        self._writer = ThreadPoolExecutor(1, "milvus-lite")
        self._is_closed = False

    def close(self) -> None:
        """Finish what is being written, and let go of the directory's lock."""
        if not self._is_closed:
            self._is_closed = True
            self._writer.submit(self._database.close)
            self._writer.shutdown()

    def has_collection(self, name: str) -> bool:
        return self._read(lambda: self._database.has_collection(name))

    def create_collection(
        self,
        name: str,
        *,
        schema: object,
        index_params: Mapping[str, Mapping[str, Any]],
        properties: Mapping[str, str],
    ) -> None:
        """Make a collection with its indexes, by field."""

        def create() -> None:
            made = self._database.create_collection(name, schema, properties=dict(properties))
            for field, params in index_params.items():
                made.create_index(field, dict(params))

        self._write(create)

    def list_collections(self) -> list[str]:
        return self._read(self._database.list_collections)

    def drop_collection(self, name: str) -> None:
        self._write(lambda: self._database.drop_collection(name))

    def load_collection(self, name: str) -> None:
        self._write(lambda: self._collection(name).load())

    def describe_collection(self, name: str) -> dict[str, Any]:
        """The names of a collection's fields, and its properties."""
        schema = self._read(lambda: self._collection(name).schema)
        fields = [{"name": field.name} for field in schema.fields]
        return {"fields": fields, "properties": dict(schema.properties)}

    def alter_collection_properties(self, name: str, *, properties: Mapping[str, str]) -> None:
        """Add these to a collection's properties."""
        alter = self._database.alter_collection_properties
        self._write(lambda: alter(name, properties=dict(properties)))

    def upsert(self, name: str, rows: Sequence[Mapping[str, Any]]) -> None:
        """Put rows in, in place of those that have the same ids."""
        self._write(lambda: self._collection(name).upsert([dict(row) for row in rows]))

    def delete(self, name: str, *, filter: str) -> None:
        """Delete the rows that a filter lets through."""

        def delete() -> None:
            collection = self._collection(name)
            found = collection.query(filter, output_fields=["id"])
            collection.delete([row["id"] for row in found])

        self._write(delete)

    def flush(self, name: str) -> None:
        self._write(lambda: self._collection(name).flush())

    def query(
        self,
        name: str,
        *,
        filter: str,
        output_fields: Sequence[str],
        limit: int | None = None,
        **_: object,
    ) -> list[dict[str, Any]]:
        """The rows that a filter lets through, or how many they are."""
        is_count = list(output_fields) == [_COUNT]
        fields = ["id"] if is_count else list(output_fields)

        def query() -> list[dict[str, Any]]:
            collection = self._collection(name)
            if is_count and not filter:
                return [{_COUNT: collection.num_entities}]
            found = collection.query(filter or None, output_fields=fields, limit=limit)
            return [{_COUNT: len(found)}] if is_count else found

        return self._read(query)

    def search(
        self,
        name: str,
        *,
        data: Sequence[object],
        anns_field: str,
        search_params: Mapping[str, str],
        filter: str,
        limit: int,
        output_fields: Sequence[str],
    ) -> list[list[dict[str, Any]]]:
        """The nearest rows of each query, nearest first; their ids stand beside their fields."""

        def search() -> list[list[dict[str, Any]]]:
            return self._collection(name).search(
                list(data),
                top_k=limit,
                metric_type=search_params["metric_type"],
                expr=filter or None,
                output_fields=list(output_fields),
                anns_field=anns_field,
            )

        return self._read(search)

    def _collection(self, name: str) -> Any:
        return self._database.get_collection(name)

    def _write(self, change: Callable[[], object]) -> None:
        self._read(lambda: self._writer.submit(change).result())

    def _read(self, ask: Callable[[], _T]) -> _T:
        """Ask the engine, and give its errors the name that a person can act on."""
        if self._is_closed:
            raise NoAnswer(f"The vector store {self._path} is closed.")
        exceptions: Any = importlib.import_module("milvus_lite.exceptions")
        try:
            return ask()
        except (exceptions.MilvusLiteError, OSError, ValueError, RuntimeError) as error:
            raise engine_fault(self._path, error) from error


def engine_fault(path: str, error: Exception) -> Unavailable:
    """What is said of an error of the engine, and what to do about it where that is known."""
    if _is_full(error):
        return Unavailable(
            f"The disk of the vector store {path} is full. Free some space on it, then run the "
            "command again: what was stored is kept."
        )
    return Unavailable(f"The vector store at {path} refused a request: {error}")


def _is_full(error: BaseException | None) -> bool:
    """Whether an error, or one that it comes of, is that of a full disk."""
    while error is not None:
        if isinstance(error, OSError) and error.errno in _FULL:
            return True
        error = error.__cause__ or error.__context__
    return False


def open_lite(path: str) -> LiteClient:
    """Open a directory, of which there may be nothing yet.

    Raises:
        StoreLocked: it is open already, here or in another process.
        Unavailable: it cannot be opened.
    """
    # Lite weighs words by how rare they are within a segment, and each flush makes one. In a segment
    # of a single short document every word is common, so what was ingested last would come last.
    import_engine()
    merge_segments_at_every_flush()
    search_by_arrays()
    nearest_by_arrays()
    query_by_arrays()
    logging.getLogger("milvus_lite").setLevel(logging.CRITICAL)
    exceptions: Any = importlib.import_module("milvus_lite.exceptions")
    try:
        return LiteClient(path)
    except exceptions.DataDirLockedError as error:
        raise StoreLocked(locked(path)) from error
    except (exceptions.MilvusLiteError, OSError) as error:
        raise Unavailable(
            f"The vector store {path} cannot be opened: {error} Check DOCSQL_DOCUMENTS__URI."
        ) from error


def lite_vector_schema(*, dimension: int) -> Any:
    """The fields of a vector as the engine takes them; see `milvus.build_vector_schema`."""
    types: Any = importlib.import_module("milvus_lite.schema.types")
    field, kind = types.FieldSchema, types.DataType
    fields = [
        field(name, kind.VARCHAR, max_length=TEXT_FIELDS[name], is_primary=name == "id")
        for name in PLACE_FIELDS
    ]
    return types.CollectionSchema([*fields, field("dense", kind.FLOAT_VECTOR, dim=dimension)])


def lite_schema(*, dimension: int | None) -> Any:
    """The fields of a passage as the engine takes them; see `milvus.build_schema`."""
    types: Any = importlib.import_module("milvus_lite.schema.types")
    field, kind = types.FieldSchema, types.DataType
    fields = [
        field(
            name,
            kind.VARCHAR,
            max_length=length,
            is_primary=name == "id",
            enable_analyzer=name == "terms",
        )
        for name, length in TEXT_FIELDS.items()
    ]
    fields += [field(name, kind.INT64) for name in NUMBER_FIELDS]
    fields += [field(name, kind.INT64, nullable=True) for name in OPTIONAL_NUMBER_FIELDS]
    fields.append(field("sparse", kind.SPARSE_FLOAT_VECTOR, is_function_output=True))
    if dimension is not None:
        fields.append(field("dense", kind.FLOAT_VECTOR, dim=dimension))
    bm25 = types.Function("bm25", types.FunctionType.BM25, ["terms"], ["sparse"])
    return types.CollectionSchema(fields, functions=[bm25])
