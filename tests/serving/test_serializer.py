"""What checkpoints and evidence are written as."""

from datetime import date, datetime
from decimal import Decimal
from typing import Any

import pytest
from langchain_core.messages import AIMessage
from langgraph.checkpoint.serde.jsonplus import JsonPlusSerializer
from langgraph.types import Send
from psycopg.types.range import Range

from agent.calls import QueryCall, SearchCall
from agent.drafts import SqlDraft
from serving.conversations.checkpoints.serializer import OUR_TYPES, serializer
from tools.documents.passage import FoundPassage, Passage
from tools.sql.result import QueryResult

PASSAGE = Passage(
    id="p",
    document_id="d",
    collection="default",
    source="a.md",
    title="A",
    content_hash="c",
    ordinal=0,
    page=None,
    section="",
    text="text",
)
CELLS = (Decimal("1.5"), date(2025, 1, 2), datetime(2025, 1, 2, 3), b"x", None, "\ud800")  # noqa: DTZ001
ROWS = QueryResult("shop", "SELECT 1", ("a",), (CELLS,), truncated=False, elapsed_s=0.1)
WRITTEN = QueryCall("i", "How many?", "shop", written=SqlDraft("SELECT 1", {"in": 1}))
VALUES: list[Any] = [
    FoundPassage(PASSAGE, 0.5),
    ROWS,
    WRITTEN,
    {"calls": [SearchCall("i", "returns"), WRITTEN], 1: (2, 3), "usage": {"in": 4}},
    Send("query_database", {"call": WRITTEN}),
    [AIMessage("Hello."), {"a", "b"} & {"a"}],
    None,
    b"bytes",
    "text",
]


@pytest.mark.parametrize("value", VALUES, ids=lambda value: type(value).__name__)
def test_values_are_written_as_langgraph_writes_them(value: object) -> None:
    theirs = JsonPlusSerializer(allowed_msgpack_modules=OUR_TYPES)
    assert serializer().dumps_typed(value) == theirs.dumps_typed(value)


def test_our_values_come_back() -> None:
    ours = serializer()
    kept = [FoundPassage(PASSAGE, 0.5), WRITTEN]
    assert ours.loads_typed(ours.dumps_typed(kept)) == kept


@pytest.mark.parametrize(
    ("cell", "kept"),
    [
        (2**63, 2**63),
        (2**64, "18446744073709551616"),
        (-(2**100), str(-(2**100))),
        ([1, 2**70], [1, str(2**70)]),
        ({"a": 2**70}, {"a": str(2**70)}),
        (Range(1, 2), "[1, 2)"),
    ],
    ids=str,
)
def test_a_cell_of_a_kind_that_is_not_known_is_kept_as_it_is_shown(cell: Any, kept: object) -> None:
    ours = serializer()
    rows = QueryResult("shop", "SELECT 1", ("a",), ((cell,),), truncated=False, elapsed_s=0.1)
    assert ours.loads_typed(ours.dumps_typed([rows]))[0].rows == [[kept]]
