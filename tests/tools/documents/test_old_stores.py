"""A store that another version wrote is refused when it is opened, and the message says what to do."""

import json
from collections.abc import Collection
from pathlib import Path
from typing import Any

import pytest

from tools.documents.embedding import describe_model
from tools.documents.fields import TEXT_FIELDS
from tools.documents.milvus import build_indexes, build_schema, connect
from tools.documents.registry import CURRENT_FORMAT, EMBEDDINGS, FORMAT
from tools.documents.store import DocumentStore
from tools.errors import Unavailable


def test_a_store_of_today_opens(tmp_path: Path) -> None:
    _write_store(tmp_path / "milvus.db")
    with DocumentStore.open(tmp_path / "milvus.db") as store:
        assert store.documents() == []


@pytest.mark.parametrize("missing", ["language", "access", "modified_at"])
def test_a_store_without_a_field_that_was_added_since(tmp_path: Path, missing: str) -> None:
    _write_store(tmp_path / "milvus.db", without=[missing])
    _assert_refused(tmp_path / "milvus.db")


def test_a_store_in_another_format(tmp_path: Path) -> None:
    _write_store(tmp_path / "milvus.db", written_as="1")
    _assert_refused(tmp_path / "milvus.db")


def _assert_refused(path: Path) -> None:
    with pytest.raises(Unavailable) as refusal:
        DocumentStore.open(path)
    assert str(refusal.value) == (
        f"The vector store at {path} was written by another version of DocSQL. Delete the folder "
        f"'{path}' and ingest the documents again, or point DOCSQL_DOCUMENTS__URI at a new place."
    )


def _write_store(
    path: Path, *, without: Collection[str] = (), written_as: str = CURRENT_FORMAT
) -> None:
    assert set(without) <= {*TEXT_FIELDS, "modified_at"}
    connection = connect(path)
    schema: Any = build_schema(connection, dimension=None)
    schema.fields = [field for field in schema.fields if field.name not in without]
    client: Any = connection.client
    client.create_collection(
        "docsql_passages",
        schema=schema,
        index_params=build_indexes(connection, dense=False),
        properties={FORMAT: written_as, EMBEDDINGS: json.dumps(describe_model(None))},
    )
    connection.close()
