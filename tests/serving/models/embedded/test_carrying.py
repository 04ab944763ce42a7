"""A rule of a document stands in a question to a database for the words that the database lacks."""

import pytest

from serving.models.embedded.chat.carrying import carried

WRITTEN = "A discount of more than 15 percent must be justified in writing."
TWO = [
    "Boats of the Laser class carry a guarantee of 24 months.",
    "Boats of the Optimist class carry a guarantee of 12 months.",
    "Boats of the Finn class carry a guarantee of 24 months.",
]


@pytest.mark.parametrize(
    ("question", "sentences", "put"),
    [
        (
            "How many orders have a discount that must be justified in writing?",
            [WRITTEN],
            "How many orders have a discount of more than 15 percent?",
        ),
        (
            "How many orders have a discount that must be justified in writing in 2025?",
            [WRITTEN],
            "How many orders have a discount of more than 15 percent in 2025?",
        ),
        (
            "How many boats carry a guarantee of 24 months?",
            TWO,
            "How many boats of the Laser class or of the Finn class?",
        ),
        (
            "How many open tickets must get their first reply within 8 hours?",
            ["The first reply to an urgent ticket comes within 8 hours."],
            "How many open urgent tickets?",
        ),
        (
            "How many tickets can be escalated to level 1?",
            ["Normal and low tickets can be escalated to level 1."],
            "How many Normal or low tickets?",
        ),
    ],
)
def test_a_rule_stands_for_what_a_question_says_of_a_thing(
    question: str, sentences: list[str], put: str
) -> None:
    assert [one.question for one in carried(question, sentences)][:1] == [put]


@pytest.mark.parametrize(
    ("question", "sentence"),
    [
        ("How many orders have a discount that must be justified by telephone?", WRITTEN),
        ("How many orders have a discount that need not be justified in writing?", WRITTEN),
        ("Which discount must be justified in writing?", WRITTEN),
        ("How many orders have a discount of 24 months?", TWO[0]),
        ("How many boats carry a guarantee of 36 months?", TWO[0]),
        ("How many boats carry a guarantee of 24 months?", "Boats carry a guarantee of 24 months."),
        (
            "How many orders have a discount that must be formally justified in writing?",
            "A discount of more than 15 percent must be formally justified by telephone.",
        ),
        ("How many orders are there?", WRITTEN),
        ("", ""),
    ],
)
def test_nothing_is_carried_that_the_rule_does_not_say(question: str, sentence: str) -> None:
    assert list(carried(question, [sentence])) == []


def test_only_the_rules_that_were_used_are_named() -> None:
    one, *_ = carried("How many boats carry a guarantee of 12 months?", TWO)
    assert one.rules == (TWO[1],)
