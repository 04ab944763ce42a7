"""Metadata of a store, in the properties of its collection.

Milvus cannot list the distinct values of a field without reading all of them; these are the few
that a search needs.
"""

import hashlib
import json
from collections.abc import Mapping
from typing import Any

from tools.documents.access import groups_in, may_see
from tools.documents.milvus import Connection, translating_errors

EMBEDDINGS = "docsql.embeddings"
FORMAT = "docsql.format"
VECTORS = "docsql_vectors"
"""The name in Milvus of the collection of vectors that are kept apart from the text; those of a
model that is to follow have its mark behind it."""
ACTIVE = "docsql.active"
"""The model whose vectors took over from those that the store was built with, and where they are."""
CURRENT_FORMAT = "2"
"""Counts up when rows written before can no longer be searched by this program."""
_ACCESS = "docsql.access."
_LANGUAGE = "docsql.language."


class StoreRegistry:
    """Metadata in one Milvus collection; writers take turns."""

    def __init__(self, connection: Connection, collection: str) -> None:
        self._connection = connection
        self._client: Any = connection.client
        self._collection = collection
        self._read: Mapping[str, str] | None = None

    def properties(self) -> Mapping[str, str]:
        """All metadata, including what other processes wrote to a server."""
        if self._read is None or not self._connection.is_embedded:
            with translating_errors(self._connection.address):
                described = self._client.describe_collection(self._collection)
            self._read = dict(described["properties"])
        return self._read

    def add_access_key(self, key: str) -> None:
        """Remember that there may be passages of that key, before there are."""
        self._remember(_ACCESS, key)

    def access_keys(self, groups: frozenset[str]) -> list[str]:
        """The keys of the passages that somebody of these groups may see."""
        known = self._values(_ACCESS)
        return [key for key in known if may_see(groups, groups_in(key))]

    def add_language(self, code: str) -> None:
        """Remember that there may be passages in that language; empty where it is not known."""
        self._remember(_LANGUAGE, code)

    def languages(self) -> list[str]:
        """The codes of the languages that there are passages in."""
        return self._values(_LANGUAGE)

    def _values(self, kind: str) -> list[str]:
        found = self.properties().items()
        return sorted(json.loads(value) for name, value in found if name.startswith(kind))

    def _remember(self, kind: str, value: str) -> None:
        # A property for each value: two processes that add one each do not lose the other's.
        name = kind + hashlib.sha256(value.encode()).hexdigest()[:32]
        if name not in self.properties():
            self.set(name, json.dumps(value))

    def set(self, name: str, value: str) -> None:
        """Give one of the metadata a value, at once and for everybody."""
        with translating_errors(self._connection.address):
            self._client.alter_collection_properties(self._collection, properties={name: value})
        self._read = None
