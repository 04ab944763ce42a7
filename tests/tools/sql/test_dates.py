"""How a column of another type keeps dates, told by its values and its name."""

from datetime import UTC, date, datetime

import pytest

from tools.sql.dates import date_form, may_be_dates
from tools.sql.zones import midnight, today, zone

FORMS: list[tuple[list[object], bool, str]] = [
    ([1772496000, 1775174400], True, "epoch"),
    ([1772496000.25], True, "epoch"),
    ([1772496000000], True, "epoch_ms"),
    ([20260228, 20241231], True, "%Y%m%d"),
    (["20260228"], True, "%Y%m%d"),
    (["28.02.2026", "01.03.2026"], False, "%d.%m.%Y"),
    (["28.02.2026 17:30"], False, "%d.%m.%Y"),
    (["28/02/2026", "01/03/2026"], False, "%d/%m/%Y"),
    (["02/28/2026", "03/01/2026"], False, "%m/%d/%Y"),
    (["2026/02/28"], False, "%Y/%m/%d"),
    (["01/02/2026"], False, ""),  # a day in January or in February
    ([1772496000, 12], True, ""),
    ([1772496000], False, ""),  # a number without a name that speaks of dates
    ([20260230], True, ""),  # no such day
    (["20260228"], False, ""),
    (["28.2.2026"], False, ""),
    (["28.02.2026", "soon"], False, ""),
    ([], True, ""),
]
NAMED = "paid_on created_at deliveredAt birth_date DOB DateOfSale ts updated valid_until".split()
OTHERS = "amount station version rating latitude condition".split()


@pytest.mark.parametrize(("values", "named", "form"), FORMS)
def test_the_form_of_dates_is_told_by_all_values(
    values: list[object],
    named: bool,  # noqa: FBT001  # a case's
    form: str,
) -> None:
    assert date_form(values, named=named) == form


@pytest.mark.parametrize("name", NAMED)
def test_a_name_may_speak_of_dates(name: str) -> None:
    assert may_be_dates(name)


@pytest.mark.parametrize("name", OTHERS)
def test_other_names_do_not_speak_of_dates(name: str) -> None:
    assert not may_be_dates(name)


def test_a_day_begins_when_it_does_in_its_zone() -> None:
    assert midnight(date(2026, 7, 1), "Europe/Berlin") == datetime(2026, 6, 30, 22, tzinfo=UTC)
    assert midnight(date(2026, 1, 1), "+05:30") == datetime(2025, 12, 31, 18, 30, tzinfo=UTC)
    assert midnight(date(2026, 1, 1), "") == datetime(2026, 1, 1).astimezone()


def test_far_zones_have_different_days_at_the_same_moment() -> None:
    assert (today("Pacific/Kiritimati") - today("Pacific/Pago_Pago")).days in (1, 2)


@pytest.mark.parametrize("name", ["", "Mars/Olympus", "../etc", "SYSTEM"])
def test_a_zone_that_nobody_knows_is_none(name: str) -> None:
    assert zone(name) is None
