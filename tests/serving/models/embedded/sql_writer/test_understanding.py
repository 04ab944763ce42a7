import pytest

from serving.models.embedded.understanding import Understanding, understanding
from tools.sql.schema import Column, ForeignKey, Schema, Table

SCHEMA = Schema(
    dialect="postgres",
    fingerprint="boats",
    tables=(
        Table(
            "harbours",
            (
                Column("id", "INTEGER", nullable=False, primary_key=True),
                Column("name", "TEXT", nullable=False),
            ),
        ),
        Table(
            "boats",
            (
                Column("id", "INTEGER", nullable=False, primary_key=True),
                Column("name", "TEXT", nullable=False),
                Column("kind", "TEXT", nullable=False, samples=("Sloop", "Ketch")),
                Column("length_m", "NUMERIC", nullable=False, comment="overall length in metres"),
                Column("harbour_id", "INTEGER", nullable=True),
            ),
            (ForeignKey(("harbour_id",), "harbours", ("id",)),),
            comment="vessels in our fleet",
        ),
    ),
)
CASES = [
    ("How many ketches are there?", Understanding(("ketches",), (), ("How many",))),
    ("boats per harbour", Understanding(("boats", "harbour"), (), ("per",))),
    ("Which vessels are insured?", Understanding(("vessels",), ("insured",), ())),
    ("boats longer than 12 metres", Understanding(("boats", "metres"), (), ("longer than", "12"))),
    ("boats since 2024", Understanding(("boats",), (), ("since 2024",))),
    ("What is our warranty policy?", Understanding((), ("warranty", "policy"), ())),
]


@pytest.mark.parametrize(("question", "expected"), CASES)
def test_words_are_placed_by_names_comments_and_samples(
    question: str, expected: Understanding
) -> None:
    assert understanding(question, SCHEMA) == expected
