"""Dates as people write them, read as half-open ranges of days."""

import re
from dataclasses import dataclass
from datetime import date, timedelta

from serving.models.embedded.english.months import MONTHS
from serving.models.embedded.english.words import NUMBERS, Word

_MONTHS = (
    {name: at for at, name in enumerate(MONTHS, start=1)}
    | {name[:3]: at for at, name in enumerate(MONTHS, start=1)}
    | {"sept": 9}
)
_PARTS = {"quarter": 3, "q": 3, "half": 6, "h": 6}
"""The months in each part of a year."""
_ORDINALS = {"first": 1, "second": 2, "third": 3, "fourth": 4}
_LAST = frozenset({"last", "final", "past"})  # "the last" was put as "past"
_LEAD = {"in", "during", "of", "from", "on", "for", "year", "the"}
_UP_TO = {"to", "until", "till", "through"}
_FROM_START = {"since": "since", "from": "since", "before": "before", "until": "before"}
"""What "the start of" a period means behind each of these."""
_RELATIONS = {"since", "after", "before", "until"}
_BACK = {"this": 0, "current": 0, "last": 1, "previous": 1, "next": -1, "coming": -1}
_DAYS = {"yesterday": -1, "today": 0, "tomorrow": 1}
_AHEAD = {"next", "coming"}
_UNITS = {"week": 0, "month": 1, "quarter": 3, "year": 12}
"""The months in each unit; a week has none."""
Span = tuple[int, date, date]


ANY_DAY = date(2000, 1, 1)
"""Today, where it only matters that words name a period and not which."""


@dataclass(frozen=True, slots=True)
class Period:
    """From the day `low` on, up to but without the day `high`; None leaves that end open."""

    low: date | None
    high: date | None


def read_period(words: tuple[Word, ...], today: date) -> tuple[int, Period] | None:
    """The period that a question's next words name, and how many words that takes."""
    lower = [word.lower for word in words]
    if _is_start_of(lower[1:]) and lower[0] in _FROM_START:
        found = _span(lower[4:], today)
        return (4 + found[0], _related(_FROM_START[lower[0]], *found[1:])) if found else None
    if lower and lower[0] in {"between", "from"}:
        return _range(lower, today)
    at = 0
    relation = ""
    while at < len(lower) and (lower[at] in _LEAD or lower[at] in _RELATIONS):
        relation = lower[at] if lower[at] in _RELATIONS else relation
        at += 1
    if lower[max(0, at - 1) : at + 1] == ["the", "last"]:
        lower[at] = "past"  # "last year" is that of the calendar, "the last year" ends today
    found = _span(lower[at:], today)
    if found is None or (lower[0] not in _LEAD | _RELATIONS and at):
        return None
    taken, low, high = found
    if lower[at + taken : at + taken + 1] and lower[at + taken] in _UP_TO and not relation:
        last = _span(lower[at + taken + 1 :], today)
        if last is not None and last[1] > low:
            return at + taken + 1 + last[0], Period(low, last[2])
    after = lower[at + taken : at + taken + 2]
    if not relation and after in (["or", "later"], ["or", "after"], ["and", "later"]):
        return at + taken + 2, Period(low, None)
    return at + taken, _related(relation, low, high)


def _is_start_of(lower: list[str]) -> bool:
    return (
        lower[:1] == ["the"] and lower[1:2] in (["start"], ["beginning"]) and lower[2:3] == ["of"]
    )


def _related(relation: str, low: date, high: date) -> Period:
    match relation:
        case "since":
            return Period(low, None)
        case "after":
            return Period(high, None)
        case "before":
            return Period(None, low)
        case "until":
            return Period(None, high)
        case _:
            return Period(low, high)


def _range(lower: list[str], today: date) -> tuple[int, Period] | None:
    for middle in range(2, min(len(lower), 6)):
        if lower[middle] not in _UP_TO | {"and"}:
            continue
        last = _span(lower[middle + 1 :], today)
        first = _span(lower[1:middle], today)
        if last is None:
            continue
        if first is None:
            first = _in_year_of(last, lower[1:middle], today)
        if first is not None and first[0] == middle - 1:
            return middle + 1 + last[0], Period(first[1], last[2])
    return None


def _in_year_of(last: Span, lower: list[str], today: date) -> Span | None:
    """A day or month without a year, in that of the one behind it or in the year before."""
    for year in (last[1].year, last[1].year - 1):
        found = _span([*lower, str(year)], today)
        if found is not None and found[0] == len(lower) + 1 and found[1] <= last[1]:
            return (len(lower), *found[1:])
    return None


def _span(lower: list[str], today: date) -> Span | None:
    """The words taken, the first day, and the day after the last."""
    at = _year_told(lower)
    dated = [*lower[:at], str(today.year - _BACK[lower[at]]), *lower[at + 2 :]] if at else lower
    text = " ".join(dated[:5])
    for read in (_iso, _part, _months_of, _month, _european, _year):
        try:
            found = read(text)
        except (ValueError, OverflowError):  # a day or a year that no calendar has
            continue
        if found is not None:
            return (found[0] + (0 < at < found[0]), *found[1:])
    try:
        if (window := _window(lower, today)) is not None:
            return window
    except (ValueError, OverflowError):  # before the first day of the calendar
        return None
    if lower[1:] and lower[0] in _BACK and lower[1] in _UNITS:
        return _relative(_BACK[lower[0]], lower[1], today)
    return None


def _year_told(lower: list[str]) -> int:
    """The place of a relative year behind a part of it ("March of last year"), 0 if there is none."""
    places = range(1, min(len(lower) - 1, 5))
    return next((n for n in places if lower[n] in _BACK and lower[n + 1] == "year"), 0)


def _window(lower: list[str], today: date) -> Span | None:
    """A day by its name, or the days, weeks, months or years up to today."""
    if lower[:1] and lower[0] in _DAYS:
        first = today + timedelta(days=_DAYS[lower[0]])
        return 1, first, first + timedelta(days=1)
    match = re.match(
        r"(?:past|last|previous|next|coming) (?:(\d+|\w+) )?(day|week|month|year)s?(?!\S)",
        " ".join(lower[:3]),
    )
    if match is None or (match[1] is None and not lower[0].startswith("past")):
        return None
    said = match[1] or "one"
    number = int(said) if said.isdigit() else NUMBERS.get(said)
    if number is None:
        return None
    taken = len(match[0].split())
    taken += lower[taken : taken + 2] == [",", "inclusive"]
    if lower[taken : taken + 3] == ["inclusive", "of", "today"]:
        taken += 4 if lower[taken + 3 : taken + 4] == ["date"] else 3
    if lower[0] in _AHEAD:
        return taken, today, _back(today, -number, match[2]) + timedelta(days=1)
    return taken, _back(today, number, match[2]), today + timedelta(days=1)


def _back(today: date, number: int, unit: str) -> date:
    if unit in {"day", "week"}:
        return today - timedelta(days=number * (7 if unit == "week" else 1))
    months = today.year * 12 + today.month - 1 - number * (12 if unit == "year" else 1)
    year, month = divmod(months, 12)
    last = (date(year + month // 11, (month + 1) % 12 + 1, 1) - timedelta(days=1)).day
    return date(year, month + 1, min(today.day, last))


def _iso(text: str) -> Span | None:
    match = re.match(r"(\d{4})-(\d\d)-(\d\d)(?!\S)", text)
    return _day(1, int(match[1]), int(match[2]), int(match[3])) if match else None


def _part(text: str) -> Span | None:
    """A quarter or a half of a year: "Q3 2024", "the last quarter of 2024", "H1 2025"."""
    match = re.match(r"(?:(q|h)([1-4])|(\w+) (quarter|half))(?: of| in)? (\d{4})(?!\S)", text)
    if match is None:
        return None
    months = _PARTS[match[1] or match[4]]
    most = 12 // months
    at = (
        int(match[2]) if match[2] else _ORDINALS.get(match[3]) or (most if match[3] in _LAST else 0)
    )
    if not 1 <= at <= most:
        return None
    return _months(len(match[0].split()), int(match[5]), (at - 1) * months + 1, months)


def _months_of(text: str) -> Span | None:
    """The first or last months of a year: "the first two months of 2025"."""
    match = re.match(r"(first|last|final|past) (?:(\w+) )?months?(?: of| in)? (\d{4})(?!\S)", text)
    said = match[2] or "one" if match else ""
    count = int(said) if said.isdecimal() else NUMBERS.get(said, 0)
    if match is None or not 1 <= count <= 12:
        return None
    first = 1 if match[1] == "first" else 13 - count
    return _months(len(match[0].split()), int(match[3]), first, count)


def _month(text: str) -> Span | None:
    match = re.match(r"(\w+)(?: (\d\d?))?(?: ,)?(?: of)? (\d{4})(?!\S)", text)
    month = _MONTHS.get(match[1]) if match else None
    if match is None or month is None:
        return None
    taken = len(match[0].split())
    if match[2]:
        return _day(taken, int(match[3]), month, int(match[2]))
    return _months(taken, int(match[3]), month, 1)


def _european(text: str) -> Span | None:
    match = re.match(r"(\d\d?) (\w+) (\d{4})(?!\S)", text)
    month = _MONTHS.get(match[2]) if match else None
    return _day(3, int(match[3]), month, int(match[1])) if match and month else None


def _year(text: str) -> Span | None:
    match = re.match(r"((?:19|20)\d\d)(?!\S)", text)
    return _months(1, int(match[1]), 1, 12) if match else None


def _day(taken: int, year: int, month: int, day: int) -> Span:
    first = date(year, month, day)
    return taken, first, first + timedelta(days=1)


def _months(taken: int, year: int, month: int, count: int) -> Span:
    end = year * 12 + month - 1 + count
    return taken, date(year, month, 1), date(end // 12, end % 12 + 1, 1)


def _relative(back: int, unit: str, today: date) -> Span:
    """The week, month, quarter or year that is `back` units before the current one."""
    if unit == "week":
        first = today - timedelta(days=today.weekday() + 7 * back)
        return 2, first, first + timedelta(days=7)
    size = _UNITS[unit]
    start = today.year * 12 + (today.month - 1) // size * size - back * size
    return _months(2, start // 12, start % 12 + 1, size)
