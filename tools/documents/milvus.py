"""Everything specific to Milvus: connecting, schema, filter language, errors.

Only the store uses this module. Milvus Lite is a folder that serves one process at a time, a server
is an address that serves many.
"""

import importlib
import logging
import re
import threading
from collections.abc import Callable, Generator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from time import monotonic
from types import ModuleType
from typing import TYPE_CHECKING, Any, cast

from tools.documents.fields import (
    NUMBER_FIELDS,
    OPTIONAL_NUMBER_FIELDS,
    PLACE_FIELDS,
    TEXT_FIELDS,
    index_params,
    vector_index_params,
)
from tools.documents.lock import is_locked, locked
from tools.errors import NoAnswer, StoreLocked, Unavailable

if TYPE_CHECKING:
    from pymilvus import MilvusClient

    from tools.documents.lite import LiteClient

_LOGGERS = ("pymilvus", "pymilvus.milvus_client")
_SILENT = re.compile(r"onnecting to server|UNAVAILABLE|DEADLINE_EXCEEDED|Retry (timeout|run out)")
_AGAIN_S = 1.0
_NOT_LOADED = re.compile(r"not loaded|state 'released'")
_ESCAPES = str.maketrans({"\\": r"\\", '"': r"\"", "\n": r"\n", "\r": r"\r", "\t": r"\t"})


@dataclass(frozen=True, slots=True)
class Connection:
    """An open client and what it is connected to; a server's comes from the package pymilvus."""

    client: "MilvusClient | LiteClient"
    package: ModuleType | None
    address: str

    @property
    def is_embedded(self) -> bool:
        return self.package is None

    def close(self) -> None:
        """Let go of the server or, embedded, of the directory's lock."""
        self.client.close()


class LazyClient:
    """A lazily created client of a server, which may be down until then.

    `prepare` runs once before the first use. While the server is down, all waiting callers fail
    together, and the next try is `_AGAIN_S` later.
    """

    def __init__(self, make: "Callable[[], MilvusClient]", address: str) -> None:
        self._make = make
        self._address = address
        self._client: MilvusClient | None = None
        self._opening = threading.RLock()
        self._is_ready = False
        self._failure: tuple[float, str] | None = None
        self.prepare: Callable[[], None] = lambda: None

    def close(self) -> None:
        """Let go of the server, if it was ever reached."""
        if self._client is not None:
            self._client.close()

    def open(self) -> "MilvusClient":
        """The client, made and prepared.

        Raises:
            Unavailable: the server does not answer, or what it holds cannot be used.
        """
        if self._is_ready and self._client is not None:
            return self._client
        with self._opening:
            if self._client is not None:
                return self._client  # another was quicker, or `prepare` itself asks
            if self._failure is not None and monotonic() - self._failure[0] < _AGAIN_S:
                raise NoAnswer(self._failure[1])
            try:
                with translating_errors(self._address):
                    self._client = self._make()
                self.prepare()
            except BaseException as error:
                self.close()
                self._client = None
                if isinstance(error, NoAnswer):
                    self._failure = (monotonic(), str(error))
                raise
            self._is_ready = True
            return self._client

    def __getattr__(self, name: str) -> Any:
        return getattr(self.open(), name)


def connect(uri: str | Path, *, token: str | None = None) -> Connection:
    """Open a Milvus Lite directory (a path ending in `.db`) or a server (http://host:port).

    Either's library takes a while to import, so it is imported here and not before.

    Raises:
        StoreLocked: the directory is open already, here or in another process.
        Unavailable: the directory cannot be opened. Of a server, only its first use says so.
    """
    address = str(uri)
    if _is_directory(address):
        address = _prepare_directory(Path(address))
        lite = importlib.import_module("tools.documents.lite")
        return Connection(lite.open_lite(address), None, address)
    package = importlib.import_module("pymilvus")
    # Every failed call would log its traceback; what matters is in the errors raised here.
    for name in _LOGGERS:
        logging.getLogger(name).setLevel(logging.CRITICAL)
    lazy = LazyClient(lambda: package.MilvusClient(uri=address, token=token or ""), address)
    return Connection(cast("MilvusClient", lazy), package, address)


@contextmanager
def translating_errors(
    address: str, *, forgot: Callable[[], None] | None = None
) -> Generator[None]:
    """Give pymilvus's errors the names that a person can act on.

    `forgot` is called where the server says that a collection is not loaded: the next try finds it.
    """
    if _is_directory(address):
        yield  # its client has done so
        return
    exceptions = importlib.import_module("pymilvus.exceptions")
    try:
        yield
    except exceptions.ConnectionConfigException as error:
        raise Unavailable(
            f"The vector store {address} cannot be opened: {error.message} "
            "Check DOCSQL_DOCUMENTS__URI."
        ) from error
    except exceptions.MilvusException as error:
        if forgot is not None and _NOT_LOADED.search(error.message):
            with suppress(exceptions.MilvusException):
                forgot()
        if _SILENT.search(error.message):
            raise NoAnswer(
                f"The vector store at {address} does not answer. "
                "Check DOCSQL_DOCUMENTS__URI and that Milvus runs."
            ) from error
        raise Unavailable(
            f"The vector store at {address} refused a request: {error.message}"
        ) from error


def quote(value: str) -> str:
    """A text as a literal of Milvus's filter language, whatever characters it has."""
    return f'"{value.translate(_ESCAPES)}"'


def any_of(field: str, values: Sequence[str] | None) -> str:
    """A filter that lets rows through whose field has one of the values; None lets all through."""
    return "" if values is None else f"{field} in [{', '.join(map(quote, values))}]"


def build_schema(connection: Connection, *, dimension: int | None) -> Any:
    """The fields of a passage, BM25 over its `terms`, and a vector where there is a dimension."""
    package = connection.package
    if package is None:
        return importlib.import_module("tools.documents.lite").lite_schema(dimension=dimension)
    kind, client = package.DataType, cast("MilvusClient", connection.client)
    schema = client.create_schema(auto_id=False, enable_dynamic_field=False)
    for name, length in TEXT_FIELDS.items():
        schema.add_field(
            name,
            kind.VARCHAR,
            max_length=length,
            is_primary=name == "id",
            enable_analyzer=name == "terms",
        )
    for name in NUMBER_FIELDS:
        schema.add_field(name, kind.INT64)
    for name in OPTIONAL_NUMBER_FIELDS:
        schema.add_field(name, kind.INT64, nullable=True)
    schema.add_field("sparse", kind.SPARSE_FLOAT_VECTOR)
    if dimension is not None:
        schema.add_field("dense", kind.FLOAT_VECTOR, dim=dimension)
    schema.add_function(
        package.Function(
            name="bm25",
            function_type=package.FunctionType.BM25,
            input_field_names=["terms"],
            output_field_names=["sparse"],
        )
    )
    return schema


def build_vector_schema(connection: Connection, *, dimension: int) -> Any:
    """The fields of a vector that is kept apart from its passage."""
    package = connection.package
    if package is None:
        lite = importlib.import_module("tools.documents.lite")
        return lite.lite_vector_schema(dimension=dimension)
    kind, client = package.DataType, cast("MilvusClient", connection.client)
    schema = client.create_schema(auto_id=False, enable_dynamic_field=False)
    for name in PLACE_FIELDS:
        schema.add_field(name, kind.VARCHAR, max_length=TEXT_FIELDS[name], is_primary=name == "id")
    schema.add_field("dense", kind.FLOAT_VECTOR, dim=dimension)
    return schema


def build_indexes(connection: Connection, *, dense: bool) -> Any:
    """The indexes of passages as the connection's client takes them."""
    return _indexes(connection, index_params(dense=dense))


def build_vector_indexes(connection: Connection) -> Any:
    """The index of vectors that are kept apart, as the connection's client takes it."""
    return _indexes(connection, vector_index_params())


def _indexes(connection: Connection, params: Mapping[str, Mapping[str, Any]]) -> Any:
    if connection.is_embedded:
        return params
    indexes = cast("MilvusClient", connection.client).prepare_index_params()
    for field, each in params.items():
        indexes.add_index(field, **each)
    return indexes


def _is_directory(address: str) -> bool:
    return "://" not in address


def _prepare_directory(path: Path) -> str:
    if path.suffix != ".db":
        raise Unavailable(
            f"{str(path)!r} is not a vector store. Use a folder whose name ends in .db, or a "
            "server as http://host:port."
        )
    if is_locked(path):
        raise StoreLocked(locked(path))
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise Unavailable(
            f"The folder for the vector store {path} cannot be created ({error.strerror}); choose "
            "another place."
        ) from error
    return str(path.absolute())
