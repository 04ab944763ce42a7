import pytest

from serving.models.embedded.chat.pointing import THINGS
from serving.models.embedded.chat.rewriting import rewrite

KNOWN = {
    "shops": frozenset({THINGS}),
    "shop": frozenset({THINGS}),
    "expensive": frozenset({THINGS}),
    "boats": frozenset({THINGS}),
    "boat": frozenset({THINGS}),
    "Oslo": frozenset({"shops.city"}),
    "Rome": frozenset({"shops.city"}),
    "Heron 4": frozenset({"boats.name"}),
    "Food": frozenset({"branch"}),
    "closed": frozenset({"state"}),
    "open": frozenset({"state", "mark"}),
    "out of use": frozenset({"state"}),
    "urgent": frozenset({"mark"}),
}
NAMES = {
    "boat": frozenset({"boats"}),
    "shop": frozenset({"shops"}),
    "city": frozenset({"shops.city"}),
}
TABLE = "3 rows [1]:\n\n| name |\n| --- |\n| Nils |\n| Odd |\n| Per |"
DECLINED = "I could not find an answer to this."
TOTAL = "What is the total rent of shops in Oslo?"
OF_THEM = "How many of shops in Oslo sell Food?"
OWNER = "**Heron 4** (owner: Ada Moss) [1]."
BEST = "**Heron 4** (series: Marsh; units: 12) [1]."


def _kinds(text: str) -> frozenset[str]:
    return KNOWN.get(text, frozenset())


def _named(text: str) -> frozenset[str]:
    return NAMES.get(text, frozenset())


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
        (
            "Which boat is best?",
            BEST,
            "How many trips did that boat make?",
            "How many trips did the boat Heron 4 make?",
        ),
        (
            "How many shops are in Oslo?",
            "4",
            "Who lives in the same city?",
            "Who lives in the city Oslo?",
        ),
        (
            "How many shops are in Oslo?",
            "4",
            "Which boats came from there?",
            "Which boats came from Oslo?",
        ),
        ("Which boat is best?", BEST, "Who owns that shop?", "Who owns that shop?"),
        ("Which boat is best?", BEST, "Boats sold that year?", "Boats sold that year?"),
        (
            "Who owns Heron 4?",
            OWNER,
            "Which other boats does she own?",
            "Which other boats does Ada Moss own?",
        ),
        ("Who owns Heron 4?", OWNER, "What is her phone?", "What is Ada Moss's phone?"),
        ("Which boat is best?", BEST, "Which boats does she own?", "Which boats does she own?"),
        (
            "Which shop has the most boats?",
            BEST,
            "Which one has the fewest boats?",
            "Which shop has the fewest boats?",
        ),
        (
            "Which shop has the most boats?",
            BEST,
            "And which has the fewest?",
            "Which shop has the fewest boats?",
        ),
        (
            "How many boats are there per shop?",
            TABLE,
            "Which one has the most?",
            "Which shop has the most boats?",
        ),
        (
            "What is the most expensive boat?",
            BEST,
            "And the cheapest?",
            "What is the cheapest boat?",
        ),
        ("What is the oldest boat?", BEST, "And the newest one?", "What is the newest boat?"),
        (
            "What is the most expensive boat?",
            BEST,
            "Which one is the lightest?",
            "What is the lightest boat?",
        ),
        (
            "Which boats are red?",
            TABLE,
            "Which one is the cheapest?",
            "Which boats is the cheapest?",
        ),
        ("Which boats are best?", DECLINED, "Which sails are red?", "Which sails are red?"),
    ],
)
def test_a_follow_up_takes_what_it_leaves_out_from_the_turn_before(
    before: str, answer: str, asked: str, expected: str
) -> None:
    assert rewrite(asked, ((before, answer),), _kinds, _named) == expected


def test_a_first_question_stays_as_it_is() -> None:
    assert rewrite("and in Rome?", (), _kinds, _named) == "and in Rome?"


def test_a_follow_up_of_a_follow_up_keeps_what_the_first_was_about() -> None:
    earlier = (("Which shops are in Oslo?", TABLE), ("and in Rome?", TABLE))
    asked = "What is their total rent?"
    assert rewrite(asked, earlier, _kinds, _named) == "What is the total rent of shops in Rome?"


def test_a_name_is_put_in_as_it_is_whatever_signs_it_has() -> None:
    """It comes from a row: `\\g<9>` and `\\d` mean something where a pattern is replaced."""
    for name in (r"C:\data", r"a\g<9>b", r"tail\\"):
        told = (("Which boat is best?", f"**{name}** (units: 12) [1]."),)
        assert rewrite("How old is it?", told, _kinds, _named) == f"How old is {name}?"
