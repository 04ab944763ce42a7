"""Periods in the names of columns and in questions."""

import pytest

from serving.models.embedded.schema.period_names import NamedPeriod, period_named, periods_asked
from tools.sql.words import name_words


@pytest.mark.parametrize(
    ("name", "period", "rest"),
    [
        ("jan", NamedPeriod("month", 1), ""),
        ("umsatz_q1_teur", NamedPeriod("quarter", 1), "umsatz teur"),
        ("n_1_quartal", NamedPeriod("quarter", 1), "n"),
        ("second_quarter_sales", NamedPeriod("quarter", 2), "sales"),
        ("h2_2024", NamedPeriod("half", 2, 2024), ""),
        ("jan_24", NamedPeriod("month", 1, 2024), ""),
        ("n_2024_03", NamedPeriod("month", 3, 2024), "n"),
        ("n_2024_03_31", NamedPeriod("month", 3, 2024), "n"),
        ("märz_2025", NamedPeriod("month", 3, 2025), ""),
        ("pallets_2024", NamedPeriod("year", 0, 2024), "pallets"),
        ("phase_2", None, ""),
        ("q", None, ""),
        ("n_2023_2024", None, ""),
    ],
)
def test_a_column_is_called_after_its_period(
    name: str, period: NamedPeriod | None, rest: str
) -> None:
    words = name_words(name)
    found = period_named(words)
    assert (found[0] if found else None) == period
    if found:
        left = [word for at, word in enumerate(words) if at not in found[1]]
        assert " ".join(left) == rest


@pytest.mark.parametrize(
    ("question", "periods"),
    [
        ("the headcount in Jan", [NamedPeriod("month", 1)]),
        ("may I see the sum", []),
        ("sales in may", [NamedPeriod("month", 5)]),
        ("revenue in the third quarter of 2024", [NamedPeriod("quarter", 3, 2024)]),
        ("Umsatz im dritten Quartal", [NamedPeriod("quarter", 3)]),
        ("revenue of quarter 4", [NamedPeriod("quarter", 4)]),
        ("revenue in Q1 and Q2/2024", [NamedPeriod("quarter", 1), NamedPeriod("quarter", 2, 2024)]),
        ("sold on 2024-03-01", []),
        ("sold in 2024", [NamedPeriod("year", 0, 2024)]),
    ],
)
def test_a_question_asks_for_its_periods(question: str, periods: list[NamedPeriod]) -> None:
    assert [one.period for one in periods_asked(question)] == periods
