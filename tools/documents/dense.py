"""Which model's vectors a store is searched by, and those that are made beside them to follow.

Each model's vectors are complete in a place of their own: beside the text where the model made them
as it was written, else in a collection. One property of the store says whose turn it is, so another
model takes over at once, in every process that knows both.
"""

import hashlib
import json
import threading
from collections.abc import Mapping, Sequence
from contextlib import suppress
from math import inf
from time import monotonic
from typing import Any

from tools.documents.collection import PassageCollection
from tools.documents.embedding import describe_model, described_name
from tools.documents.fitting import embed_whole
from tools.documents.milvus import Connection, translating_errors
from tools.documents.registry import ACTIVE, EMBEDDINGS, VECTORS
from tools.documents.rows import Row, to_passage
from tools.documents.vectors import VectorIndex
from tools.embeddings import EmbeddingModel
from tools.errors import NoAnswer, Unavailable

_TEXTS_PER_EMBEDDING = 32
_LOOKED_AT_FOR_S = 5.0
"""Seconds for which another process's switch may go unnoticed on a server."""


class DenseVectors:
    """The vectors of a store: `within` made with the text, or `behind` it; `following` comes next.

    Every method blocks; all may be called from any thread.
    """

    def __init__(
        self,
        connection: Connection,
        passages: PassageCollection,
        writing: threading.Lock,
        *,
        within: EmbeddingModel | None = None,
        behind: EmbeddingModel | None = None,
        following: EmbeddingModel | None = None,
    ) -> None:
        self._connection = connection
        self._client: Any = connection.client
        self._passages = passages
        self._writing = writing
        self._within, self._behind, self._following = within, behind, following
        self._indexes: dict[tuple[int, str], VectorIndex] = {}
        self._looked: tuple[float, str] | None = None

    @property
    def are_any(self) -> bool:
        """Whether there is a model at all."""
        return bool(self._within or self._behind or self._following)

    def model(self) -> EmbeddingModel | None:
        """The model that a question is embedded by now."""
        index = self.current()
        return index.model if index else self._within

    def current(self) -> VectorIndex | None:
        """What is searched now; None where the vectors are beside the text, or there are none.

        Raises:
            Unavailable: the store was rebuilt for a model that is not set.
        """
        active = self._active()
        if active:
            for model in filter(None, (self._within, self._behind, self._following)):
                if _is_described(model, active):
                    return self._index(model, active["collection"])
            if self._within:
                raise Unavailable(_not_set(self._connection.address, active, self._within))
        return self._index(self._behind, VECTORS) if self._behind else None

    def of(self, model: EmbeddingModel | None) -> VectorIndex | None:
        """What a vector by this model is looked for in, though another took over since it was made."""
        current = self.current()
        if model is None or (current and current.model is model):
            return current
        return self._index(model, VECTORS) if model is self._behind else None

    def following(self) -> VectorIndex | None:
        """The vectors that are being made to take over; None where none are, or they have."""
        if self._following is None:
            return None
        active = self._active()
        if active and _is_described(self._following, active):
            return None
        return self._index(self._following, _collection_for(self._following))

    def switch(self) -> None:
        """Let the following vectors take over, in every process."""
        if (index := self.following()) is not None:
            said = describe_model(index.model) | {"collection": index.collection}
            self._passages.registry.set(ACTIVE, json.dumps(said))
            self._looked = None

    def drop_old(self) -> None:
        """Delete the vectors of models that nobody has set any more."""
        current = self.current()
        if self._following is not None or current is None or not self._active():
            return
        with translating_errors(self._connection.address), self._writing:
            for name in self._client.list_collections():
                if name.startswith(VECTORS) and name != current.collection:
                    self._client.drop_collection(name)

    def note_new(self) -> None:
        """Count again: new passages were written."""
        for index in self._kept():
            index.note_change()

    def forget(self, document_id: str) -> None:
        """Delete a document's vectors, whoever's they are; the caller holds the store's lock."""
        for index in self._kept():
            index.forget(document_id)

    def fitted(self, rows: Sequence[Row]) -> list[Row]:
        """Rows as the store's collection has them: with a vector of its model, or without one."""
        width = json.loads(self._passages.registry.properties()[EMBEDDINGS])["dimension"]
        if width is None:
            return [{name: row[name] for name in row if name != "dense"} for row in rows]
        if self.current() is not None:
            # Another model's took over. Milvus wants a vector, and nobody looks at it.
            return [{**row, "dense": [1.0] + [0.0] * (width - 1)} for row in rows]
        return self._embedded(rows)

    def _embedded(self, rows: Sequence[Row]) -> list[Row]:
        lacking = [row for row in rows if "dense" not in row]
        if not lacking or self._within is None:
            return list(rows)
        self._passages.check_embeddings()
        made = dict[str, list[float]]()
        for start in range(0, len(lacking), _TEXTS_PER_EMBEDDING):
            passages = [to_passage(row) for row in lacking[start : start + _TEXTS_PER_EMBEDDING]]
            vectors = embed_whole(passages, self._within)
            made |= {each.id: vector for each, vector in zip(passages, vectors, strict=True)}
        return [row if "dense" in row else {**row, "dense": made[row["id"]]} for row in rows]

    def _kept(self) -> list[VectorIndex]:
        found = list[VectorIndex]()
        with suppress(Unavailable):  # what it has too much goes when it is filled
            found += filter(None, [self.current()])
            found += filter(None, [self.following()])
        return found

    def _index(self, model: EmbeddingModel, collection: str) -> VectorIndex:
        key = (id(model), collection)
        if key not in self._indexes:
            self._indexes[key] = VectorIndex(
                self._connection, model, self._passages, self._writing, collection=collection
            )
        return self._indexes[key]

    def _active(self) -> Mapping[str, Any]:
        """Whose turn it is, as the store says; empty where it never changed."""
        now, lasts = monotonic(), inf if self._connection.is_embedded else _LOOKED_AT_FOR_S
        if self._looked is None or now - self._looked[0] > lasts:
            self._looked = now, self._passages.registry.properties().get(ACTIVE, "{}")
        return json.loads(self._looked[1])


def _collection_for(model: EmbeddingModel) -> str:
    said = json.dumps(describe_model(model), sort_keys=True)
    return f"{VECTORS}_{hashlib.sha256(said.encode()).hexdigest()[:16]}"


def _is_described(model: EmbeddingModel, active: Mapping[str, Any]) -> bool:
    try:
        return all(active[name] == value for name, value in describe_model(model).items())
    except Unavailable as error:
        raise NoAnswer(str(error)) from error


def _not_set(address: str, active: Mapping[str, Any], set_now: EmbeddingModel) -> str:
    return (
        f"The vector store at {address} was rebuilt for {described_name(active)}, but "
        f"{described_name(describe_model(set_now))} is set now. Set DOCSQL_EMBEDDINGS to the model "
        "that it was rebuilt for, or name it under DOCSQL_EMBEDDINGS__NEXT."
    )
