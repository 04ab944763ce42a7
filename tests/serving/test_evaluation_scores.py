"""Verdicts and scores of answers, and the sets they are read from."""

import json
from pathlib import Path
from typing import Any

import pytest
from evaluated import answer, cited, query

from serving.evaluation.case import SetCase, Spot, accepted, read_set
from serving.evaluation.record import Expected, ExpectedTable, Record
from serving.evaluation.verdict import Verdict, score, summarise
from serving.wire.answer import Answer, Query
from tools.errors import BadInput

SAID = SetCase(id="a", question="?", says=(r"\b1234\b",))
CITED = SetCase(id="c", question="?", says=(r"\b2\b",))
ROWS = SetCase(id="r", question="?", rows=((2,),))
PLACE = SetCase(id="p", question="?", spans=(Spot(source="faq.md", text="21 days"),))
UNKNOWN = SetCase(id="u", question="?", declined=True)
TALK = SetCase(id="t", question="?", routes=("chat",))
RIGHT_ROWS = Expected(id="r", tables=[ExpectedTable(columns=["n"], rows=[[2]])])


def verdict(case: SetCase, told: Answer | None, expected: Expected | None = None) -> Verdict:
    return score(case, Record(id=case.id, answer=told, error="Away."), expected).verdict


@pytest.mark.parametrize(
    ("case", "status", "said", "fell"),
    [
        (SAID, "answered", "There are 1,234 [1].", "right"),
        (SAID, "unverified", "There are 1234.", "right, unverified"),
        (SAID, "answered", "There are 12,345 [1].", "wrong"),
        (CITED, "answered", "It holds much [2].", "wrong"),  # a citation says nothing
        (SAID, "unverified", "There are 12.", "unverified"),
        (SAID, "declined", "I could not find 1234.", "declined"),
        (SAID, "needs_approval", "1234", "failed"),
        (UNKNOWN, "declined", "I could not find it.", "right"),
        (UNKNOWN, "answered", "It is 5.", "wrong"),
        (UNKNOWN, "unverified", "It is 5.", "unverified"),
        (TALK, "answered", "Hello.", "wrong"),
        (TALK, "declined", "I could not find it.", "declined"),
    ],
)
def test_a_verdict_is_of_the_status_and_of_what_is_said(
    case: SetCase, status: str, said: str, fell: Verdict
) -> None:
    assert verdict(case, answer(said, status)) == fell


def test_small_talk_is_right_where_it_was_taken_for_that() -> None:
    assert verdict(TALK, answer("Hello.", route="chat")) == "right"


def test_a_question_without_an_answer_failed() -> None:
    failed = score(SAID, Record(id="a", error="Away."), None)
    assert (failed.verdict, failed.why, failed.scores) == ("failed", "Away.", {})


@pytest.mark.parametrize(
    ("text", "queries", "fell", "why"),
    [
        ("2 [1].", [query(1, 2)], "right", ""),
        ("2 [2].", [query(1, 3), query(2, 2)], "right", ""),
        ("2.", [query(1, 3), query(2, 2)], "right", ""),  # none is cited: any may be it
        ("3 [1].", [query(1, 3), query(2, 2)], "wrong", "Missing: 2"),
        ("2.", [], "wrong", "No statement ran."),
    ],
)
def test_rows_decide_where_nothing_has_to_be_said(
    text: str, queries: list[Query], fell: Verdict, why: str
) -> None:
    found = score(ROWS, Record(id="r", answer=answer(text, queries=queries)), RIGHT_ROWS)
    assert found.verdict == fell
    assert why in found.why
    assert found.scores["rows"] == (fell == "right")


def test_a_passage_decides_where_neither_does() -> None:
    right, other = cited(1, "Within 21\ndays."), cited(1, "Within 21 days.", source="news.md")
    assert verdict(PLACE, answer("In time [1].", citations=[right])) == "right"
    assert verdict(PLACE, answer("In time [1].", citations=[other])) == "wrong"


def test_what_was_found_is_measured_apart_from_what_is_cited() -> None:
    spans = (
        Spot(source="faq.md", page=2, text="21 days"),
        Spot(source="faq.md", page=9, text="x"),
    )
    case = SetCase(id="p", question="?", spans=spans)
    found = [cited(1, "No."), cited(2, "Within 21 days.", page=2), cited(3, "Other.", page=9)]
    told = answer("Soon [1].", citations=[found[0]], route="documents")
    scores = score(case, Record(id="p", answer=told, found=found), None).scores
    assert scores["document recall"] == 1.0
    assert scores["page recall"] == 1.0
    assert scores["passage recall"] == 0.5
    assert scores["cited"] == 0.0
    assert scores["nDCG"] == pytest.approx(0.3869, abs=1e-4)


@pytest.mark.parametrize(
    ("text", "scores"),
    [
        ("A return takes 21 days [1].", {"numbers": 1.0, "supported": 1.0, "stands": 1.0}),
        ("A return takes 35 days [1].", {"numbers": 0.0, "supported": 0.0, "stands": 1.0}),
        # The number is in the evidence, and not in what is cited for it.
        ("A return takes 21 days [2].", {"numbers": 1.0, "supported": 0.0, "stands": 1.0}),
        (
            "Volcanoes erupt violently nowadays [1].",
            {"numbers": 1.0, "supported": 0.0, "stands": 1.0},
        ),
        ("A return takes 21 days.", {"numbers": 1.0, "stands": 1.0}),
    ],
)
def test_citations_have_to_bear_out_their_sentences(text: str, scores: dict[str, float]) -> None:
    passages = [cited(1, "A return takes 21 days."), cited(2, "A refund takes five days.")]
    record = Record(id="a", answer=answer(text, citations=passages), stands={1: True, 2: True})
    found = score(SAID, record, None).scores
    assert {name: found[name] for name in found if name != "said"} == scores


def test_the_whole_costs_what_wrong_answers_cost() -> None:
    told = ["1234", "1234", "5", "none"]
    status = ["answered", "unverified", "answered", "declined"]
    records = [
        Record(id="a", answer=answer(*one), seconds=n)
        for n, one in enumerate(zip(told, status, strict=True))
    ]
    scored = [score(SAID, record, None) for record in records]
    assert summarise(scored, penalty=1).points == 0.25
    assert summarise(scored, penalty=4).points == -0.5
    whole = summarise(scored, penalty=1)
    assert (whole.right, whole.wrong, whole.seconds) == (0.5, 0.25, (1.0, 3.0))


def test_an_answers_confidence_is_that_of_its_weakest_statement() -> None:
    ran = [query(1, 2, confidence=0.9), query(2, 2, confidence=0.6), query(3, 2, confidence=0.1)]
    record = Record(id="r", answer=answer("2 [1], 3 [2].", queries=ran))
    assert score(ROWS, record, RIGHT_ROWS).confidence == 0.6
    assert score(UNKNOWN, Record(id="u", answer=answer("No.")), None).confidence is None


@pytest.mark.parametrize(
    ("lines", "said"),
    [
        ([{"id": "a", "question": "?", "accepted": True}], "has no expected answer"),
        ([{"id": "a", "question": "?", "says": "("}], "is not a pattern"),
        (
            [{"id": "a", "question": "?", "declined": True, "says": "x"}],
            "cannot have a right answer",
        ),
        ([{"id": "a", "question": "?", "sql": "SELECT 1", "rows": [[1]]}], "not both"),
        ([{"id": "a", "question": "?", "expected": 1}], "line 1: there is no field 'expected'"),
        ([{"id": "a", "question": "?"}] * 2, "several cases have the id 'a'"),
        ([{"id": "a", "question": "?"}], "No case of"),
    ],
)
def test_a_set_that_cannot_be_used_says_why(
    tmp_path: Path, lines: list[dict[str, Any]], said: str
) -> None:
    path = tmp_path / "set.jsonl"
    path.write_text("\n".join(map(json.dumps, lines)), encoding="utf-8")
    with pytest.raises(BadInput, match=said.replace("(", r"\(")):
        accepted(read_set(path), path)
