"""The sentence of a passage that an answer rests on."""

import pytest

from chainlit_app.quoted import MARKS, marked, statements_citing

PASSAGE = "Lunch is at noon. A guest meal costs 9.40 euros.\n\nNuts carry a label."


@pytest.mark.parametrize(
    ("number", "text", "statements"),
    [
        (1, "Lunch is at noon [1]. It costs 9.40 euros [2].", ["Lunch is at noon"]),
        (2, "Lunch is at noon [1]. It costs 9.40 euros [2].", ["It costs 9.40 euros"]),
        (2, "It costs 9.40 euros. [2]", ["It costs 9.40 euros."]),
        (2, "- Noon [1, 2]\n- Evening [3]", ["Noon"]),
        (3, "Nothing of that [1].", []),
        (1, "Twice [1] and again [1].", ["Twice", "Twice  and again"]),
    ],
)
def test_a_statement_goes_from_its_beginning_to_its_citation(
    number: int, text: str, statements: list[str]
) -> None:
    found = [each.removeprefix("- ") for each in statements_citing(number, text)]
    assert found == statements


@pytest.mark.parametrize(
    ("statement", "bold"),
    [
        ("A guest meal costs 9.40 euros", "A guest meal costs 9.40 euros."),
        ("A guest's meal costs 9.40 euros", "A guest meal costs 9.40 euros."),
        ("There is a label on whatever contains peanuts", None),
        ("", None),
    ],
)
def test_the_sentence_with_the_words_of_a_statement_is_marked(
    statement: str, bold: str | None
) -> None:
    begin, end = MARKS
    wanted = PASSAGE.replace(bold, f"{begin}{bold}{end}") if bold else PASSAGE
    assert marked(PASSAGE, [statement]) == wanted


def test_a_row_of_a_table_is_marked_cell_by_cell() -> None:
    table = "meal | price\nlunch | 9.40\ndinner | 12.10"
    begin, end = MARKS
    cells = f"{begin}lunch{end} | {begin}9.40{end}"
    assert marked(table, ["The price of lunch is 9.40"]) == table
    assert marked(table, ["lunch: 9.40"]) == table.replace("lunch | 9.40", cells)


def test_a_row_is_marked_where_a_statement_names_its_columns() -> None:
    head = "Series | Warranty in months | Family | Cause of a claim"
    rows = "General | 36 | Fell | supply\nCompute | 24 | Crag | fan"
    said = "Series: Compute; Warranty in months: 24; Family: Crag; Cause of a claim: fan"
    begin, end = MARKS
    cells = " | ".join(f"{begin}{cell}{end}" for cell in ("Compute", "24", "Crag", "fan"))
    table = f"{head}\n{rows}"
    assert marked(table, [said]) == table.replace("Compute | 24 | Crag | fan", cells)
    assert marked(rows, ["General: 36, Fell"]).startswith(f"{begin}General{end}")  # no heading
