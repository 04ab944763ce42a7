"""Passages in Milvus, written, read, searched and deleted.

All passages lie in one Milvus collection, with the DocSQL collection as a scalar field. One search
over several collections then gives scores that can be compared (BM25 weighs a word by how rare it
is among what is searched together), names need no escaping beyond a filter's quotes, and a server's
limit on collections is out of reach. In return one store has one embedding model.
"""

import json
import threading
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any, Self

from tools.documents.access import access_key, groups_in, may_see
from tools.documents.embedding import (
    EmbeddingModel,
    TokenCounter,
    describe_model,
    described_name,
    embedded_text,
)
from tools.documents.fields import NUMBER_FIELDS, OPTIONAL_NUMBER_FIELDS, TEXT_FIELDS
from tools.documents.fitting import fit_to_model
from tools.documents.milvus import (
    Connection,
    LazyClient,
    any_of,
    build_indexes,
    build_schema,
    connect,
    quote,
    translating_errors,
)
from tools.documents.passage import Document, FoundPassage, Passage
from tools.documents.registry import CURRENT_FORMAT, EMBEDDINGS, FORMAT, StoreRegistry
from tools.documents.retrieval import Retrieval, fuse_by_rank
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
from tools.errors import NoAnswer, Unavailable, UnknownName

_MILVUS_COLLECTION = "docsql_passages"
_EVERY_ROW = 'id != ""'
_ROWS_PER_READ = 10_000
_ROWS_PER_WRITE = 500
_TEXTS_PER_EMBEDDING = 32


@dataclass(frozen=True, slots=True)
class StoredVersions:
    """What a store holds of one document: the content hashes of its passages, whole or not.

    `source` is as the store keeps it, cut where it is too long. `whole` names the hashes of which every passage is there; an interrupted ingestion leaves
    others. `access_keys` are the sets of groups that its passages carry.
    """

    source: str
    hashes: frozenset[str]
    whole: frozenset[str]
    access_keys: frozenset[str]

    @property
    def groups(self) -> frozenset[str]:
        """The groups that every passage carries."""
        return frozenset[str].intersection(*map(groups_in, self.access_keys))

    def are(self, content_hash: str, *, groups: Iterable[str] = ()) -> bool:
        """Whether that content is there whole, for those groups, with nothing older beside it."""
        is_whole = self.hashes == self.whole == frozenset([content_hash])
        return is_whole and self.access_keys == frozenset([access_key(groups)])


class DocumentStore:
    """All passages of all collections. Every method blocks; all may be called from any thread."""

    def __init__(self, connection: Connection, *, embeddings: EmbeddingModel | None = None) -> None:
        self._connection = connection
        # What pymilvus returns has no types; they are given here, on the way out.
        self._client: Any = connection.client
        self._address = connection.address
        self._embeddings = embeddings
        # Milvus Lite takes one writer at a time.
        self._writing = threading.Lock()
        self._closed = False
        self._are_embeddings_known = False
        self._changes = 0
        self._written = 0
        self._registry = StoreRegistry(connection, _MILVUS_COLLECTION)
        self._retrieval = Retrieval(connection, _MILVUS_COLLECTION, self._registry)

    @classmethod
    def open(
        cls,
        uri: str | Path,
        *,
        token: str | None = None,
        embeddings: EmbeddingModel | None = None,
        may_be_away: bool = False,
    ) -> Self:
        """Open a Milvus Lite directory (a path ending in `.db`) or a server (http://host:port).

        `token` is a server's `user:password`. Servers that `may_be_away`, Milvus and that of the
        embeddings, are looked for again by whatever needs them.

        Raises:
            StoreLocked: the directory is open already, here or in another process.
            NoAnswer: a server does not answer, and may not be away.
            Unavailable: the store was built with other embeddings.
        """
        store = cls(connect(uri, token=token), embeddings=embeddings)
        try:
            store._begin(may_be_away=may_be_away)
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
    def embeddings(self) -> EmbeddingModel | None:
        return self._embeddings

    def search(
        self,
        query: str,
        *,
        scope: SearchScope = EVERYTHING,
        limit: int,
        vector: Sequence[float] | None = None,
    ) -> list[FoundPassage]:
        """The best passages, best first, by words or, with a query's vector, by words and vector.

        Scores are those of `tools.documents.ranking`, or of the reciprocal rank fusion of both
        rankings; always positive.
        """
        condition = self._within(scope)
        with self._asking():
            by_words = self._retrieval.by_words(
                query, condition=condition, limit=limit, written=self._written
            )
            if vector is None:
                return by_words
            self._check_embeddings()
            by_vector = self._retrieval.by_vector(vector, condition=condition, limit=limit)
        return fuse_by_rank(by_words, by_vector)[:limit]

    def write(
        self,
        document: Document,
        passages: Sequence[Passage],
        *,
        terms: Sequence[str] | None = None,
        is_new: bool = False,
    ) -> None:
        """Insert or replace a document.

        The new passages come first and the old ones go last, so that a search meanwhile finds one
        or both and an interruption loses neither; `versions` shows what it left. `is_new` promises
        that there are no old ones, and saves looking through the whole store for them. `terms` are
        the passages' where somebody has looked for them already.
        """
        if terms is None:
            terms = [passage_terms(each, language=document.language) for each in passages]
        vectors = self._embed(passages)
        rows = [
            to_row(passage, document, vector, terms=found_by)
            for passage, vector, found_by in zip(passages, vectors, terms, strict=True)
        ]
        self.write_rows(document, rows, is_new=is_new)

    def fit(self, passages: Sequence[Passage]) -> list[Passage]:
        """The passages as the embedding model takes them whole, more of them where they are long.

        Raises:
            Unavailable: the embedding server does not answer.
        """
        if isinstance(self._embeddings, TokenCounter):
            return fit_to_model(passages, self._embeddings)
        return list(passages)

    def write_rows(self, document: Document, rows: Sequence[Row], *, is_new: bool = False) -> None:
        """Put a document in, as `write` does, by the rows that a store has of it."""
        outdated = (
            f"document_id == {quote(document.id)} and "
            f"(content_hash != {quote(document.content_hash)} or ordinal >= {len(rows)})"
        )
        with self._writing, self._asking():
            self._registry.add_access_key(access_key(document.groups))
            self._registry.add_language(document.language)
            for start in range(0, len(rows), _ROWS_PER_WRITE):
                batch = rows[start : start + _ROWS_PER_WRITE]
                self._client.upsert(_MILVUS_COLLECTION, batch)
            if not is_new:
                self._client.delete(_MILVUS_COLLECTION, filter=outdated)
            self._changes += 1
            self._written += len(rows)

    def delete(self, document_id: str) -> int:
        """Delete a document, verify that it is gone, and return its number of passages.

        Raises:
            UnknownName: the document does not exist.
            Unavailable: passages are still found afterwards.
        """
        condition = f"document_id == {quote(document_id)}"
        with self._writing:
            count = self._count(condition)
            if not count:
                raise UnknownName(
                    f"There is no document {document_id!r}. `docsql documents list` shows the ids."
                )
            with self._asking():
                self._client.delete(_MILVUS_COLLECTION, filter=condition)
            self._changes += 1
            left = self._count(condition)
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
        rows = self._read(first, DOCUMENT_FIELDS)
        found = {row["document_id"]: to_document(row) for row in rows}
        return sorted(found.values(), key=lambda each: (each.collection, each.source))

    def passages(self, document_id: str) -> list[Passage]:
        """A document's passages in reading order; none if there is no such document."""
        rows = self._read(f"document_id == {quote(document_id)}", PASSAGE_FIELDS)
        return sorted(map(to_passage, rows), key=lambda passage: passage.ordinal)

    def rows(self, document_id: str) -> list[Row]:
        """A document's rows as they were written, vectors included, in reading order."""
        fields = [*TEXT_FIELDS, *NUMBER_FIELDS, *OPTIONAL_NUMBER_FIELDS]
        if self._embeddings:
            fields.append("dense")
        found = self._read(f"document_id == {quote(document_id)}", fields)
        rows = [{name: row[name] for name in fields} for row in found]
        return sorted(rows, key=lambda row: row["ordinal"])

    def has_any(self, scope: SearchScope) -> bool:
        """Whether there is any passage in a scope."""
        with self._asking():
            rows = self._client.query(
                _MILVUS_COLLECTION,
                filter=self._within(scope) or _EVERY_ROW,
                output_fields=["id"],
                limit=1,
            )
        return bool(rows)

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
        """What the store holds of a collection's documents, by document id.

        Only of those of a source, where one is given, and of those that somebody of these `groups`
        sees all of (None: every document). Others' passages are not even read: how long it takes
        tells nothing of them.
        """
        within = [any_of("collection", [collection])]
        if source is not None:
            within.append(f"source == {quote(stored_source(source))}")
        where = " and ".join(within)
        if groups is not None:
            theirs = self._within(SearchScope(groups))
            found = self._read(" and ".join(filter(None, [where, theirs])), ["document_id"])
            if not (ids := sorted({row["document_id"] for row in found})):
                return {}
            where = any_of("document_id", ids)
        versions = self._versions(where)
        return {id_: each for id_, each in versions.items() if may_see(groups, each.groups)}

    def _versions(self, where: str) -> dict[str, StoredVersions]:
        fields = ["document_id", "source", "content_hash", "passages", "access"]
        seen = defaultdict[str, Counter[tuple[str, int]]](Counter)
        keys = defaultdict[str, set[str]](set)
        sources: dict[str, str] = {}
        for row in self._read(where, fields):
            seen[row["document_id"]][row["content_hash"], row["passages"]] += 1
            keys[row["document_id"]].add(row["access"])
            sources[row["document_id"]] = row["source"]
        return {
            document_id: StoredVersions(
                source=sources[document_id],
                hashes=frozenset(content_hash for content_hash, _ in counts),
                whole=frozenset(key[0] for key, count in counts.items() if count == key[1]),
                access_keys=frozenset(keys[document_id]),
            )
            for document_id, counts in seen.items()
        }

    def flush(self) -> None:
        """Make what was written quick to search; costly, so once after many writes."""
        with self._writing, self._asking():
            self._client.flush(_MILVUS_COLLECTION)

    def close(self) -> None:
        """Let go of the server or of the directory's lock; a second call does nothing."""
        if not self._closed:
            self._closed = True
            self._connection.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def _begin(self, *, may_be_away: bool) -> None:
        prepare = partial(self._prepare_collection, may_be_away=may_be_away)
        if not isinstance(self._client, LazyClient):
            prepare()
            return
        self._client.prepare = prepare
        try:
            self._client.open()
        except NoAnswer:
            if not may_be_away:
                raise

    def _prepare_collection(self, *, may_be_away: bool) -> None:
        with translating_errors(self._address):
            if self._client.has_collection(_MILVUS_COLLECTION):
                self._check_format()
                try:
                    self._check_embeddings()
                except NoAnswer:  # it is looked at again before the first vector
                    if not may_be_away:
                        raise
            else:
                self._create_collection()
            # Milvus Lite opens its collections released.
            self._client.load_collection(_MILVUS_COLLECTION)

    def _asking(self) -> AbstractContextManager[None]:
        """A restarted server may have unloaded our collection."""
        return translating_errors(
            self._address, forgot=lambda: self._client.load_collection(_MILVUS_COLLECTION)
        )

    def _create_collection(self) -> None:
        described = self._described()
        dimension = described["dimension"]
        self._client.create_collection(
            _MILVUS_COLLECTION,
            schema=build_schema(self._connection, dimension=dimension),
            index_params=build_indexes(self._connection, dense=dimension is not None),
            properties={
                FORMAT: CURRENT_FORMAT,
                EMBEDDINGS: json.dumps(described),
            },
        )
        self._are_embeddings_known = True

    def _check_format(self) -> None:
        described = self._client.describe_collection(_MILVUS_COLLECTION)
        there = {field["name"] for field in described["fields"]}
        needed = {*TEXT_FIELDS, *NUMBER_FIELDS, *OPTIONAL_NUMBER_FIELDS}
        if self._registry.properties().get(FORMAT) != CURRENT_FORMAT or not needed <= there:
            where = "the folder" if self._connection.is_embedded else "its collection"
            name = self._address if self._connection.is_embedded else _MILVUS_COLLECTION
            raise Unavailable(
                f"The vector store at {self._address} was written by another version of DocSQL. "
                f"Delete {where} {name!r} and ingest the documents again, or point "
                "DOCSQL_DOCUMENTS__URI at a new place."
            )

    def _described(self) -> dict[str, Any]:
        try:
            return describe_model(self._embeddings)
        except Unavailable as error:
            raise NoAnswer(str(error)) from error

    def _check_embeddings(self) -> None:
        """See once that the vectors here are the set model's.

        Raises:
            NoAnswer: the embedding server does not answer.
            Unavailable: the store was built with other embeddings.
        """
        if self._are_embeddings_known:
            return
        built = json.loads(self._registry.properties()[EMBEDDINGS])
        now = self._described()
        if built != now:
            raise Unavailable(
                f"The vector store at {self._address} was built with {described_name(built)}, but "
                f"{described_name(now)} is set now. Restore the old setting, or delete the store "
                "and ingest its documents again."
            )
        self._are_embeddings_known = True

    def _embed(self, passages: Sequence[Passage]) -> Iterator[list[float] | None]:
        self._check_embeddings()
        texts = [embedded_text(passage) for passage in passages]
        for start in range(0, len(texts), _TEXTS_PER_EMBEDDING):
            batch = texts[start : start + _TEXTS_PER_EMBEDDING]
            if self._embeddings is None:
                yield from [None] * len(batch)
            else:
                yield from self._embeddings.embed_documents(batch)

    def _within(self, scope: SearchScope) -> str:
        """The filter of a scope; empty where it lets everything through."""
        keys = None if scope.groups is None else self._registry.access_keys(scope.groups)
        conditions = (
            any_of("access", keys),
            any_of("collection", scope.collections),
            any_of("document_id", scope.documents),
        )
        return " and ".join(filter(None, conditions))

    def _count(self, condition: str) -> int:
        with self._asking():
            rows = self._client.query(
                _MILVUS_COLLECTION,
                filter=condition,
                output_fields=["count(*)"],
                consistency_level="Strong",
            )
        return int(rows[0]["count(*)"])

    def _read(self, condition: str, fields: Sequence[str]) -> Iterator[Row]:
        wanted = {
            "filter": condition or _EVERY_ROW,
            "output_fields": list(fields),
            "consistency_level": "Strong",
        }
        with self._asking():
            if self._connection.is_embedded:
                # Milvus Lite caps no answer, and has not all that an iterator calls.
                yield from self._client.query(_MILVUS_COLLECTION, **wanted)
                return
            rows = self._client.query_iterator(
                _MILVUS_COLLECTION, batch_size=_ROWS_PER_READ, **wanted
            )
            try:
                while batch := rows.next():
                    yield from batch
            finally:
                rows.close()
