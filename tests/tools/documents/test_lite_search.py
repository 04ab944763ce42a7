from collections.abc import Callable
from datetime import UTC, datetime
from importlib.metadata import version
from typing import Any, cast

import pytest

from tools.compat.milvus_lite import KNOWN
from tools.documents.lite_search import instead_of
from tools.documents.passage import Document, Passage
from tools.documents.store import DocumentStore

ADJECTIVES = ("cold", "warm", "cold", "liquid", "dry")
NOUNS = ("rack", "aisle", "pump", "rack", "valve", "fan", "rack")
QUERIES = ("cold rack", "liquid pump valve", "fan", "warm aisle warm", "nothing like that")
FIELDS = ["id", "document_id", "text", "page"]

Hits = list[list[dict[str, Any]]]


def test_search_by_arrays_is_written_for_the_milvus_lite_that_is_locked() -> None:
    assert version("milvus-lite").startswith(KNOWN), (
        "Look through tools/compat/milvus_lite.py with this Milvus Lite, then set KNOWN."
    )


@pytest.mark.parametrize("query", QUERIES)
@pytest.mark.parametrize("expr", [None, 'document_id in ["d1", "d3"]', 'document_id == "d9"'])
def test_it_finds_what_milvus_lite_finds(
    lite: Any, theirs: Callable[..., Hits], query: str, expr: str | None
) -> None:
    # As many as there are: which of two equals comes first is nobody's promise.
    asked = _asked(query, expr=expr)
    ours = instead_of(_refuse)(lite, **asked)
    assert _rounded(ours) == _rounded(theirs(lite, **asked))


def test_it_returns_the_best_of_them_with_the_fields_that_were_asked_for(lite: Any) -> None:
    search = instead_of(_refuse)
    [every] = search(lite, **_asked("cold rack"))
    [best] = search(lite, **_asked("cold rack", top_k=3))
    assert [hit["distance"] for hit in best] == [hit["distance"] for hit in every[:3]]
    assert set(best[0]["entity"]) == set(FIELDS) - {"id"}


def test_rows_that_no_flush_has_written_are_left_to_milvus_lite(
    store: DocumentStore, theirs: Callable[..., Hits]
) -> None:
    _write(store, "d1")
    collection = _collection_of(store)
    assert instead_of(lambda *_, **__: [])(collection, **_asked("cold rack")) == []
    store.flush()
    assert instead_of(_refuse)(collection, **_asked("cold rack"))[0]


@pytest.fixture(scope="module")
def lite(tmp_path_factory: pytest.TempPathFactory) -> Any:
    """Lite's collection of a store in which some have been replaced and some deleted."""
    store = DocumentStore.open(tmp_path_factory.mktemp("lite") / "milvus.db")
    for document_id in ("d0", "d1", "d2", "d3"):
        _write(store, document_id)
    store.flush()
    _write(store, "d1", version="second", passages=9)
    store.delete("d2")
    store.flush()
    store.delete("d0")  # a deletion that no flush has written yet
    yield _collection_of(store)
    store.close()


@pytest.fixture(scope="module")
def theirs(lite: Any) -> Callable[..., Hits]:
    return cast(Callable[..., Hits], type(lite)._search_sparse.replaces)


def _write(
    store: DocumentStore, document_id: str, *, version: str = "first", passages: int = 25
) -> None:
    document = Document(
        id=document_id,
        collection="c",
        source=f"{document_id}.txt",
        title="",
        content_hash=version,
        passages=passages,
        ingested_at=datetime.now(UTC),
        language="en",
    )
    store.write(
        document,
        [
            Passage(
                id=f"{document_id}-{version}-{number}",
                document_id=document_id,
                collection="c",
                source=document.source,
                title="",
                content_hash=version,
                ordinal=number,
                page=number or None,
                section="",
                text=f"{ADJECTIVES[number % 5]} {NOUNS[number % 7]} " * (1 + number % 3)
                + "of the hall " * (number % 4)
                + f"{document_id}x{number}",
            )
            for number in range(passages)
        ],
    )


def _collection_of(store: Any) -> Any:
    return store._client._database.get_collection("docsql_passages")


def _asked(query: str, *, expr: str | None = None, top_k: int = 500) -> dict[str, Any]:
    return {
        "query_vectors": [query],
        "vector_field": "sparse",
        "top_k": top_k,
        "metric_type": "BM25",
        "partition_names": None,
        "expr": expr,
        "output_fields": FIELDS,
        "timezone": None,
    }


def _rounded(hits: Hits) -> dict[str, Any]:
    [found] = hits
    return {hit["id"]: (pytest.approx(hit["distance"], rel=1e-5), hit["entity"]) for hit in found}


def _refuse(*_: object, **__: object) -> Hits:
    raise AssertionError("This search was to be answered by arrays.")
