"""Periods of the calendar in a text: a year, a quarter, a month or a day, as a language writes it."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from functools import cache
from typing import Literal

from tools.language.pack import LanguagePack, language_pack

Grain = Literal["year", "quarter", "month", "day"]
_YEAR = r"(?P<year>(?:19|20)\d\d)"
_ORDINAL = r"(?P<day>[0-3]?\d)(?:st|nd|rd|th|\.)?"
_QUARTERS = {"first": 1, "second": 2, "third": 3, "fourth": 4, "erste": 1, "zweite": 2, "dritte": 3, "vierte": 4}  # fmt: skip
_MONTHS_OF_A_QUARTER, _MONTHS = 3, 12


@dataclass(frozen=True, slots=True)
class CalendarPeriod:
    """Some days of the calendar: `start` is the first, `end` the first after them."""

    grain: Grain
    start: date
    end: date

    @property
    def last(self) -> date:
        """The last day."""
        return self.end - timedelta(days=1)


@dataclass(frozen=True, slots=True)
class PeriodSpan:
    """A period with its place in the text."""

    period: CalendarPeriod
    begin: int
    end: int


def periods_in(text: str, pack: LanguagePack) -> list[PeriodSpan]:
    """The periods that a text names, in order; what is no day of the calendar is left out."""
    found: list[PeriodSpan] = []
    for pattern in _patterns(pack.code):
        for match in pattern.finditer(text):
            is_free = all(match.end() <= one.begin or match.start() >= one.end for one in found)
            period = _period(match, pack) if is_free else None
            if period is not None:
                found.append(PeriodSpan(period, match.start(), match.end()))
    return sorted(found, key=lambda one: one.begin)


@cache
def _patterns(code: str) -> tuple[re.Pattern[str], ...]:
    pack = language_pack(code)
    month = f"(?P<month>{'|'.join(sorted(pack.months, key=len, reverse=True))})\\.?"
    forms = (
        r"(?P<iso>\d{4}-\d\d-\d\d)(?!-?\d)",
        rf"(?P<day>[0-3]?\d)\.(?P<number>[01]?\d)\.{_YEAR}",
        rf"{_ORDINAL} (?:of )?{month} {_YEAR}",
        rf"{month} {_ORDINAL},? {_YEAR}",
        rf"(?:{month}),? (?:of )?{_YEAR}",
        rf"{_YEAR}-(?P<number>[01]\d)(?!-?\d)",
        rf"(?P<number>[01]?\d)/{_YEAR}",
        rf"q(?P<quarter>[1-4])[ /-]?(?:of )?{_YEAR}",
        rf"{_YEAR}[ -]?q(?P<quarter>[1-4])",
        rf"(?P<ordinal>{'|'.join(_QUARTERS)})[nsr]? (?:quarter|quartal)(?:s)?(?: of| in)? {_YEAR}",
        rf"(?P<quarter>[1-4])\. quartal {_YEAR}",
        _YEAR,
    )
    return tuple(
        re.compile(rf"(?<![\w.,/-]){form}(?!\w|[.,/-]\d)", re.IGNORECASE) for form in forms
    )


def _period(match: re.Match[str], pack: LanguagePack) -> CalendarPeriod | None:
    said = match.groupdict()
    try:
        if said.get("iso"):
            return _day(date.fromisoformat(said["iso"]))
        year, month = int(said["year"]), _month(said, pack)
        if said.get("day"):
            return _day(date(year, month, int(said["day"])))
        if quarter := _quarter(said):
            return _of_months("quarter", year, quarter * _MONTHS_OF_A_QUARTER - 2)
        return _of_months("month", year, month) if month else _of_months("year", year, 1)
    except ValueError:
        return None


def _month(said: dict[str, str | None], pack: LanguagePack) -> int:
    named = (said.get("month") or "").lower()
    return pack.months[named] if named else int(said.get("number") or 0)


def _quarter(said: dict[str, str | None]) -> int:
    named = (said.get("ordinal") or "").lower()
    return _QUARTERS[named] if named else int(said.get("quarter") or 0)


def _day(day: date) -> CalendarPeriod:
    return CalendarPeriod("day", day, day + timedelta(days=1))


def _of_months(grain: Grain, year: int, month: int) -> CalendarPeriod:
    length = {"year": _MONTHS, "quarter": _MONTHS_OF_A_QUARTER}.get(grain, 1)
    after = month - 1 + length
    return CalendarPeriod(
        grain, date(year, month, 1), date(year + after // _MONTHS, after % _MONTHS + 1, 1)
    )


def written_forms(period: CalendarPeriod) -> Iterator[tuple[str, str]]:
    """How a statement may write a period's bounds: the name of each form, with the text."""
    for edge, day in (("start", period.start), ("end", period.end), ("last", period.last)):
        yield edge, day.isoformat()
        yield f"{edge} compact", f"{day:%Y%m%d}"
        yield f"{edge} dotted", f"{day:%d.%m.%Y}"
        for clock in (" 00:00:00", "T00:00:00", " 23:59:59", "T23:59:59", " 00:00"):
            yield f"{edge}{clock}", f"{day.isoformat()}{clock}"
    prefix = {"year": f"{period.start:%Y}", "month": f"{period.start:%Y-%m}"}.get(period.grain)
    if prefix:
        yield from ((f"prefix {end}", f"{prefix}{end}") for end in ("", "%", "-%"))
    if period.grain == "month":
        yield from (("of month", f"{period.start:%m}"), ("dotted month", f"%.{period.start:%m.%Y}"))
    if period.grain in ("year", "month"):
        yield from (("of year", f"{period.start:%Y}"), ("dotted year", f"%.{period.start:%Y}"))
