import pytest

from tools.documents.passage import FoundPassage, Passage
from tools.documents.row_names import favour_rows

PROSE = "Inventories grew because inventories of racks were counted among inventories twice."
TABLE = "Balance\n | 2023 | 2022\nInventories | 12 | 11\nTotal current assets | 90 | 80"
NUMBERS = "2023 | 5\n2022 | 6"


def _found(*texts: str) -> list[FoundPassage]:
    passages = (
        Passage(text, "d", "c", "a.md", "T", "h", n, None, "", text) for n, text in enumerate(texts)
    )
    return [FoundPassage(each, 1.0 - n / 10) for n, each in enumerate(passages)]


@pytest.mark.parametrize(
    ("question", "first"),
    [
        ("What are inventories for 2023?", TABLE),
        ("What are total current assets?", TABLE),
        ("Why did inventories of racks grow when twice as many were counted there?", PROSE),
        ("What are total assets of the others?", PROSE),
        ("What happened in 2023?", PROSE),
        ("?", PROSE),
    ],
)
def test_the_row_that_is_called_what_was_asked_comes_first(question: str, first: str) -> None:
    found = favour_rows(question, _found(PROSE, TABLE, NUMBERS))
    assert found[0].passage.text == first
    assert {each.passage.text for each in found} == {PROSE, TABLE, NUMBERS}


def test_a_row_lifts_no_passage_over_a_much_better_one() -> None:
    far = [_found(PROSE)[0], FoundPassage(_found(TABLE)[0].passage, 0.3)]
    assert favour_rows("What are inventories for 2023?", far)[0].passage.text == PROSE
