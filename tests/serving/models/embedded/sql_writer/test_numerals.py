import pytest

from serving.models.embedded.schema.numerals import missing_words

CASES: list[tuple[list[str], tuple[str, ...] | None]] = [
    (["12", "7.5", "-3"], ()),
    (["12", "null", "7"], ("null",)),
    (["007", "12"], None),
    (["12", "about 7"], None),
    (["12"], None),
    ([], None),
]


@pytest.mark.parametrize(("values", "expected"), CASES)
def test_a_text_column_holds_numbers_if_all_but_the_missing_are(
    values: list[str], expected: tuple[str, ...] | None
) -> None:
    assert missing_words(values) == expected
