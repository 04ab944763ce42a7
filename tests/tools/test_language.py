"""Language packs: periods and numbers as English and German write them."""

import pytest

from tools.language.pack import language_pack, language_packs, pack_for
from tools.language.periods import periods_in
from tools.sql.verified.reading import number_of


@pytest.mark.parametrize(
    ("code", "text", "first", "last"),
    [
        ("en", "in 2024", "2024-01-01", "2024-12-31"),
        ("en", "in March 2024", "2024-03-01", "2024-03-31"),
        ("en", "on 12 May 2023", "2023-05-12", "2023-05-12"),
        ("en", "on May 5, 2023", "2023-05-05", "2023-05-05"),
        ("en", "in the first quarter of 2024", "2024-01-01", "2024-03-31"),
        ("en", "Q4 2023", "2023-10-01", "2023-12-31"),
        ("en", "on 2024-02-29", "2024-02-29", "2024-02-29"),
        ("de", "im März 2024", "2024-03-01", "2024-03-31"),
        ("de", "am 12.03.2024", "2024-03-12", "2024-03-12"),
        ("de", "am 3. Mai 2023", "2023-05-03", "2023-05-03"),
        ("de", "im 2. Quartal 2024", "2024-04-01", "2024-06-30"),
    ],
)
def test_periods_are_read_as_they_are_written(code: str, text: str, first: str, last: str) -> None:
    (found,) = periods_in(text, language_pack(code))
    assert (str(found.period.start), str(found.period.last)) == (first, last)


@pytest.mark.parametrize("text", ["31.02.2024", "A-2024", "2024.5", "20240", "the year"])
def test_what_is_no_period_is_none(text: str) -> None:
    assert periods_in(text, language_pack("de")) == []


@pytest.mark.parametrize(
    ("code", "text", "number"),
    [
        ("en", "1,234.5", 1234.5),
        ("de", "1.234,5", 1234.5),
        ("en", "1.234", 1.234),
        ("de", "1.234", 1234.0),
        ("en", "1,23", None),
        ("de", "1,23", 1.23),
    ],
)
def test_numbers_are_read_as_they_are_written(code: str, text: str, number: float | None) -> None:
    assert number_of(text, language_pack(code)) == number


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("What was the revenue in 2024?", "en"),
        ("Wie hoch war der Umsatz 2024?", "de"),
        ("Kunden mit mehr als drei Bestellungen", "de"),
        ("Memory 2024", "en"),
    ],
)
def test_a_text_has_the_pack_that_knows_most_of_it(text: str, code: str) -> None:
    assert pack_for(text).code == code


def test_every_pack_has_twelve_months_and_the_classes_of_english() -> None:
    english, *others = language_packs()
    for pack in others:
        assert set(pack.months.values()) == set(range(1, 13)), pack.name
        assert set(pack.classes.values()) <= set(english.classes.values()), pack.name
