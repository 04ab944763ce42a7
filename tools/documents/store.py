"""Passages in Milvus, written, read, searched and deleted.

All passages lie in one Milvus collection, with the DocSQL collection as a scalar field. One search
over several collections then gives scores that can be compared (BM25 weighs a word by how rare it
is among what is searched together), names need no escaping beyond a filter's quotes, and a server's
limit on collections is out of reach. In return one store has one embedding model.
"""

import threading
from collections import Counter
from collections.abc import Sequence
from contextlib import nullcontext, suppress
from dataclasses import replace
from pathlib import Path
from time import monotonic
from typing import Any, Self

from tools.documents.access import access_key, may_see
from tools.documents.catalogue_keeping import KeptCatalogue
from tools.documents.collection import COLLECTION, EVERY_ROW, PassageCollection
from tools.documents.dense import DenseVectors
from tools.documents.embedding import TokenCounter
from tools.documents.fields import NUMBER_FIELDS, OPTIONAL_NUMBER_FIELDS, TEXT_FIELDS
from tools.documents.finder import PassageFinder, PassageQuery
from tools.documents.fitting import fit_to_model
from tools.documents.milvus import Connection, any_of, connect, quote
from tools.documents.passage import Document, FoundPassage, Passage
from tools.documents.pending import PendingRows
from tools.documents.retrieval import Retrieval
from tools.documents.rows import (
    DOCUMENT_FIELDS,
    PASSAGE_FIELDS,
    Row,
    passage_terms,
    stored_source,
    to_document,
    to_passage,
    to_row,
)
from tools.documents.scope import EVERYTHING, SearchScope
from tools.documents.vectors import VectorIndex
from tools.documents.versions import VERSION_FIELDS, StoredVersions, versions_of
from tools.embeddings import EmbeddingModel
from tools.errors import NoAnswer, Unavailable, UnknownName

_ROWS_PER_WRITE = 500
_LOOKED_AT_FOR_S = 600
"""Seconds for which a server's documents are weighed by what they were."""


class DocumentStore:
    """All passages of all collections. Every method blocks; all may be called from any thread."""

    def __init__(
        self,
        connection: Connection,
        *,
        embeddings: EmbeddingModel | None = None,
        behind: EmbeddingModel | None = None,
        following: EmbeddingModel | None = None,
    ) -> None:
        self._connection = connection
        # What pymilvus returns has no types; they are given here, on the way out.
        self._client: Any = connection.client
        self._address = connection.address
        self._inline = embeddings
        # Milvus Lite takes one writer at a time.
        self._writing = threading.Lock()
        self._closed = False
        self._changes = 0
        self._written = 0
        self._pending = PendingRows(is_embedded=connection.is_embedded)
        self._collection = PassageCollection(connection, embeddings, behind=behind)
        self.dense = DenseVectors(
            connection,
            self._collection,
            self._writing,
            within=embeddings,
            behind=behind,
            following=following,
        )
        self._catalogue = KeptCatalogue(self._collection.read, monotonic)
        retrieval = Retrieval(connection, COLLECTION, self._collection.registry)
        self._finder = PassageFinder(self._collection, self.dense, retrieval)

    @classmethod
    def open(
        cls,
        uri: str | Path,
        *,
        token: str | None = None,
        embeddings: EmbeddingModel | None = None,
        behind: EmbeddingModel | None = None,
        following: EmbeddingModel | None = None,
        may_be_away: bool = False,
    ) -> Self:
        """Open a Milvus Lite directory (a path ending in `.db`) or a server (http://host:port).

        `embeddings` makes the vectors of passages as they are written; `behind` makes them later,
        when `vectors.fill` is called; `following` is to take over (`tools.documents.rebuild`).
        `token` is a server's `user:password`. Servers that `may_be_away`, Milvus and that of the
        embeddings, are looked for again by whatever needs them.

        Raises:
            StoreLocked: the directory is open already, here or in another process.
            NoAnswer: a server does not answer, and may not be away.
            Unavailable: the store was built with other embeddings.
        """
        connection = connect(uri, token=token)
        store = cls(connection, embeddings=embeddings, behind=behind, following=following)
        try:
            store._collection.open(may_be_away=may_be_away)
            with suppress(NoAnswer) if may_be_away else nullcontext():
                store.dense.current()
        except BaseException:
            store.close()
            raise
        return store

    @property
    def address(self) -> str:
        """The server's address or the directory's absolute path."""
        return self._address

    @property
    def changes(self) -> int:
        """How often this object has written or deleted a document."""
        return self._changes

    @property
    def vectors(self) -> VectorIndex | None:
        """The vectors that are searched now, where they are not kept with the passages."""
        return self.dense.current()

    @property
    def embeddings(self) -> EmbeddingModel | None:
        """The model of the vectors that are searched now, and so of a query's."""
        return self.dense.model()

    def may_have_vectors(self) -> bool:
        """Whether a query's vector can find anything; without passages it need not be made."""
        return self.vectors is None or self.vectors.coverage().passages > 0

    def search(
        self,
        query: str,
        *,
        scope: SearchScope = EVERYTHING,
        limit: int,
        vector: Sequence[float] | None = None,
        model: EmbeddingModel | None = None,
    ) -> list[FoundPassage]:
        """The best passages, best first, by words or, with a query's vector, by words and vector.

        `model` made the vector: the one whose turn it is, unless another has just taken over.

        Scores are those of `tools.documents.ranking`: of its second look at the words, or fused with
        those of the vectors; none is negative.
        """
        likely = self._catalogue.at(self._state()).look_for(query, scope)
        asked = PassageQuery(
            query,
            self._within(scope),
            self._within(replace(scope, documents=likely.documents)),
            likely,
            limit,
            self._written,
            vector,
            model,
        )
        return self._finder.find(asked)

    def weigh(self, query: str, scope: SearchScope = EVERYTHING) -> dict[str, float]:
        """How surely a question is about each document, from 0 to 1, by the documents' ids."""
        return self._catalogue.at(self._state()).weigh(query, scope)

    def covers(self) -> dict[str, str]:
        """Lines that name and date the documents whose titles tell nothing, by their ids."""
        return self._catalogue.at(self._state()).covers

    def write(
        self,
        document: Document,
        passages: Sequence[Passage],
        *,
        terms: Sequence[str] | None = None,
        is_new: bool = False,
    ) -> None:
        """Insert or replace a document; `terms` are the passages' terms, if they are known already.

        New passages are written before old ones are deleted, so a search meanwhile finds one or
        both, and an interruption loses neither; `versions` shows the state. `is_new` promises that
        there are no old ones, which saves a scan of the store.
        """
        if terms is None:
            terms = [passage_terms(each, language=document.language) for each in passages]
        both = zip(passages, terms, strict=True)
        rows = [to_row(passage, document, terms=found_by) for passage, found_by in both]
        self.write_rows(document, rows, is_new=is_new)

    def fit(self, passages: Sequence[Passage]) -> list[Passage]:
        """The passages as the embedding model takes them whole, more of them where they are long.

        Raises:
            Unavailable: the embedding server does not answer.
        """
        if isinstance(self._inline, TokenCounter):
            return fit_to_model(passages, self._inline)
        return list(passages)

    def write_rows(self, document: Document, rows: Sequence[Row], *, is_new: bool = False) -> None:
        """Put a document in, as `write` does, by the rows that a store has of it."""
        outdated = (
            f"document_id == {quote(document.id)} and "
            f"(content_hash != {quote(document.content_hash)} or ordinal >= {len(rows)})"
        )
        rows = self.dense.fitted(rows)
        with self._writing, self._collection.asking():
            self._collection.registry.add_access_key(access_key(document.groups))
            self._collection.registry.add_language(document.language)
            for start in range(0, len(rows), _ROWS_PER_WRITE):
                batch = rows[start : start + _ROWS_PER_WRITE]
                self._client.upsert(COLLECTION, batch)
            if not is_new:
                self._client.delete(COLLECTION, filter=outdated)
            if is_new:
                self.dense.note_new()
            else:
                self.dense.forget(document.id)
            self._changes += 1
            self._written += len(rows)
            if self._pending.add(len(rows)):
                self._flush()

    def delete(self, document_id: str) -> int:
        """Delete a document, verify that it is gone, and return its number of passages.

        Raises:
            UnknownName: the document does not exist.
            Unavailable: passages are still found afterwards.
        """
        condition = f"document_id == {quote(document_id)}"
        with self._writing:
            count = self._collection.count(condition)
            if not count:
                raise UnknownName(
                    f"There is no document {document_id!r}. `docsql documents list` shows the ids."
                )
            with self._collection.asking():
                self._client.delete(COLLECTION, filter=condition)
            self.dense.forget(document_id)
            self._changes += 1
            left = self._collection.count(condition)
        if left:
            raise Unavailable(
                f"{left} of {count} passages of document {document_id!r} are still found in "
                f"{self._address} after their deletion; delete it again."
            )
        return count

    def documents(
        self, scope: SearchScope = EVERYTHING, *, document_id: str | None = None
    ) -> list[Document]:
        """The documents of a scope, or that one if it is there, by collection and source."""
        only = "" if document_id is None else f"document_id == {quote(document_id)}"
        first = " and ".join(filter(None, ["ordinal == 0", only, self._within(scope)]))
        rows = self._collection.read(first, DOCUMENT_FIELDS)
        found = {row["document_id"]: to_document(row) for row in rows}
        return sorted(found.values(), key=lambda each: (each.collection, each.source))

    def count_passages(self, ids: Sequence[str]) -> Counter[str]:
        """How many passages there are of each of these documents."""
        counted = Counter[str]()
        for start in range(0, len(ids), _ROWS_PER_WRITE):
            some = any_of("document_id", ids[start : start + _ROWS_PER_WRITE])
            counted.update(
                each["document_id"] for each in self._collection.read(some, ["document_id"])
            )
        return counted

    def passages(self, document_id: str) -> list[Passage]:
        """A document's passages in reading order; empty if it does not exist."""
        rows = self._collection.read(f"document_id == {quote(document_id)}", PASSAGE_FIELDS)
        return sorted(map(to_passage, rows), key=lambda passage: passage.ordinal)

    def rows(self, document_id: str) -> list[Row]:
        """A document's rows as they were written, vectors included, in reading order."""
        fields = [*TEXT_FIELDS, *NUMBER_FIELDS, *OPTIONAL_NUMBER_FIELDS]
        if self._inline and self.vectors is None:
            fields.append("dense")
        found = self._collection.read(f"document_id == {quote(document_id)}", fields)
        rows = [{name: row[name] for name in fields} for row in found]
        return sorted(rows, key=lambda row: row["ordinal"])

    def has_any(self, scope: SearchScope) -> bool:
        """Whether there is any passage in a scope."""
        where = self._within(scope) or EVERY_ROW
        with self._collection.asking():
            return bool(self._client.query(COLLECTION, filter=where, output_fields=["id"], limit=1))

    def collections(self, scope: SearchScope = EVERYTHING) -> dict[str, int]:
        """The names of a scope's collections with their numbers of documents."""
        return dict(Counter(document.collection for document in self.documents(scope)))

    def versions(
        self,
        collection: str,
        *,
        source: str | None = None,
        groups: frozenset[str] | None = None,
    ) -> dict[str, StoredVersions]:
        """The versions of a collection's documents, by document id.

        Limited to a source, if given, and to documents that these `groups` see completely (None:
        every document). Passages of other documents are not read, so timing reveals nothing about
        them.
        """
        within = [any_of("collection", [collection])]
        if source is not None:
            within.append(f"source == {quote(stored_source(source))}")
        where = " and ".join(within)
        if groups is not None:
            theirs = self._within(SearchScope(groups))
            found = self._collection.read(
                " and ".join(filter(None, [where, theirs])), ["document_id"]
            )
            if not (ids := sorted({row["document_id"] for row in found})):
                return {}
            where = any_of("document_id", ids)
        versions = versions_of(self._collection.read(where, VERSION_FIELDS))
        return {id_: each for id_, each in versions.items() if may_see(groups, each.groups)}

    def flush(self) -> None:
        """Make what was written quick to search; costly, so once after many writes."""
        with self._writing, self._collection.asking():
            self._flush()

    def _flush(self) -> None:
        self._client.flush(COLLECTION)
        self._pending.note_flush()

    def close(self) -> None:
        """Let go of the server or of the directory's lock; a second call does nothing."""
        if not self._closed:
            self._closed = True
            self._connection.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def _state(self) -> tuple[int, int]:
        """Changes whenever the documents may have; others may write to a server."""
        is_embedded = self._connection.is_embedded
        return self._changes, 0 if is_embedded else int(monotonic() / _LOOKED_AT_FOR_S)

    def _within(self, scope: SearchScope) -> str:
        """The filter of a scope; empty where it lets everything through."""
        keys = None if scope.groups is None else self._collection.registry.access_keys(scope.groups)
        conditions = (
            any_of("access", keys),
            any_of("collection", scope.collections),
            any_of("document_id", scope.documents),
        )
        return " and ".join(filter(None, conditions))
