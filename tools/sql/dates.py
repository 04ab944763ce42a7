"""Dates that a column of another type keeps: as numbers, or as text that does not sort as dates do."""

import re
from collections.abc import Sequence
from datetime import UTC, datetime

from tools.sql.words import name_words

EPOCH, EPOCH_MS = "epoch", "epoch_ms"
FORMS = {
    EPOCH: "seconds since 1970",
    EPOCH_MS: "milliseconds since 1970",
    "%Y%m%d": "yyyymmdd",
    "%d.%m.%Y": "dd.mm.yyyy",
    "%d-%m-%Y": "dd-mm-yyyy",
    "%d/%m/%Y": "dd/mm/yyyy",
    "%m/%d/%Y": "mm/dd/yyyy",
    "%Y/%m/%d": "yyyy/mm/dd",
    "%m/%Y": "mm/yyyy",
    "%m.%Y": "mm.yyyy",
}
"""How a column keeps its dates, by the names that `Column.dates` uses; texts may end with a time.

A month without a day is its first.
"""
LENGTHS = {"Y": 4, "m": 2, "d": 2}


def places(form: str) -> dict[str, int]:
    """Where the year, month and day of a text begin, from 1."""
    found: dict[str, int] = {}
    at = 1
    for sign in form.replace("%", ""):
        found[sign] = at
        at += LENGTHS.get(sign, 1)
    return found


_OF_DATES = frozenset(
    """at on date dates day days time times timestamp ts dt dob since until epoch datum am created
    updated modified expires birth born""".split()
)
"""Words in the names of columns that hold dates."""
_WITH_TIME = re.compile(r"[ T]\d\d:\d\d.*$")
_FIRST, _LAST = datetime(1973, 3, 4, tzinfo=UTC), datetime(2100, 1, 1, tzinfo=UTC)
_FIRST_YEAR, _LAST_YEAR = 1800, 2100
_ALSO_NUMBERS = ("%Y%m%d", "%m.%Y")
_MANY = 8
"""Different texts that are all days of these years: by chance one of eight digits in 130 is."""


def may_be_dates(column: str) -> bool:
    """Whether a column's name says that its numbers are dates."""
    return not _OF_DATES.isdisjoint(name_words(column))


def date_form(values: Sequence[object], *, named: bool) -> str:
    """How these values keep dates, a key of `FORMS`; empty where they are not dates.

    `named` says that the column's name speaks of dates, without which numbers are none, and a few
    texts of eight digits neither. Days and
    months that cannot be told apart ("03/04/2026" and nothing above 12) are not read.
    """
    if not values:
        return ""
    if named and all(isinstance(value, int | float) for value in values):
        return _numbers([value for value in values if isinstance(value, int | float)])
    texts = [_WITH_TIME.sub("", value) for value in values if isinstance(value, str)]
    if len(texts) < len(values):
        return ""
    found = [form for form in FORMS if "%" in form and all(_reads(one, form) for one in texts)]
    is_told = named or len(set(texts)) >= _MANY
    found = [form for form in found if form not in _ALSO_NUMBERS or is_told]
    return found[0] if len(found) == 1 else ""


def _numbers(values: Sequence[int | float]) -> str:
    if all(_reads(str(value), "%Y%m%d") for value in values):
        return "%Y%m%d"
    for form, factor in ((EPOCH, 1), (EPOCH_MS, 1000)):
        if all(_FIRST.timestamp() <= value / factor < _LAST.timestamp() for value in values):
            return form
    return ""


def _reads(text: str, form: str) -> bool:
    try:
        day = datetime.strptime(text, form).replace(tzinfo=UTC)
    except ValueError:
        return False
    # `strptime` takes "3.4.2026" as well, which does not have its parts in their places.
    return day.strftime(form) == text and _FIRST_YEAR <= day.year <= _LAST_YEAR
