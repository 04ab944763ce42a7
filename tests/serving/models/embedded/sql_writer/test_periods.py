from datetime import date

import pytest

from serving.models.embedded.english.periods import Period, read_period
from serving.models.embedded.english.words import split

TODAY = date(2026, 3, 15)
CASES = [
    ("in 2025", Period(date(2025, 1, 1), date(2026, 1, 1))),
    ("2025", Period(date(2025, 1, 1), date(2026, 1, 1))),
    ("in March 2025", Period(date(2025, 3, 1), date(2025, 4, 1))),
    ("in December 2024", Period(date(2024, 12, 1), date(2025, 1, 1))),
    ("since 2024", Period(date(2024, 1, 1), None)),
    ("before June 2024", Period(None, date(2024, 6, 1))),
    ("after 2023", Period(date(2024, 1, 1), None)),
    ("until May 2025", Period(None, date(2025, 6, 1))),
    ("between March and June 2025", Period(date(2025, 3, 1), date(2025, 7, 1))),
    ("from 2023 to 2024", Period(date(2023, 1, 1), date(2025, 1, 1))),
    ("on 2025-02-28", Period(date(2025, 2, 28), date(2025, 3, 1))),
    ("on 4 May 2025", Period(date(2025, 5, 4), date(2025, 5, 5))),
    ("in Q4 2025", Period(date(2025, 10, 1), date(2026, 1, 1))),
    ("in the first quarter of 2025", Period(date(2025, 1, 1), date(2025, 4, 1))),
    ("in the last quarter of 2024", Period(date(2024, 10, 1), date(2025, 1, 1))),
    ("second half of 2024", Period(date(2024, 7, 1), date(2025, 1, 1))),
    ("in H1 2025", Period(date(2025, 1, 1), date(2025, 7, 1))),
    ("in the last quarter of last year", Period(date(2025, 10, 1), date(2026, 1, 1))),
    ("since March of last year", Period(date(2025, 3, 1), None)),
    ("in January this year", Period(date(2026, 1, 1), date(2026, 2, 1))),
    ("in the first two months of 2025", Period(date(2025, 1, 1), date(2025, 3, 1))),
    ("in the last 3 months of 2025", Period(date(2025, 10, 1), date(2026, 1, 1))),
    ("last month of 2024", Period(date(2024, 12, 1), date(2025, 1, 1))),
    ("last month", Period(date(2026, 2, 1), date(2026, 3, 1))),
    ("this year", Period(date(2026, 1, 1), date(2027, 1, 1))),
    ("today", Period(date(2026, 3, 15), date(2026, 3, 16))),
    ("past 30 days", Period(date(2026, 2, 13), date(2026, 3, 16))),
    ("last two weeks", Period(date(2026, 3, 1), date(2026, 3, 16))),
    ("in the past 3 months", Period(date(2025, 12, 15), date(2026, 3, 16))),
    ("past 7 days, inclusive of today's date", Period(date(2026, 3, 8), date(2026, 3, 16))),
    ("past year", Period(date(2025, 3, 15), date(2026, 3, 16))),
    ("between 1 March and 31 May 2026", Period(date(2026, 3, 1), date(2026, 6, 1))),
    ("between March 1 and May 31 2026", Period(date(2026, 3, 1), date(2026, 6, 1))),
    ("since the start of 2025", Period(date(2025, 1, 1), None)),
    ("from the beginning of last year", Period(date(2025, 1, 1), None)),
    ("before the start of June 2024", Period(None, date(2024, 6, 1))),
    ("until the beginning of 2025", Period(None, date(2025, 1, 1))),
    ("from November to February 2026", Period(date(2025, 11, 1), date(2026, 3, 1))),
]


@pytest.mark.parametrize(("words", "expected"), CASES)
def test_a_period_is_read_as_a_half_open_range_of_days(words: str, expected: Period) -> None:
    assert read_period(split(words), TODAY) == (len(split(words)), expected)


@pytest.mark.parametrize(
    "words",
    [
        "in Bremen",
        "2025-02-30",
        "9999-12-31",
        "in December 9999",
        "in May 0000",
        "may we",
        "since the start of the work",
        "between 10 and 20",
        "of 12",
        "past 99999999 days",
        "past 9000 years",
        "the fifth quarter of 2024",
        "the first 13 months of 2024",
    ],
)
def test_what_names_no_day_is_no_period(words: str) -> None:
    assert read_period(split(words), TODAY) is None
