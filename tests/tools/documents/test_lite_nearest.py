"""Vector search by arrays against Milvus Lite's own."""

import importlib
import random
from collections.abc import Callable, Iterator
from pathlib import Path
from time import monotonic, sleep
from typing import Any, cast

import pytest

from tools.compat.milvus_lite import LiteCollection
from tools.documents.fields import vector_index_params
from tools.documents.lite import LiteClient, lite_vector_schema, open_lite
from tools.documents.lite_nearest import nearest_instead_of

DIMENSION = 8
NAME = "vectors"
FILTERS = ["", 'document_id in ["d1", "d3"]', 'document_id == "d9"']


@pytest.fixture(scope="module")
def client(tmp_path_factory: pytest.TempPathFactory) -> Iterator[LiteClient]:
    """Vectors some of which were replaced, some deleted, and one deleted without a flush."""
    opened = open_lite(str(tmp_path_factory.mktemp("nearest") / "lite.db"))
    opened.create_collection(
        NAME,
        schema=lite_vector_schema(dimension=DIMENSION),
        index_params=vector_index_params(),
        properties={},
    )
    opened.load_collection(NAME)
    opened.upsert(NAME, [_row(n, seed=n) for n in range(40)])
    opened.flush(NAME)
    opened.upsert(NAME, [_row(n, seed=100 + n) for n in range(5)])
    opened.delete(NAME, filter='document_id == "d2"')
    opened.flush(NAME)
    opened.delete(NAME, filter='id == "7"')
    _wait_for_one_segment(opened)
    yield opened
    opened.close()


def _wait_for_one_segment(client: LiteClient) -> None:
    """Lite merges segments in a thread of its own."""
    collection = LiteCollection(cast("Any", client)._collection(NAME))
    deadline = monotonic() + 30
    while len(collection.snapshot()[0]) > 1:
        assert monotonic() < deadline
        sleep(0.05)


@pytest.fixture
def theirs() -> Callable[..., Any]:
    engine: Any = importlib.import_module("milvus_lite.engine.collection")
    return engine.execute_search_with_index.replaces


def _row(number: int, *, seed: int) -> dict[str, Any]:
    numbers = random.Random(seed)  # noqa: S311
    dense = [numbers.gauss(0, 1) for _ in range(DIMENSION)]
    place = {"document_id": f"d{number % 5}", "collection": "c", "access": ""}
    return {"id": str(number), **place, "dense": dense}


def _search(client: LiteClient, condition: str, limit: int) -> list[tuple[str, float]]:
    [hits] = client.search(
        NAME,
        data=[_row(0, seed=777)["dense"]],
        anns_field="dense",
        search_params={"metric_type": "COSINE"},
        filter=condition,
        limit=limit,
        output_fields=["id"],
    )
    return [(hit["id"], round(hit["distance"], 3)) for hit in hits]


def _refuse(**_: object) -> Any:
    pytest.fail("It was left to Milvus Lite.")


@pytest.mark.parametrize("condition", FILTERS)
@pytest.mark.parametrize("limit", [3, 100])
def test_it_finds_what_milvus_lite_finds(
    client: LiteClient,
    theirs: Callable[..., Any],
    monkeypatch: pytest.MonkeyPatch,
    condition: str,
    limit: int,
) -> None:
    engine: Any = importlib.import_module("milvus_lite.engine.collection")
    monkeypatch.setattr(engine, "execute_search_with_index", nearest_instead_of(_refuse))
    ours = _search(client, condition, limit)
    monkeypatch.setattr(engine, "execute_search_with_index", theirs)
    assert ours == _search(client, condition, limit)
    assert bool(ours) == ("d9" not in condition)


def test_rows_that_no_flush_has_written_are_left_to_milvus_lite(tmp_path: Path) -> None:
    opened = open_lite(str(tmp_path / "lite.db"))
    opened.create_collection(
        NAME,
        schema=lite_vector_schema(dimension=DIMENSION),
        index_params=vector_index_params(),
        properties={},
    )
    opened.load_collection(NAME)
    opened.upsert(NAME, [_row(1, seed=777)])
    assert _search(opened, "", 5) == [("1", 1.0)]
    opened.close()
