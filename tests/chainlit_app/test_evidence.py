"""What stands below an answer, as values."""

from typing import Any

import pytest

from chainlit_app.evidence import Notice, evidence
from chainlit_app.statement import on_lines
from serving.wire.answer import Answer, Citation, Query

PASSAGE = Citation(
    number=1,
    passage_id="p1",
    document_id="d1",
    collection="default",
    source="policy.pdf",
    title="Price policy",
    content_hash="0",
    page=2,
    section="Terms",
    text="Words.",
    score=3.14159,
)


def answer(**given: Any) -> Answer:
    values: dict[str, Any] = {
        "answer": "Yes.",
        "status": "answered",
        "route": "sql",
        "models": {},
        "thread_id": "t",
    }
    return Answer.model_validate({**values, **given})


def query(**given: Any) -> Query:
    values = {"number": 2, "database": "demo", "sql": "SELECT 1", "columns": ["a"], "rows": [[1]]}
    return Query.model_validate({**values, "truncated": False, "elapsed_s": 0.0, **given})


NOTICES: list[tuple[str, list[str], list[tuple[str, str]]]] = [
    ("answered", [], []),
    ("answered", ["One call was dropped."], [("notice", "One call was dropped.")]),
    ("unverified", ["No '70'.", "More."], [("unverified", "No '70'."), ("notice", "More.")]),
    ("unverified", [], [("unverified", "Part of this is not supported by the sources.")]),
    ("declined", [], [("declined", "Nothing was made up to fill the gap.")]),
]


@pytest.mark.parametrize(("status", "warnings", "said"), NOTICES)
def test_a_status_is_said_in_words(
    status: str, warnings: list[str], said: list[tuple[str, str]]
) -> None:
    shown: list[Notice] = evidence(answer(status=status, warnings=warnings), message="m").notices
    assert [(notice.kind, notice.text) for notice in shown] == said


def test_sources_say_where_they_are_and_how_near() -> None:
    given = answer(answer="Yes [1][2].", citations=[PASSAGE], queries=[query()])
    assert [(each.name, each.about) for each in evidence(given, message="m").sources] == [
        ("[1 Price policy, p. 2]", "Price policy · page 2 · Terms · policy.pdf · score 3.14"),
        ("[2 Query of demo]", "1 row"),
    ]


def test_a_result_says_what_speaks_for_it_and_what_it_leaves_out() -> None:
    known = {
        "confirmed": True,
        "confidence": 0.934,
        "verified": {
            "question": "How much?",
            "by": "Ann",
            "at": "2025-11-03",
            "filled": {"A": "B"},
        },
        "metrics": [{"name": "revenue", "expression": "SUM(price)"}],
        "meanings": {"state": {"p": "paid"}},
        "origins": [
            {"document_id": "d", "source": "Prices.xlsx", "sheet": "Kraft"},
            {"document_id": "e", "source": "stock.csv"},
        ],
        "truncated": True,
        "total_rows": 2336,
        "types": ["integer"],
    }
    given = answer(answer="Yes [2].", queries=[query(**known), query(number=3)])
    (shown,) = evidence(given, message="m").results  # what is not cited is seen in its step
    assert shown.badge == "Verified"
    assert shown.marks == [
        "Verified by Ann: “How much?”, 2025-11-03, with B for A",
        "Confirmed: a second reading of the question gave the same rows",
        "Likely to answer the question (93%)",
        "From Prices.xlsx, Kraft",
        "From stock.csv",
        "revenue = SUM(price)",
        "state: p is paid",
    ]
    assert shown.note == "These are the first 1 of 2,336 rows: the database's row limit."
    assert shown.caption == "Query of demo · the first 1 of 2,336 rows"
    assert shown.numeric == [True]


LONG = (
    "SELECT a, COUNT(*) FROM t JOIN u ON t.x = u.x WHERE b BETWEEN 1 AND 2 AND c = 'FROM x' "
    "AND d IN (SELECT d FROM v WHERE e = 1) GROUP BY a ORDER BY 2 DESC LIMIT 5"
)
STATEMENTS = [
    ("SELECT 1 FROM t", "SELECT 1 FROM t"),
    ("SELECT 1\nFROM t", "SELECT 1\nFROM t"),
    (
        LONG,
        "SELECT a, COUNT(*)\nFROM t\nJOIN u ON t.x = u.x\nWHERE b BETWEEN 1 AND 2\n"
        "  AND c = 'FROM x'\n  AND d IN (SELECT d FROM v WHERE e = 1)\nGROUP BY a\n"
        "ORDER BY 2 DESC\nLIMIT 5",
    ),
]


@pytest.mark.parametrize(("sql", "shown"), STATEMENTS)
def test_a_long_statement_stands_on_lines(sql: str, shown: str) -> None:
    assert on_lines(sql) == shown
