"""Lengths of time that the evidence has, and the words that an answer may have for them."""

import re
from collections.abc import Iterator
from dataclasses import dataclass

_DAY_S = 86_400.0
_IN_MONTHS = {"year": 12.0, "jahr": 12.0, "month": 1.0, "mon": 1.0, "monat": 1.0}
_IN_SECONDS = {
    **dict.fromkeys(("week", "woche"), 7 * _DAY_S),
    **dict.fromkeys(("day", "tag"), _DAY_S),
    **dict.fromkeys(("hour", "hr", "h", "stunde"), 3_600.0),
    **dict.fromkeys(("minute", "min"), 60.0),
    **dict.fromkeys(("second", "sec", "s", "sekunde"), 1.0),
}
_UNITS = "|".join(sorted((*_IN_MONTHS, *_IN_SECONDS), key=len, reverse=True))
_PART = rf"\d+(?:[.,]\d+)?[\s-]?(?:{_UNITS})(?:e?n|s)?\b"
_SPOKEN = re.compile(rf"(?<![\w.,]){_PART}(?:(?:,|\s+(?:and|und)|)\s*{_PART})*", re.IGNORECASE)
_EACH = re.compile(rf"(\d+(?:[.,]\d+)?)[\s-]?({_UNITS})", re.IGNORECASE)
_STORED = re.compile(
    r"(?=.)(?:-?(?P<years>\d+) years? ?)?(?:-?(?P<months>\d+) mons? ?)?(?:-?(?P<days>\d+) days? ?)?"
    r"(?:[+-]?(?P<hours>\d{2,}):(?P<minutes>[0-5]\d):(?P<seconds>[0-5]\d(?:\.\d+)?))?"
)


@dataclass(frozen=True, slots=True)
class Duration:
    """A length without its sign; months and seconds do not add up to each other."""

    months: float
    seconds: float


def stored_duration(cell: str) -> Duration | None:
    """The duration in a cell, as PostgreSQL writes intervals and MariaDB times, if it is one."""
    found = _STORED.fullmatch(cell)
    if found is None:
        return None
    size = {name: float(text or 0) for name, text in found.groupdict().items()}
    days, hours, minutes = size["days"] * _DAY_S, size["hours"] * 3_600, size["minutes"] * 60
    return Duration(size["years"] * 12 + size["months"], days + hours + minutes + size["seconds"])


def durations_in_words(text: str) -> Iterator[tuple[re.Match[str], Duration, Duration]]:
    """Each length in words, such as "1 hour and 30 minutes", and half a step of its last part."""
    for match in _SPOKEN.finditer(text):
        months = seconds = 0.0
        half = Duration(0, 0)
        for number, unit in _EACH.findall(match[0]):
            value = float(number.replace(",", "."))
            step = 0.1 ** len(number.replace(",", ".").partition(".")[2])
            in_months, in_seconds = (of.get(unit.lower(), 0.0) for of in (_IN_MONTHS, _IN_SECONDS))
            months, seconds = months + value * in_months, seconds + value * in_seconds
            half = Duration(in_months * step / 2, in_seconds * step / 2)
        yield match, Duration(months, seconds), half
