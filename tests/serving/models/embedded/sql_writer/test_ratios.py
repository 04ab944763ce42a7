import pytest

from serving.models.embedded.english.ratios import Ratio, ratio

CASES = [
    (
        "What is the ratio of boats to harbours?",
        Ratio("number of boats", "number of harbours"),
    ),
    (
        "ratio of red boats out of all boats in Kiel",
        Ratio("number of red boats in Kiel", "number of all boats in Kiel"),
    ),
    (
        "What percentage of boats are red?",
        Ratio("number of boats are red", "number of boats", 100, is_share=True),
    ),
    (
        "What share of our late boats in Kiel were sold in 2024?",
        Ratio(
            "number of late boats in Kiel were sold in 2024",
            "number of late boats in Kiel in 2024",
            is_share=True,
        ),
    ),
    (
        "What share of customers from Kiel?",
        Ratio("number of customers from Kiel", "number of customers", is_share=True),
    ),
    ("What is the share of red boats?", None),
    ("the ratio of boats to harbours for each owner", None),
    ("How many boats are there?", None),
]


@pytest.mark.parametrize(("question", "expected"), CASES)
def test_a_ratio_is_two_questions_for_one_number_each(
    question: str, expected: Ratio | None
) -> None:
    assert ratio(question) == expected
