"""Where a document says something else than the rows that answer, the answer says so."""

import pytest
from machine_bench import ADA, FakeDocuments, Start, passage
from scripted_chat import calls

from agent.ahead import EarlySearch
from agent.calls import QUERY_DATABASE
from agent.once import once_a_turn
from agent.support.contradiction import contradiction
from tools.caller import Caller
from tools.errors import Unavailable
from tools.sql.cells import Cell
from tools.sql.run import QueryResult

OPENED = "When was the region Penang opened?"
SOLD = "How much was sold in Oslo?"
SUM = "SELECT SUM(amount) AS total FROM sale WHERE city = 'Oslo'"
QUERY = ("query_database", {"question": SOLD, "database": "shop"})


def rows(*cells: Cell, times: int = 1) -> QueryResult:
    columns = tuple(f"c{n}" for n in range(len(cells)))
    return QueryResult(
        "shop", "SELECT 1", columns, (cells,) * times, truncated=False, elapsed_s=0.0
    )


OTHERWISE: list[tuple[str, QueryResult, str]] = [
    (OPENED, rows("2024-05-13"), "The region Penang was opened on 3 June 2024."),
    (OPENED, rows("Penang", "2024-05-13", "PEN1"), "The Penang region opened on 3 June 2024."),
    ("What does the Beck 80 cost?", rows(3150), "The Beck 80 costs 2,950 US dollars."),
    ("How many vCPUs has the G2?", rows(96), "The G2 has 64 vCPUs."),
    ("How many customers do we have?", rows(220), "Tarnwick Systems has 205 customers."),
    ("How many customers are in Germany?", rows(39), "In Germany, 45 of the customers are."),
    ("Wie viele Kunden haben wir?", rows(220), "Die Firma hat 205 Kunden."),
]
ALIKE: list[tuple[str, QueryResult, str]] = [
    (OPENED, rows("2024-05-13"), "The region Penang was opened on 13 May 2024."),
    (OPENED, rows("2024-05-13"), "The region Galway was opened on 3 June 2022."),
    (OPENED, rows("2024-05-13", times=2), "The region Penang was opened on 3 June 2024."),
    ("How many vCPUs has the G2?", rows(96), "The G2 has 96 vCPUs on 2 processors."),
    ("How many prices are there?", rows(231), "No price was changed on 1 March."),
    ("How many prices are there?", rows(231), "Prices were last changed in 2026."),
    ("How many orders are pending?", rows(7), "| orders pending | 14 |"),
    (
        "How many orders are pending?",
        rows(7),
        "Orders that stay pending without payment are cancelled by our sales desk after 14 days.",
    ),
    ("", rows(7), "There are 8."),
]


@pytest.mark.parametrize(("question", "found", "sentence"), OTHERWISE)
def test_a_sentence_that_says_otherwise_is_found(
    question: str, found: QueryResult, sentence: str
) -> None:
    said = contradiction(question, found, [passage(f"It is known. {sentence} And so on.")])
    assert said is not None
    assert said.sentence == sentence


@pytest.mark.parametrize(("question", "found", "sentence"), ALIKE)
def test_a_sentence_that_agrees_or_is_about_something_else_is_none(
    question: str, found: QueryResult, sentence: str
) -> None:
    assert contradiction(question, found, [passage(sentence)]) is None


async def test_the_answer_names_and_cites_what_contradicts_it(start: Start) -> None:
    said = {"decide": [calls(QUERY)], "write_sql": [SUM], "answer": ["42 was sold in Oslo [1]."]}
    documents = FakeDocuments([passage("In Oslo, 50 was sold.", name="press")])
    bench = start(said, documents=documents)
    state = await bench.ask(SOLD)
    assert state["answer"] == (
        "42 was sold in Oslo [1].\n\nA document says otherwise (Press): In Oslo, 50 was sold. [2]"
    )
    assert (state["status"], state["used"]) == ("answered", [QUERY_DATABASE])
    assert [type(one).__name__ for one in await bench.ledger.read(state["evidence"])] == [
        "QueryResult",
        "FoundPassage",
    ]
    assert documents.asked == [("ada", SOLD)]  # on the caller's behalf


async def test_documents_that_were_searched_ahead_are_not_searched_again(start: Start) -> None:
    said = {"decide": [calls(QUERY)], "write_sql": [SUM], "answer": ["42 was sold in Oslo [1]."]}
    documents = FakeDocuments([passage("In Oslo, 50 was sold.", name="press")])
    bench = start(said, documents=documents)
    with once_a_turn():
        await EarlySearch(documents, SOLD, Caller(id="bob"), None, limit=6).passages()
        await EarlySearch(documents, SOLD, ADA, None, limit=6).passages()
        state = await bench.ask(SOLD)
    assert "A document says otherwise (Press)" in state["answer"]
    assert documents.asked == [("bob", SOLD), ("ada", SOLD)]  # each caller sees what is theirs


@pytest.mark.parametrize(
    ("mode", "error"), [("sql", None), ("auto", Unavailable("Milvus is away."))]
)
async def test_documents_that_may_not_or_cannot_be_asked_change_nothing(
    start: Start, mode: str, error: Exception | None
) -> None:
    said = {"decide": [calls(QUERY)], "write_sql": [SUM], "answer": ["42 was sold in Oslo [1]."]}
    documents = FakeDocuments([passage("In Oslo, 50 was sold.")], error=error)
    state = await start(said, documents=documents).ask(SOLD, mode=mode)
    assert (state["answer"].strip(), state["status"]) == ("42 was sold in Oslo [1].", "answered")
    assert state["warnings"] == []
