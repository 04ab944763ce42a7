import pytest

from serving.models.embedded.chat.heard import Quotable
from serving.models.embedded.chat.quotations import quotations
from serving.models.embedded.chat.ranges import amounts_asked, amounts_in, holding, ranges_in


@pytest.mark.parametrize(
    ("text", "inside", "outside"),
    [
        ("Discounts of 20-30 % need approval.", "25%", "35 %"),
        ("Discounts from 20 to 30 percent need approval.", "30 percent", "15 percent"),
        ("Between 20 and 30 per cent.", "20 %", "31 %"),
        ("Above 20 % and up to 30 %.", "30 %", "20 %"),
        ("Up to 20 percent.", "20 %", "25 %"),
        ("Less than 20 percent.", "19 %", "20 %"),
        ("Orders over $1,000.", "1,500 dollars", "$900"),
        ("Orders of 1,000 euros or more.", "€1,000", "999 EUR"),
        ("It takes no more than 10 business days.", "10 days", "11 days"),
        ("Three to five weeks.", "four weeks", "6 weeks"),
        ("At least 5 kg.", "6 kg", "6 tons"),
    ],
)
def test_a_range_holds_the_amounts_between_its_bounds(text: str, inside: str, outside: str) -> None:
    for asked, is_held in ((inside, True), (outside, False)):
        [amount] = amounts_in(f"What about {asked}?")
        assert any(each.contains(amount) for each in ranges_in(text)) == is_held


@pytest.mark.parametrize(
    "text", ["A book is lent for 28 days.", "Chapters 2 and 3", "In 2024.", "", "30 to 20 %"]
)
def test_an_amount_alone_is_no_range(text: str) -> None:
    assert ranges_in(text) == []


RULES = (
    Quotable(
        1,
        "Price policy",
        "Discounts",
        "A discount of up to 20 % is approved by the team lead. A discount of 20-30 % is approved "
        "by the head of sales. A discount over 30 % is approved by the board.",
    ),
    Quotable(
        2,
        "Travel",
        "Fees",
        "Distance | Fee\nup to 50 km | none\n50 to 100 km | 20 euros\nover 100 km | 45 euros",
    ),
)


@pytest.mark.parametrize(
    ("question", "answer"),
    [
        ("Who approves a discount of 25%?", "head of sales"),
        ("Who approves a discount of 25 percent?", "head of sales"),
        ("Who approves a discount of 15 per cent?", "team lead"),
        ("Who approves a discount of 40 %?", "board"),
        ("What is the fee for a distance of 70 km?", "20 euros"),
        ("What is the fee for a distance of 120 km?", "45 euros"),
    ],
)
def test_the_range_that_holds_the_amount_answers_alone(question: str, answer: str) -> None:
    [found] = quotations(question, RULES)
    assert answer in found.text


def test_a_question_about_more_than_an_amount_is_not_about_that_amount() -> None:
    assert amounts_asked("Who approves a discount of more than 20 percent?") == []
    assert [a.value for a in amounts_asked("Who approves 25 % in an order of over 10 units?")] == [
        25
    ]


@pytest.mark.parametrize(
    ("question", "columns"),
    [
        ("What is it per day for a week?", [2]),
        ("What is it for two days?", [1]),
        ("What is it for a month?", [3]),
        ("What is it per day?", [1, 2, 3]),
    ],
)
def test_of_names_with_ranges_the_one_that_holds_the_time_asked_is_taken(
    question: str, columns: list[int]
) -> None:
    names = {1: "Hire, 1 to 3 days", 2: "Hire, 4 to 14 days", 3: "Hire, 15 days or more", 4: "Hire"}
    assert holding(question, names) == columns
