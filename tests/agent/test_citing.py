import pytest

from agent.support import with_citations
from agent.toolbox import Evidence
from tools.documents.passage import FoundPassage, Passage
from tools.sql.run import QueryResult
from tools.sql.source import Value

Rows = tuple[tuple[Value, ...], ...]


def passage(text: str) -> Evidence:
    return FoundPassage(
        Passage(id="p", document_id="d", collection="c", source="s", title="Returns",
                content_hash="h", text=text, ordinal=0, page=None, section=""),
        0.9,
    )  # fmt: skip


def rows(sql: str, columns: tuple[str, ...], *found: tuple[Value, ...]) -> Evidence:
    return QueryResult("shop", sql, columns, found, truncated=False, elapsed_s=0.1)


SOLD = rows("SELECT SUM(units) AS sold FROM orders", ("sold",), (316,))
MOST = rows("SELECT name FROM instances ORDER BY storage DESC LIMIT 1", ("name",), ("S1 Store 12",))
FLOUR = passage("Unopened flour is taken back within thirty days of delivery.")
BREAD = passage("Bread is baked before sunrise and sold until 18:00.")
QUESTION = "How many units were sold in 2025?"
MARK = "e9107630cb9d"

CITED: list[tuple[str, list[Evidence], str | None]] = [
    ("There were 316 units sold in 2025.", [SOLD], "There were 316 units sold in 2025 [1]."),
    ("**316**", [SOLD], "**316** [1]"),
    ("316 units [1].", [SOLD], "316 units [1]."),
    ("[1] 316 units were sold.", [SOLD], "[1] 316 units were sold."),
    ("[1] Look. The sum is 316.", [SOLD], "[1] Look. The sum is 316."),
    (f"The total is 316 [{MARK}].", [SOLD], "The total is 316 [1]."),
    ("The total is 317.", [SOLD], "The total is 317."),
    ("Units sold in 2025.", [BREAD, FLOUR], "Units sold in 2025."),
    (
        "Flour is taken back within thirty days. Bread is sold until 18:00!",
        [BREAD, FLOUR],
        "Flour is taken back within thirty days [2]. Bread is sold until 18:00 [1]!",
    ),
    (
        "Unopened flour is taken back by A. Brennan within thirty days.",
        [FLOUR],
        "Unopened flour is taken back by A. Brennan within thirty days [1].",
    ),
    (
        "Model: HB-2; Belt width (mm): 600; Max. load (kg): 160",
        [passage("Model | Belt width (mm) | Max. load (kg)\nHB-2 | 600 | 160")],
        "Model: HB-2; Belt width (mm): 600; Max. load (kg): 160 [1]",
    ),
    ("316 were sold. Is there more?", [SOLD], "316 were sold [1]. Is there more?"),
    ("It is 316.", [SOLD, SOLD], "It is 316."),
    ("- 316 units\n- sold in 2025", [SOLD], "- 316 units\n- sold in 2025 [1]"),
    ("Sold [1]:\n\n- 316 units", [SOLD], "Sold [1]:\n\n- 316 units [1]"),
    ("Sold [1]:\n- 316 units\n- no more", [SOLD], "Sold [1]:\n- 316 units\n- no more"),
    ("```\n316 units\n```\n316 units", [SOLD], "```\n316 units\n```\n316 units [1]"),
    ("| units |\n|---|\n| 316 |", [SOLD], "| units |\n|---|\n| 316 |"),
    ("I could look further. You can ask for 2024.", [SOLD], None),
]


@pytest.mark.parametrize(("answer", "evidence", "cited"), CITED)
def test_a_statement_that_one_piece_of_evidence_bears_out_is_cited(
    answer: str, evidence: list[Evidence], cited: str | None
) -> None:
    given = with_citations(answer, question=QUESTION, evidence=evidence)
    assert given.text == (cited or answer)


UNLIKE: list[tuple[str, list[str]]] = [
    ("It is S1 Store 12. Its standard warranty is 1 year.", ["Its standard warranty is 1 year."]),
    ("All employees receive a company car.", ["All employees receive a company car."]),
    ("To find this, the query sorts what it reads.", []),
    ("Which one do you mean?", []),
    ("I left out “blue”, which has no place.", []),
]


@pytest.mark.parametrize(("answer", "unlike"), UNLIKE)
def test_a_statement_that_nothing_bears_out_is_named(answer: str, unlike: list[str]) -> None:
    asked = "Which instance has the most storage, and what is its standard warranty?"
    given = with_citations(answer, question=asked, evidence=[MOST])
    assert [span.text for span in given.uncited] == unlike
    for span in given.uncited:
        assert given.text[span.start : span.end] == span.text


def test_what_a_note_says_needs_no_citation() -> None:
    answer = "316 units were sold [1].\n\n- Ovens are baked elsewhere."
    bare = with_citations(answer, question=QUESTION, evidence=[SOLD])
    noted = with_citations(
        answer, question=QUESTION, evidence=[SOLD], notes=["Ovens are baked elsewhere."]
    )
    assert (len(bare.uncited), noted.uncited, noted.text) == (1, [], answer)


def test_a_short_form_ends_no_statement_of_a_german_answer() -> None:
    plants = passage("Werk | Umsatz in Mio. Euro\nKassel | 310,5\nJena | 122,0")
    answer = "Werk: Kassel; Umsatz in Mio. Euro: 310,5. Werk: Jena; Umsatz in Mio. Euro: 122,0."
    asked = "Wie hoch ist der Umsatz von Kassel und von Jena?"
    given = with_citations(answer, question=asked, evidence=[plants])
    assert given.text == (
        "Werk: Kassel; Umsatz in Mio. Euro: 310,5 [1]. Werk: Jena; Umsatz in Mio. Euro: 122,0 [1]."
    )
