"""The one Milvus collection behind a store: made or checked when it is opened, and read by rows."""

import json
from collections.abc import Iterator, Sequence
from contextlib import AbstractContextManager
from functools import partial
from typing import Any

from tools.documents.embedding import describe_model, described_name
from tools.documents.fields import NUMBER_FIELDS, OPTIONAL_NUMBER_FIELDS, TEXT_FIELDS
from tools.documents.milvus import (
    Connection,
    LazyClient,
    build_indexes,
    build_schema,
    translating_errors,
)
from tools.documents.registry import (
    ACTIVE,
    CURRENT_FORMAT,
    EMBEDDINGS,
    FORMAT,
    VECTORS,
    StoreRegistry,
)
from tools.documents.rows import Row
from tools.embeddings import EmbeddingModel
from tools.errors import NoAnswer, Unavailable

COLLECTION = "docsql_passages"
"""Its name in Milvus."""
EVERY_ROW = 'id != ""'
"""A filter that lets everything through: Milvus takes no query without one."""
_ROWS_PER_READ = 10_000


class PassageCollection:
    """Opens the collection of a connection for one embedding model.

    None keeps no vectors here: there are none, or those of the model `behind` are kept elsewhere.
    """

    def __init__(
        self,
        connection: Connection,
        embeddings: EmbeddingModel | None,
        *,
        behind: EmbeddingModel | None = None,
    ) -> None:
        self.registry = StoreRegistry(connection, COLLECTION)
        self._connection = connection
        # What pymilvus returns has no types; they are given here, on the way out.
        self._client: Any = connection.client
        self._address = connection.address
        self._embeddings = embeddings
        self._behind = behind
        self._are_embeddings_known = False

    def open(self, *, may_be_away: bool) -> None:
        """Make the collection or check what is there; of a server that is away, when it is back.

        Raises:
            NoAnswer: a server does not answer, and may not be away.
            Unavailable: another version wrote the collection, or for other embeddings.
        """
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

    def asking(self) -> AbstractContextManager[None]:
        """A restarted server may have unloaded our collection."""
        return translating_errors(
            self._address, forgot=lambda: self._client.load_collection(COLLECTION)
        )

    def check_embeddings(self) -> None:
        """See once that the vectors here are the set model's.

        Raises:
            NoAnswer: the embedding server does not answer.
            Unavailable: the store was built with other embeddings.
        """
        if self._are_embeddings_known or ACTIVE in self.registry.properties():
            return  # whose turn it is else is looked at in `tools.documents.dense`
        built = json.loads(self.registry.properties()[EMBEDDINGS])
        now = self._described()
        if built != now:
            now = describe_model(self._behind) if self._behind else now
            built = self._kept_apart() or built
            raise Unavailable(
                f"The vector store at {self._address} was built with {described_name(built)}, but "
                f"{described_name(now)} is set now. Restore the old setting; to change to the new "
                "model, name it under DOCSQL_EMBEDDINGS__NEXT and run `docsql documents reembed`."
            )
        self._are_embeddings_known = True

    def _kept_apart(self) -> dict[str, Any] | None:
        """The model of the vectors that are kept apart from the text; None where there are none."""
        if not self._client.has_collection(VECTORS):
            return None
        properties = self._client.describe_collection(VECTORS)["properties"]
        return json.loads(properties[EMBEDDINGS])

    def count(self, condition: str) -> int:
        """How many passages a filter lets through, what was written a moment ago included.

        An empty filter lets all through, and Milvus Lite need not look at each row for that.
        """
        with self.asking():
            rows = self._client.query(
                COLLECTION,
                filter=condition,
                output_fields=["count(*)"],
                consistency_level="Strong",
            )
        return int(rows[0]["count(*)"])

    def read(
        self, condition: str, fields: Sequence[str], *, collection: str = COLLECTION
    ) -> Iterator[Row]:
        """The rows that a filter lets through, in no order; an empty filter is none at all."""
        wanted = {
            "filter": condition or EVERY_ROW,
            "output_fields": list(fields),
            "consistency_level": "Strong",
        }
        with self.asking():
            if self._connection.is_embedded:
                # Milvus Lite caps no answer, and has not all that an iterator calls.
                yield from self._client.query(collection, **wanted)
                return
            rows = self._client.query_iterator(collection, batch_size=_ROWS_PER_READ, **wanted)
            try:
                while batch := rows.next():
                    yield from batch
            finally:
                rows.close()

    def _prepare_collection(self, *, may_be_away: bool) -> None:
        with translating_errors(self._address):
            if self._client.has_collection(COLLECTION):
                self._check_format()
                try:
                    self.check_embeddings()
                except NoAnswer:  # it is looked at again before the first vector
                    if not may_be_away:
                        raise
            else:
                self._create_collection()
            # Milvus Lite opens its collections released.
            self._client.load_collection(COLLECTION)

    def _create_collection(self) -> None:
        described = self._described()
        dimension = described["dimension"]
        self._client.create_collection(
            COLLECTION,
            schema=build_schema(self._connection, dimension=dimension),
            index_params=build_indexes(self._connection, dense=dimension is not None),
            properties={
                FORMAT: CURRENT_FORMAT,
                EMBEDDINGS: json.dumps(described),
            },
        )
        self._are_embeddings_known = True

    def _check_format(self) -> None:
        described = self._client.describe_collection(COLLECTION)
        there = {field["name"] for field in described["fields"]}
        needed = {*TEXT_FIELDS, *NUMBER_FIELDS, *OPTIONAL_NUMBER_FIELDS}
        if self.registry.properties().get(FORMAT) != CURRENT_FORMAT or not needed <= there:
            where = "the folder" if self._connection.is_embedded else "its collection"
            name = self._address if self._connection.is_embedded else COLLECTION
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
