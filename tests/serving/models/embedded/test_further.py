"""Questions of two clauses to documents: each is answered, or said to be open."""

from collections.abc import Sequence
from functools import partial

import pytest

from serving.models.embedded.chat.clauses import clauses_of, document_clauses
from serving.models.embedded.chat.further import further_quotes
from serving.models.embedded.chat.heard import Quotable
from serving.models.embedded.chat.quotations import Quotation, quotations

PENALTY = "The supplier pays a penalty of 0.5 percent of the value of a late lot."
FORCE = "No penalty is due if the delay was caused by force majeure."
HANDS = "Claims are submitted within 60 days of the end of a trip."
APPROVED = "Trips are approved by the head of sales."
CONTRACT = Quotable(1, "Contract", "", f"{PENALTY} {FORCE}")
POLICY = Quotable(2, "Travel policy", "Claims", f"{HANDS} {APPROVED}")
ALL = [CONTRACT, POLICY]


def _quote(
    clause: str, hints: str, passages: Sequence[Quotable]
) -> tuple[Sequence[Quotation], float | None]:
    return quotations(clause, passages, hints=hints), None


@pytest.mark.parametrize(
    ("question", "told", "is_open"),
    [
        ("What is the penalty for a late lot and when is no penalty due?", {PENALTY, FORCE}, False),
        (
            "Who approves trips and within how many days are claims submitted?",
            {HANDS, APPROVED},
            False,
        ),
        ("When are claims submitted and who painted the foundry?", {HANDS}, True),
        ("When are claims submitted?", {HANDS}, False),
    ],
)
def test_each_clause_is_answered_or_open(question: str, told: set[str], *, is_open: bool) -> None:
    first = quotations(question, ALL)[:1]
    more = further_quotes(question, first, partial(_quote, passages=ALL))
    said = " ".join(one.text for one in (*first, *more.found))
    assert {one for one in (PENALTY, FORCE, HANDS, APPROVED) if one in said} >= told
    assert more.is_rest_open is is_open


def test_german_clauses_are_parted_for_documents_alone() -> None:
    question = "Wie hoch ist die Miete und bis wann muss sie gezahlt werden?"
    assert document_clauses(question) == [
        "Wie hoch ist die Miete",
        "bis wann muss sie gezahlt werden?",
    ]
    assert clauses_of(question) == [question]
