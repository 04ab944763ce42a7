"""Vectors of a store's passages, made behind its writing and kept in a Milvus collection of their own.

A passage is found by its words as soon as it is written, and its vector follows. What the vectors
find is looked up among the passages again, so one that is left over from a deleted or changed
passage shows nobody anything.
"""

import json
import threading
from collections.abc import Callable, Collection, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from math import hypot
from time import monotonic
from typing import Any

from tools.documents.collection import PassageCollection
from tools.documents.embedding import describe_model
from tools.documents.fields import PLACE_FIELDS
from tools.documents.fitting import embed_whole
from tools.documents.hits import SearchHits, cosine_hits
from tools.documents.milvus import (
    Connection,
    any_of,
    build_vector_indexes,
    build_vector_schema,
    quote,
    translating_errors,
)
from tools.documents.passage import Passage
from tools.documents.pending import PendingRows
from tools.documents.registry import EMBEDDINGS, VECTORS
from tools.documents.rows import PASSAGE_FIELDS, Row, to_passage
from tools.embeddings import EmbeddingModel, KnownCosines

_EVERY_ROW = 'id != ""'
EMBEDDED_AT_ONCE = 8
"""Passages without a vector for which a search makes one; more would keep the question waiting."""
_PASSAGES_PER_BATCH = 16
_COUNTED_FOR_S = 10.0
"""Seconds for which a count may miss what other processes write to a server."""


@dataclass(frozen=True, slots=True)
class Coverage:
    """How many passages there are, and how many of them have a vector."""

    passages: int
    done: int

    @property
    def is_complete(self) -> bool:
        return self.done >= self.passages


class VectorIndex:
    """The vectors of one store by one model. Every method blocks; all may be called from any thread.

    `writing` is the store's lock: Milvus Lite takes one writer at a time.
    """

    def __init__(
        self,
        connection: Connection,
        model: EmbeddingModel,
        passages: PassageCollection,
        writing: threading.Lock,
        *,
        collection: str = VECTORS,
    ) -> None:
        self.model = model
        self.collection = collection
        self._connection = connection
        self._client: Any = connection.client
        self._passages = passages
        self._writing = writing
        self._filling = threading.Lock()
        self._pending = PendingRows(is_embedded=connection.is_embedded)
        self._is_open = False
        self._changes = 0
        self._counted: tuple[tuple[int, int], Coverage] | None = None

    def search(self, vector: Sequence[float], *, condition: str, limit: int) -> SearchHits:
        """The passages whose vectors are nearest, nearest first; scores are cosines."""
        if not self._open(may_create=False):
            return SearchHits()
        with self._asking():
            [hits] = self._client.search(
                self.collection,
                data=[list(vector)],
                anns_field="dense",
                search_params={"metric_type": "COSINE"},
                filter=condition,
                limit=limit,
                output_fields=["document_id"],
            )
        return cosine_hits(hits)

    @property
    def has_known_cosines(self) -> bool:
        """Whether it is known what the model's cosines mean."""
        return isinstance(self.model, KnownCosines) and self.model.has_known_cosines

    def without(self, ids: Collection[str]) -> set[str]:
        """Which of these passages have no vector yet."""
        if not ids or self.coverage().is_complete:
            return set()
        return set(ids) - self._ids(any_of("id", sorted(ids)))

    def compare(self, vector: Sequence[float], passages: Sequence[Passage]) -> list[float]:
        """The cosines of passages that have no vector yet.

        Nothing is stored, so a search neither waits for a writer nor makes one wait.
        """
        made = embed_whole(passages, self.model) if passages else []
        return [_cosine(vector, own) for own in made]

    def forget(self, document_id: str) -> None:
        """Delete a document's vectors; the caller holds the store's lock."""
        self._changes += 1
        if self._open(may_create=False):
            with self._asking():
                self._client.delete(self.collection, filter=f"document_id == {quote(document_id)}")

    def lacking(self) -> int:
        """How many passages have no vector, or vectors no passage, counted one by one."""
        self.note_change()
        wanted = {row["id"] for row in self._passages.read("", ["id"])}
        return len(wanted ^ self._ids(_EVERY_ROW))

    def note_change(self) -> None:
        """Count again when somebody asks: passages were written or deleted."""
        self._changes += 1

    def coverage(self) -> Coverage:
        """How far the vectors are; of a server, as it was a moment ago."""
        is_embedded = self._connection.is_embedded
        state = (self._changes, 0 if is_embedded else int(monotonic() / _COUNTED_FOR_S))
        if self._counted is None or self._counted[0] != state:
            passages = self._passages.count("")
            self._counted = (state, Coverage(passages, min(passages, self._count())))
        return self._counted[1]

    def fill(
        self,
        *,
        on_progress: Callable[[Coverage], None] = lambda _: None,
        is_stopped: Callable[[], bool] = lambda: False,
    ) -> None:
        """Make the vectors that are missing, and delete those whose passages are gone.

        Each batch is kept as it is made, so an interrupted run goes on where it ended.

        Raises:
            Unavailable: the model cannot be loaded, or the store fails; what was made stays.
        """
        with self._filling:
            wanted = {row["id"] for row in self._passages.read("", ["id"])}
            if not self._open(may_create=bool(wanted)):
                return
            done = self._ids(_EVERY_ROW)
            self._delete(done - wanted)
            # Hashes of texts differ between processes: several that fill one server's store begin
            # in different places, and leave out what another has made meanwhile.
            missing = sorted(wanted - done, key=hash)
            total, made = len(wanted), len(wanted & done)
            try:
                for start in range(0, len(missing), _PASSAGES_PER_BATCH):
                    if is_stopped():
                        return
                    batch = missing[start : start + _PASSAGES_PER_BATCH]
                    self._make(batch)
                    made += len(batch)
                    if self._pending.add(len(batch)):
                        self._flush()
                    on_progress(Coverage(total, made))
            finally:
                if made > len(wanted & done):
                    self._flush()

    def _make(self, ids: Sequence[str]) -> None:
        if not self._connection.is_embedded:
            ids = sorted(set(ids) - self._ids(any_of("id", ids)))
        passages = [
            to_passage(row) for row in self._passages.read(any_of("id", ids), PASSAGE_FIELDS)
        ]
        made = embed_whole(passages, self.model)
        vectors = dict(zip((passage.id for passage in passages), made, strict=True))
        with self._writing, self._asking():
            # A document may have been deleted, or given to others, while its vectors were made.
            still = list(self._passages.read(any_of("id", list(vectors)), PLACE_FIELDS))
            rows = [_row(row, vectors[row["id"]]) for row in still]
            if rows:
                self._client.upsert(self.collection, rows)
            self._changes += 1

    def _delete(self, ids: Collection[str]) -> None:
        if ids:
            with self._writing, self._asking():
                self._client.delete(self.collection, filter=any_of("id", sorted(ids)))
                self._changes += 1

    def _flush(self) -> None:
        with self._writing, self._asking():
            self._client.flush(self.collection)
            self._pending.note_flush()

    def _count(self) -> int:
        if not self._open(may_create=False):
            return 0
        with self._asking():
            wanted = {"filter": "", "output_fields": ["count(*)"]}
            rows = self._client.query(self.collection, **wanted, consistency_level="Strong")
        return int(rows[0]["count(*)"])

    def _ids(self, condition: str) -> set[str]:
        if not self._open(may_create=False):
            return set()
        read = self._passages.read(condition, ["id"], collection=self.collection)
        return {row["id"] for row in read}

    def _open(self, *, may_create: bool) -> bool:
        """Whether there is a collection with vectors of this model; another model's are dropped."""
        if self._is_open:
            return True
        with translating_errors(self._connection.address):
            if self._client.has_collection(self.collection):
                properties = self._client.describe_collection(self.collection)["properties"]
                if json.loads(properties[EMBEDDINGS]) != describe_model(self.model):
                    self._client.drop_collection(self.collection)
                    return self._create() if may_create else False
            elif not may_create:
                return False
            else:
                return self._create()
            self._client.load_collection(self.collection)
        self._is_open = True
        return True

    def _create(self) -> bool:
        self._client.create_collection(
            self.collection,
            schema=build_vector_schema(self._connection, dimension=self.model.dimension),
            index_params=build_vector_indexes(self._connection),
            properties={EMBEDDINGS: json.dumps(describe_model(self.model))},
        )
        self._client.load_collection(self.collection)
        self._is_open = True
        return True

    def _asking(self) -> AbstractContextManager[None]:
        return translating_errors(
            self._connection.address, forgot=lambda: self._client.load_collection(self.collection)
        )


def _cosine(one: Sequence[float], other: Sequence[float]) -> float:
    product = sum(a * b for a, b in zip(one, other, strict=True))
    return product / ((hypot(*one) * hypot(*other)) or 1.0)


def _row(passage: Row, vector: Sequence[float]) -> dict[str, Any]:
    return {name: passage[name] for name in PLACE_FIELDS} | {"dense": list(vector)}
