import re
from collections import Counter
from collections.abc import Callable, Iterator
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest
from pydantic import BaseModel, ConfigDict

from agent.support import Span, mark, unsupported
from agent.toolbox import Evidence
from tools.documents.passage import FoundPassage, Passage
from tools.sql.run import QueryResult
from tools.sql.source import Value

# Numbers that are claims by their looks: no part of a date, a name, a time or a citation.
NUMBER = re.compile(r"(?<![\w.,:/\[-])(?<!\[\d, )\d[\d.,]*(?<![.,])%?(?![\w/:\]-])(?!, \d\])")
FIXTURES = Path(__file__).parents[1] / "fixtures" / "support"

# What a case file writes as a string, by the type that the driver would give.
READERS: dict[str, Callable[[str], Value]] = {
    "decimal": Decimal,
    "date": date.fromisoformat,
    "datetime": datetime.fromisoformat,
}


class Case(BaseModel):
    """An answer and the texts in it that are invented.

    `missed` are inventions that the rules let pass, `false_alarms` honest texts that they doubt;
    `why` says what keeps them so. In a case that `is_structured`, digits number or quote.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    id: str
    question: str
    evidence: tuple[str, ...]
    answer: str
    invented: tuple[str, ...] = ()
    missed: tuple[str, ...] = ()
    false_alarms: tuple[str, ...] = ()
    why: str = ""
    is_structured: bool = False


class Item(BaseModel):
    """A passage (with `text`) or a query result (with `sql`) that cases name as evidence."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    name: str
    title: str = ""
    section: str = ""
    page: int | None = None
    source: str = ""
    text: str = ""
    database: str = ""
    sql: str = ""
    columns: tuple[str, ...] = ()
    types: tuple[str, ...] = ()
    rows: tuple[tuple[str | int | float | bool | None, ...], ...] = ()
    truncated: bool = False


def read_cases() -> list[Case]:
    lines = (FIXTURES / "cases.jsonl").read_text(encoding="utf-8").splitlines()
    return [Case.model_validate_json(line) for line in lines]


def read_evidence() -> dict[str, Evidence]:
    lines = (FIXTURES / "evidence.jsonl").read_text(encoding="utf-8").splitlines()
    return {(item := Item.model_validate_json(line)).name: evidence_of(item) for line in lines}


def evidence_of(item: Item) -> Evidence:
    if item.sql:
        rows = tuple(
            tuple(
                READERS[kind](str(cell)) if kind in READERS and cell is not None else cell
                for kind, cell in zip(item.types, row, strict=True)
            )
            for row in item.rows
        )
        return QueryResult(item.database, item.sql, item.columns, rows, item.truncated, 0.01)
    passage = Passage(
        id=item.name,
        document_id=item.name,
        collection="default",
        source=item.source,
        title=item.title,
        content_hash="",
        ordinal=0,
        page=item.page,
        section=item.section,
        text=item.text,
    )
    return FoundPassage(passage, 1.0)


CASES = read_cases()
EVIDENCE = read_evidence()


def check(case: Case, answer: str | None = None) -> list[Span]:
    return unsupported(
        case.answer if answer is None else answer,
        question=case.question,
        evidence=[EVIDENCE[name] for name in case.evidence],
    )


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.id)
def test_an_answer_is_doubted_where_the_case_says(case: Case) -> None:
    expected = [*(t for t in case.invented if t not in case.missed), *case.false_alarms]
    assert sorted(span.text for span in check(case)) == sorted(expected)


def test_of_the_inventions_in_the_cases_four_are_missed_and_six_honest_claims_doubted() -> None:
    """The trial behind the design caught 20 of 24 (83%) inventions with 2 false alarms."""
    spans = {case.id: Counter(span.text for span in check(case)) for case in CASES}
    invented = sum(len(case.invented) for case in CASES)
    caught = sum((spans[case.id] & Counter(case.invented)).total() for case in CASES)
    false_alarms = sum((spans[case.id] - Counter(case.invented)).total() for case in CASES)
    assert (len(CASES), invented, caught, false_alarms) == (123, 57, 53, 6)


def test_known_misses_and_false_alarms_say_why() -> None:
    assert all(case.why for case in CASES if case.missed or case.false_alarms)


def test_of_numbers_whose_digits_are_moved_nine_in_ten_are_doubted() -> None:
    """Inventions that nobody chose: each number of the honest cases in eight wrong forms."""
    doubted = [is_doubted for case in CASES for is_doubted in doubts_about_moved_digits(case)]
    assert len(doubted) > 900
    assert sum(doubted) / len(doubted) > 0.9


def doubts_about_moved_digits(case: Case) -> Iterator[bool]:
    if case.invented or case.false_alarms or case.is_structured:
        return
    for match in NUMBER.finditer(case.answer):
        for by in range(1, 9):
            moved = "".join(c if c in "0.,%" else str((int(c) - 1 + by) % 9 + 1) for c in match[0])
            answer = case.answer[: match.start()] + moved + case.answer[match.end() :]
            end = match.start() + len(moved)
            yield any(span.start < end and span.end > match.start() for span in check(case, answer))


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.id)
def test_spans_are_in_order_and_are_what_the_answer_has_there(case: Case) -> None:
    end = 0
    for span in check(case):
        assert span.start >= end
        assert span.text == case.answer[span.start : span.end]
        end = span.end


@pytest.mark.parametrize(
    ("answer", "reason"),
    [
        ("It lasts 48 months [1].", "number"),
        ("The fee is 15% [1].", "percentage"),
        ("It began on 2 May 1999 [1].", "date"),
        ("Use INV-00124 [1].", "identifier"),
        ("It lasts 36 months [7].", "citation"),
        ("36 - 30 = 8 [1]", "equation"),
    ],
)
def test_a_span_says_what_kind_of_claim_it_is(answer: str, reason: str) -> None:
    spans = unsupported(answer, question="After 30 months?", evidence=[EVIDENCE["warranty"]])
    assert [span.reason for span in spans] == [reason]


def test_doubted_spans_are_marked_where_they_stand() -> None:
    answer = "**48 months** from INV-00123 [1][2]."
    spans = unsupported(answer, question="How long?", evidence=[EVIDENCE["warranty"]])
    assert mark(answer, spans) == "**\u27e648?\u27e7 months** from INV-00123 [1]\u27e6[2]?\u27e7."
    assert mark(answer, []) == answer


@pytest.mark.parametrize(
    "answer", ["1," * 9_999, "A " * 9_999, "A-" * 9_999, "1+(" * 9_999 + "=6", "[1," * 9_999, "```"]
)
def test_an_answer_that_makes_no_sense_is_read_all_the_same(answer: str) -> None:
    assert isinstance(unsupported(answer, question=answer, evidence=[EVIDENCE["sales"]]), list)


CARD = UUID("6f1c2d3e-0a4b-4c5d-8e9f-102030405060")
VALUES: list[tuple[Any, str, list[str]]] = [
    (5500000000000004, "It is 5500000000000004.", []),
    ("5500000000000004", "It is 5500 0000 0000 0004.", []),
    ("5500 0000 0000 0004", "It is 5500-0000-0000-0004.", []),
    (5500000000000004, "It is 5500000000000014.", ["5500000000000014"]),
    (Decimal("1234567890123456.78"), "It is 1234567890123456.78.", []),
    (Decimal("1234567890123456.78"), "It is 1234567890124456.78.", ["1234567890124456.78"]),
    (CARD, f"It is {CARD}.", []),
    (str(CARD), f"It is {CARD!s}.".upper(), []),
    (time(8, 30), "It opens at 8:30.", []),
    (time(8, 30), "It opens at 9:30.", ["9:30"]),
    (timedelta(hours=26, minutes=5), "It took 26:05:00, which is 26 hours and 5 minutes.", []),
    (timedelta(hours=26, minutes=5), "It took 26 hours and 15 minutes.", ["26", "15"]),
    ("01:30:00", "It took 90 minutes, or 1.5 hours.", []),
    ("3 days 04:00:00", "It took 3 days, 4 hours.", []),
    ("1 year 2 mons", "It lasts 14 months.", []),
    ("1 mon", "It lasts 30 days.", ["30"]),
]


@pytest.mark.parametrize(("value", "answer", "doubted"), VALUES)
def test_a_value_is_borne_out_however_it_is_written(
    value: Any, answer: str, doubted: list[str]
) -> None:
    evidence = QueryResult(
        "demo", "SELECT x FROM t", ("x",), ((value,),), truncated=False, elapsed_s=0.01
    )
    spans = unsupported(answer, question="What is it?", evidence=[evidence])
    assert [span.text for span in spans] == doubted


@pytest.mark.parametrize(
    ("answer", "doubted"),
    [
        ("Here are the first 1,000 orders; there are more.", []),
        ("More than 1000 orders match.", []),
        ("There are 1,000 orders.", ["1,000"]),
        ("Here are the first 900 orders.", ["900"]),
    ],
)
def test_rows_that_were_cut_off_are_no_count(answer: str, doubted: list[str]) -> None:
    rows = tuple((f"order {letter}",) for letter in "ab" * 500)
    evidence = QueryResult("demo", "SELECT x FROM t", ("x",), rows, truncated=True, elapsed_s=0.01)
    spans = unsupported(answer, question="Which orders?", evidence=[evidence])
    assert [span.text for span in spans] == doubted
