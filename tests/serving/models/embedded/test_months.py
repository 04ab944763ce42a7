from datetime import date

import pytest

from serving.models.embedded.english.months import with_years

TODAY = date(2026, 12, 1)


@pytest.mark.parametrize(
    ("question", "expected"),
    [
        ("orders in November", "orders in November 2026"),
        ("orders since december", "orders since december 2026"),
        ("who came in May, June and July?", "who came in May 2026, June 2026 and July 2026?"),
        ("between March and May", "between March 2026 and May 2026"),
        ("in March and April 2025", "in March 2025 and April 2025"),
        ("orders of 2025 in March", "orders of 2025 in March 2025"),
        ("orders of last year from June", "orders of last year from June 2025"),
        (
            "in November and, for comparison, in October",
            "in November 2026 and, for comparison, in October 2026",
        ),
        ("in March 2025", "in March 2025"),
        ("in March last year", "in March last year"),
        ("on 5 March", "on 5 March"),
        ("paid by March", "paid by March"),
        ("may we march in line", "may we march in line"),
        ("orders in March: 2024 or 2025?", "orders in March: 2024 or 2025?"),
    ],
)
def test_a_month_without_a_year_is_the_last_that_has_begun_or_of_the_year_that_is_said(
    question: str, expected: str
) -> None:
    assert with_years(question, TODAY) == expected


def test_a_month_that_has_not_begun_this_year_is_that_of_the_year_before() -> None:
    assert with_years("in June", date(2026, 5, 31)) == "in June 2025"
    assert with_years("in June", date(2026, 6, 1)) == "in June 2026"
