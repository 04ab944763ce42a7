"""How sure a cell of a table is of answering, and what is told beside it."""

from collections.abc import Sequence

import pytest

from serving.models.embedded.chat.heard import Quotable
from serving.models.embedded.chat.quotations import quotations

_SURE = 0.95
SUMMARY = Quotable(
    1,
    "Tarnwick annual report",
    "Five-year summary",
    "Five-year summary\n"
    "£m | 2024 | 2023 | 2022\n"
    "Revenue | 512.6 | 488.4 | 495.0\n"
    "Operating profit | 52.4 | 50.2 | 46.1\n"
    "Accidents | 18 | 21 | 32",
)
FIRST = Quotable(
    2,
    "Tarnwick annual report 2023",
    "Income",
    "Statement of income\n£m | 2023 | 2022\nRevenue | 489.1 | 495.0\nTax | 9.1 | 8.2",
)
FEES = Quotable(
    3,
    "Fees",
    "Fees in pounds",
    "Service | Cat | Dog\nMicrochip | 21 | 21\nDental scaling | 180 | 210",
)

SCHOOL = Quotable(
    4,
    "Accounts",
    "Accounts",
    "Income and expenditure (in pounds)\n | 2025 | 2024\nGrants | 15,000 | 12,500",
)


@pytest.mark.parametrize(
    ("question", "told"),
    [
        ("What was Tarnwick's operating profit in 2023?", "Operating profit, 2023: 50.2 (£m)"),
        ("operating profit of Tarnwick 2022", "Operating profit, 2022: 46.1 (£m)"),
        ("What does a microchip cost?", "Microchip: Cat: 21; Dog: 21"),
        ("What does dental scaling cost for a dog?", "Dental scaling, Dog: 210"),
        ("What were grants in 2024?", "Grants, 2024: 12,500 (in pounds)"),
    ],
)
def test_a_cell_whose_row_and_column_are_named_in_full_is_sure(question: str, told: str) -> None:
    (found,) = quotations(question, [SUMMARY, FEES, SCHOOL])
    assert found.text == told
    assert found.confidence is not None
    assert found.confidence >= _SURE


@pytest.mark.parametrize(
    "question",
    [
        "What was Tarnwick's operating profit of cardboard in 2023?",
        "What was the operating profit of Fernhill in 2023?",
        "What does dental scaling cost?",
        "What was the revenue?",
    ],
)
def test_a_cell_is_not_sure_where_words_of_the_question_or_columns_are_open(question: str) -> None:
    assert all(one.confidence is None for one in quotations(question, [SUMMARY, FEES]))


def test_a_row_is_told_in_no_unit_that_its_figures_are_not_in() -> None:
    (found,) = quotations("How many accidents were there in 2022?", [SUMMARY])
    assert found.text == "Accidents, 2022: 32"


@pytest.mark.parametrize(
    ("question", "told"),
    [
        (
            "What were revenue and operating profit of Tarnwick in 2022?",
            ["Operating profit, 2022: 46.1 (£m); Revenue, 2022: 495.0 (£m)"],
        ),
        (
            "What were accidents and revenue in 2024?",
            ["Revenue, 2024: 512.6 (£m); Accidents, 2024: 18"],
        ),
        (
            "What was the revenue of Tarnwick in 2023?",
            [
                "Five-year summary: Revenue, 2023: 488.4 (£m)",
                "Statement of income: Revenue, 2023: 489.1 (£m)",
            ],
        ),
        ("What was the revenue of Tarnwick in 2022?", ["Revenue, 2022: 495.0 (£m)"]),
    ],
)
def test_two_rows_are_told_where_both_are_asked_for_or_either_may_be_meant(
    question: str, told: Sequence[str]
) -> None:
    assert [one.text for one in quotations(question, [SUMMARY, FIRST])] == told


@pytest.mark.parametrize(
    "question", ["Who sold revenue 2023?", "the revenue is 2023 of somebody else's cousin in Spain"]
)
def test_what_is_no_question_for_a_figure_gets_no_cell(question: str) -> None:
    assert all(one.confidence is None for one in quotations(question, [SUMMARY]))


@pytest.mark.parametrize(
    ("question", "leaves_rest"),
    [
        ("What were revenue and pension costs of Tarnwick in 2022?", True),
        ("What were sponsorship and revenue in 2022?", True),
        ("What were revenue and operating profit of Tarnwick in 2022?", False),
        ("What was the operating profit that Tarnwick had in 2022?", False),
    ],
)
def test_what_is_asked_for_beside_a_cell_and_not_found_is_known(
    question: str, *, leaves_rest: bool
) -> None:
    (found,) = quotations(question, [SUMMARY])
    assert found.leaves_rest == leaves_rest


def test_rows_that_are_numbered_are_found_by_their_names_as_well() -> None:
    lots = Quotable(
        1,
        "Lots",
        "",
        "Lot | Part | Quantity\nL-03 | Shaft seals | 5,000\nL-04 | Coupling guards | 700",
    )
    (found,) = quotations("What is the quantity of coupling guards?", [lots])
    assert found.text == "Coupling guards, Quantity: 700"
    (found,) = quotations("What is the quantity of lot L-03?", [lots])
    assert found.text == "L-03, Quantity: 5,000"


def test_years_are_no_numbers_of_rows() -> None:
    years = Quotable(1, "Years", "", "Year | Site | Staff\n2023 | Leeds | 80\n2024 | Hull | 95")
    (found,) = quotations("What was the staff in 2024?", [years])
    assert found.text.startswith("2024")


def test_a_total_of_rows_with_one_name_is_no_cell_of_theirs() -> None:
    halls = "Hall | Line | Energy\nEast | L1 | 12000\nEast | L2 | 8000\nWest | L3 | 9000\nTotal |  | 29000"
    passage = Quotable(1, "Plant", "", halls)
    assert not quotations("What is the total energy of hall East?", [passage])
    (total,) = quotations("What is the total energy?", [passage])
    assert total.text == "Total, Energy: 29000"


@pytest.mark.parametrize(
    ("heading", "rows", "question", "told"),
    [
        (
            "Order intake by region (EUR million)",
            "Region | 2024 | 2025\nEastern Europe | 5.1 | 6.8\nUK | 3.2 | 3.9",
            "What was the order intake of Eastern Europe in 2025?",
            "Eastern Europe, 2025: 6.8 (EUR million)",
        ),
        (
            "Budget (EUR)",
            "Posten | Betrag\nStandmiete | 31.920\nReise | 4.000",
            "Wie hoch ist die Standmiete?",
            "Standmiete, Betrag: 31.920 (EUR)",
        ),
        # What another column counts has not the unit of the amounts.
        (
            "Budget (EUR)",
            "Item | Pieces | Amount\nChairs | 40 | 800\nTables | 10 | 900",
            "How many pieces of chairs are there?",
            "Chairs, Pieces: 40",
        ),
        ("A million orders (EUR)", "Plant | 2025\nLeeds | 12 days", "What is Leeds in 2025?", None),
        (
            "Board (million reasons)",
            "Plant | 2025\nLeeds | 12",
            "What was Leeds in 2025?",
            "Leeds, 2025: 12",
        ),
    ],
)
def test_a_heading_gives_its_unit_to_figures_that_all_have_it(
    heading: str, rows: str, question: str, told: str | None
) -> None:
    (found, *_) = quotations(question, [Quotable(1, "Board deck", heading, rows)])
    assert found.text == told or (told is None and "EUR" not in found.text)
