"""Passages of others than the question names."""

import pytest

from serving.models.embedded.chat.heard import Quotable
from serving.models.embedded.chat.named import of_the_named
from serving.models.embedded.chat.quotations import quotations

OFFICER = "The data protection officer is Ada Reeve."
VETS = Quotable(1, "Data protection", "", OFFICER, 0.7, "larkmere/data protection.txt")
MILL = Quotable(
    2, "Annual report", "Directors", "The finance director is Jan Holt.", 0.6,
    "brackholm/report.pdf; Brackholm Mills plc; annual report", "Brackholm Mills plc",
)  # fmt: skip
PUMPS = Quotable(
    3, "Offer", "", "Pumps GmbH offers Brackholm two pumps.", 0.5, "offer.pdf; Pumps GmbH", "Pumps GmbH"
)  # fmt: skip
GUIDE = Quotable(4, "Leave", "", "Everybody has 25 days of leave.", 0.6, "leave.docx")


@pytest.mark.parametrize(
    ("question", "kept"),
    [
        ("Who is the data protection officer of Brackholm?", {2, 3, 4}),
        ("who is the data protection officer of brackholm", {2, 3, 4}),
        ("Who is the data protection officer of Larkmere?", {1, 3, 4}),
        ("Who is the finance director of Mills?", {2, 4, 1}),
        ("What do the mills cost?", {1, 2, 3, 4}),
        ("Who is the data protection officer?", {1, 2, 3, 4}),
        ("What do Larkmere and Brackholm say?", {1, 2, 3, 4}),
    ],
)
def test_passages_of_others_than_the_named_are_left_out(question: str, kept: set[int]) -> None:
    assert {one.number for one in of_the_named(question, [VETS, MILL, PUMPS, GUIDE])} == kept


@pytest.mark.parametrize(
    ("question", "is_answered"),
    [
        ("What is the head of the HP-400?", True),
        ("What is the head of the HP-400/22?", True),
        ("What is the head of the HP-600?", False),
        ("What is the head of the HP-400/37?", False),
    ],
)
def test_what_is_asked_of_a_type_is_not_answered_from_another(
    question: str, *, is_answered: bool
) -> None:
    manual = Quotable(1, "Manual", "Data", "The HP-400/22 pump has a head of 45 m.", 0.7)
    assert bool(quotations(question, [manual])) is is_answered


BORROWINGS = Quotable(1, "Report", "Notes", """12 Borrowings
 | Currency | Matures | 2024 £m | 2023 £m
Credit facility | GBP | March 2028 | 25.0 | 32.5
Placement B | EUR | July 2032 | 45.0 | 44.0""", 0.7)  # fmt: skip
FEES = Quotable(1, "Fees from 1 January 2025", "All fees in pounds", """Service | Cat | Dog
Microchip | 21 | 21
Neutering | 104 | 259""", 0.7, "fees.pdf")  # fmt: skip
PRICES = Quotable(1, "Preisliste", "Pumpen", """Preise in Euro ohne Umsatzsteuer
Artikelnummer | Leistung (kW) | Listenpreis | Lieferzeit (Wochen)
HP-400/22 | 22 | 14380 | 6
HP-400/37 | 37 | 19900 | 9""", 0.7)  # fmt: skip
SUMMARY = Quotable(1, "Report", "Summary", "£m | 2023 | 2024\nRevenue | 388.4 | 412.6", 0.7)


@pytest.mark.parametrize(
    ("question", "table", "told"),
    [
        (
            "When does placement B mature?",
            BORROWINGS,
            ["Placement B; Currency: EUR; Matures: July 2032; 2024 £m: 45.0; 2023 £m: 44.0"],
        ),
        ("What does a microchip cost in 2025?", FEES, ["Microchip: Cat: 21; Dog: 21"]),
        ("What does neutering a horse cost?", FEES, []),
        ("What was the revenue in 2024?", SUMMARY, ["Revenue, 2024: 412.6 (£m)"]),
        (
            "Was kostet die HP-400/37 und wie lange ist die Lieferzeit?",
            PRICES,
            [
                "HP-400/37: Leistung (kW): 37; Listenpreis: 19900 (in Euro ohne Umsatzsteuer); "
                "Lieferzeit (Wochen): 9"
            ],
        ),
    ],
)
def test_a_row_answers_with_its_columns_and_units(
    question: str, table: Quotable, told: list[str]
) -> None:
    assert [one.text for one in quotations(question, [table])] == told


LEASE = Quotable(
    1, "Lease", "1. Premises", "The Landlord lets nine parking spaces.", 0.7, "lease.docx"
)
AUDIT = Quotable(2, "Audit", "plan", "The auditors stay at the Swan Hotel.", 0.6, "audit.eml")
VISIT = Quotable(3, "Visit", "", "Guests sleep at the Swan Hotel.", 0.6, "visit.eml")


def test_what_is_asked_of_a_name_is_not_told_by_documents_without_it() -> None:
    question = "How many parking spaces does the Swan Hotel have?"
    assert of_the_named(question, [LEASE, AUDIT]) == (AUDIT,)
    # What several documents name is everybody's, such as one's own firm.
    assert of_the_named(question, [LEASE, AUDIT, VISIT]) == (LEASE, AUDIT, VISIT)
    assert of_the_named(question, [LEASE]) == (LEASE,)
