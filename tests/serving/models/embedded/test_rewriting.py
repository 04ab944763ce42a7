import pytest

from serving.models.embedded.rewriting import rewrite

CITIES = {"Oslo": frozenset({"city"}), "Rome": frozenset({"city"}), "Food": frozenset({"branch"})}
BEST = "**Heron 4** (series: Marsh; units: 12) [1]."


def _kinds(text: str) -> frozenset[str]:
    return CITIES.get(text, frozenset())


@pytest.mark.parametrize(
    ("before", "answer", "asked", "expected"),
    [
        ("How many shops are in Oslo?", "4", "and in Rome?", "How many shops are in Rome?"),
        ("How many shops are in Oslo?", "4", "What about Rome?", "How many shops are in Rome?"),
        (
            "Which shops in Oslo sell Food?",
            "4",
            "and in Rome?",
            "Which shops in Rome sell Food?",
        ),
        ("What was sold in 2024?", "4", "And in 2025?", "What was sold in 2025?"),
        ("How many shops are there?", "4", "and in Rome?", "How many shops are there in Rome?"),
        ("Which boat is best?", BEST, "How old is it?", "How old is Heron 4 Marsh?"),
        ("Which boat is best?", BEST, "What is its range?", "What is Heron 4 Marsh's range?"),
        ("Which boat is best?", "I could not find it.", "How old is it?", "How old is it?"),
        ("Which boat is best?", BEST, "How many shops are there?", "How many shops are there?"),
    ],
)
def test_a_follow_up_takes_what_it_leaves_out_from_the_turn_before(
    before: str, answer: str, asked: str, expected: str
) -> None:
    assert rewrite(asked, ((before, answer),), _kinds) == expected


def test_a_first_question_stays_as_it_is() -> None:
    assert rewrite("and in Rome?", (), _kinds) == "and in Rome?"
