import pytest

from serving.models.embedded.chat.rewriting import THINGS, rewrite

KNOWN = {
    "shops": frozenset({THINGS}),
    "boats": frozenset({THINGS}),
    "Oslo": frozenset({"city"}),
    "Rome": frozenset({"city"}),
    "Food": frozenset({"branch"}),
    "closed": frozenset({"state"}),
    "open": frozenset({"state", "mark"}),
    "out of use": frozenset({"state"}),
    "urgent": frozenset({"mark"}),
}
TABLE = "3 rows [1]:\n\n| name |\n| --- |\n| Nils |\n| Odd |\n| Per |"
DECLINED = "I could not find an answer to this."
TOTAL = "What is the total rent of shops in Oslo?"
OF_THEM = "How many of shops in Oslo sell Food?"
BEST = "**Heron 4** (series: Marsh; units: 12) [1]."


def _kinds(text: str) -> frozenset[str]:
    return KNOWN.get(text, frozenset())


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
        ("How many shops are there?", "4", "and boats?", "How many boats are there?"),
        (
            "How many shops are there?",
            "4",
            "and cheap boats?",
            "How many shops are there cheap boats?",
        ),
        ("How many shops are there?", "4", "and in Rome?", "How many shops are there in Rome?"),
        ("How many shops are closed?", "4", "And open?", "How many shops are open?"),
        ("How many shops are out of use?", "4", "and the open ones?", "How many shops are open?"),
        ("How many closed shops are there?", "4", "open?", "open?"),
        (
            "How many urgent shops are closed?",
            "4",
            "And out of use?",
            "How many urgent shops are out of use?",
        ),
        ("How many shops are urgent?", "4", "And closed?", "How many shops are urgent closed?"),
        ("Which boat is best?", BEST, "How old is it?", "How old is Heron 4 Marsh?"),
        ("Which boat is best?", BEST, "What is its range?", "What is Heron 4 Marsh's range?"),
        ("Which boat is best?", "I could not find it.", "How old is it?", "How old is it?"),
        ("Which boat is best?", BEST, "How many shops are there?", "How many shops are there?"),
        ("Which boat is best?", BEST, "Shops opened this month?", "Shops opened this month?"),
        ("Which boat is best?", BEST, "Shops that are open?", "Shops that are open?"),
        ("Which shops are in Oslo?", TABLE, "What is their total rent?", TOTAL),
        ("How many shops are in Oslo?", "shops: **3** [1].", "What is their total rent?", TOTAL),
        ("Show me all the shops in Oslo", DECLINED, "What is their total rent?", TOTAL),
        ("What are the names of the shops in Oslo?", TABLE, "What is their total rent?", TOTAL),
        ("Which shops are in Oslo?", TABLE, "How many of them sell Food?", OF_THEM),
        ("Which shops are in Oslo?", TABLE, "How many of those shops sell Food?", OF_THEM),
        (
            "Which shops are in Oslo?",
            TABLE,
            "Who owns those boats?",
            "Who owns those boats?",
        ),
    ],
)
def test_a_follow_up_takes_what_it_leaves_out_from_the_turn_before(
    before: str, answer: str, asked: str, expected: str
) -> None:
    assert rewrite(asked, ((before, answer),), _kinds) == expected


def test_a_first_question_stays_as_it_is() -> None:
    assert rewrite("and in Rome?", (), _kinds) == "and in Rome?"


def test_a_follow_up_of_a_follow_up_keeps_what_the_first_was_about() -> None:
    earlier = (("Which shops are in Oslo?", TABLE), ("and in Rome?", TABLE))
    asked = "What is their total rent?"
    assert rewrite(asked, earlier, _kinds) == "What is the total rent of shops in Rome?"
