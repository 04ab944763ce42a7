"""Reading by a filter with arrays against Milvus Lite's own."""

from collections.abc import Callable, Iterator
from pathlib import Path
from time import monotonic, sleep
from typing import Any, cast

import pytest

from tools.compat.milvus_lite import LiteCollection
from tools.documents.fields import vector_index_params
from tools.documents.lite import LiteClient, lite_vector_schema, open_lite
from tools.documents.lite_query import query_instead_of

NAME = "vectors"
CASES = [
    (None, None),
    ('document_id in ["d1", "d3"]', None),
    ('document_id in ["d1", "d3"]', 2),
    ('id in ["9", "8", "2"] and collection == "c"', None),
    ('document_id == "d9"', None),
]


@pytest.fixture(scope="module")
def collection(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Any]:
    """Rows some of which were replaced, some deleted, and one deleted without a flush."""
    opened = _opened(tmp_path_factory.mktemp("query"))
    opened.upsert(NAME, [_row(n, collection="c") for n in range(20)])
    opened.flush(NAME)
    opened.upsert(NAME, [_row(n, collection="other") for n in range(3)])
    opened.delete(NAME, filter='document_id == "d2"')
    opened.flush(NAME)
    opened.delete(NAME, filter='id == "8"')
    found = _collection_of(opened)
    deadline = monotonic() + 30
    while len(LiteCollection(found).snapshot()[0]) > 1:  # Lite merges them in a thread of its own
        assert monotonic() < deadline
        sleep(0.05)
    yield found
    opened.close()


@pytest.mark.parametrize(("expr", "limit"), CASES)
@pytest.mark.parametrize("fields", [["id"], ["document_id", "collection"], ["dense"]])
def test_it_reads_what_milvus_lite_reads(
    collection: Any, expr: str | None, limit: int | None, fields: list[str]
) -> None:
    theirs = cast("Callable[..., Any]", type(collection).query.replaces)
    asked = {"output_fields": fields, "limit": limit}
    ours = query_instead_of(_refuse)(collection, expr, **asked)
    assert ours == theirs(collection, expr, **asked)
    assert bool(ours) == ("d9" not in (expr or ""))


def test_a_row_that_was_read_before_is_read_the_same_whatever_became_of_it(
    collection: Any,
) -> None:
    ask = query_instead_of(_refuse)
    wanted, fields = 'id in ["9", "10", "11"]', ["document_id", "collection"]
    first = ask(collection, 'id in ["9", "10"]', output_fields=fields)
    for row in first:
        row["collection"] = "changed by whoever asked"
    theirs = cast("Callable[..., Any]", type(collection).query.replaces)
    assert ask(collection, wanted, output_fields=fields) == theirs(
        collection, wanted, output_fields=fields
    )


def test_rows_that_no_flush_has_written_are_left_to_milvus_lite(tmp_path: Path) -> None:
    opened = _opened(tmp_path)
    opened.upsert(NAME, [_row(1, collection="c")])
    assert opened.query(NAME, filter='id == "1"', output_fields=["document_id"]) == [
        {"document_id": "d1", "id": "1"}
    ]
    opened.close()


def _opened(folder: Path) -> LiteClient:
    opened = open_lite(str(folder / "lite.db"))
    opened.create_collection(
        NAME,
        schema=lite_vector_schema(dimension=2),
        index_params=vector_index_params(),
        properties={},
    )
    opened.load_collection(NAME)
    return opened


def _collection_of(client: LiteClient) -> Any:
    return cast("Any", client)._collection(NAME)


def _row(number: int, *, collection: str) -> dict[str, Any]:
    place = {"document_id": f"d{number % 5}", "collection": collection, "access": ""}
    return {"id": str(number), **place, "dense": [number, 1.0]}


def _refuse(*_: object, **__: object) -> Any:
    pytest.fail("It was left to Milvus Lite.")
