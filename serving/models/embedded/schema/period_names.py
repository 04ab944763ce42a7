"""Periods that columns are called after and questions ask for: 2024, Q3, March, the first half."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from typing import Literal

from tools.language.pack import language_packs

Kind = Literal["year", "half", "quarter", "month"]
_YEAR = r"(?:19|20)\d\d"
_FIRST = ("first", "second", "third", "fourth")
_ERSTE = ("erste", "zweite", "dritte", "vierte")
_NTH = ("1st", "2nd", "3rd", "4th")
_ORDINALS = {word: at for words in (_FIRST, _ERSTE, _NTH) for at, word in enumerate(words, 1)}
_ORDINALS["earliest"] = 1  # what German questions say with "ersten" is rendered so
_PARTS: dict[str, Kind] = {
    "q": "quarter",
    "quarter": "quarter",
    "quartal": "quarter",
    "h": "half",
    "half": "half",
    "hj": "half",
    "halbjahr": "half",
}
_MOST = {"quarter": 4, "half": 2}
_MONTHS = 12
_LAST_DAYS = 28
"""The least day of a month that may be its last."""


@dataclass(frozen=True, slots=True)
class NamedPeriod:
    """A period; `number` is that of a part of the year, and `year` is 0 where none is named."""

    kind: Kind
    number: int
    year: int = 0

    def may_be(self, other: "NamedPeriod") -> bool:
        """Whether both may be the same: only one of them says of which year."""
        is_same = (self.kind, self.number) == (other.kind, other.number)
        return is_same and (self.year == other.year or 0 in (self.year, other.year))


def period_named(words: Sequence[str]) -> tuple[NamedPeriod, frozenset[int]] | None:
    """The period in the words of a name, with the places where it stands; None where there is none."""
    years = [at for at, word in enumerate(words) if re.fullmatch(_YEAR, word)]
    if len(years) > 1:
        return None
    year = int(words[years[0]]) if years else 0
    for found in (_part_in(words, year), _month_in(words, year, years)):
        if found is not None:
            period, places = found
            return period, places | frozenset(years)
    return (NamedPeriod("year", 0, year), frozenset(years)) if years else None


def _part_in(words: Sequence[str], year: int) -> tuple[NamedPeriod, frozenset[int]] | None:
    """A quarter or a half: "q 1", "1 quartal", "first half"."""
    for at, word in enumerate(words):
        kind = _PARTS.get(word)
        for beside in (at + 1, at - 1) if kind else ():
            said = words[beside] if 0 <= beside < len(words) else ""
            number = _ordinal(said) or _digit(said)
            if kind and 1 <= number <= _MOST[kind] and (len(word) > 2 or beside > at):
                return NamedPeriod(kind, number, year), frozenset({at, beside})
    return None


def _ordinal(word: str) -> int:
    """Its number, 0 where it is none; German ones have endings."""
    return _ORDINALS.get(word) or _ORDINALS.get(word.rstrip("rsnm"), 0)


def _digit(word: str) -> int:
    return int(word) if len(word) == 1 and word.isdecimal() else 0


def _month_in(
    words: Sequence[str], year: int, years: Sequence[int]
) -> tuple[NamedPeriod, frozenset[int]] | None:
    """A month by its name, "jan 24", or by its number beside a year, "2024 01"."""
    named = [at for at, word in enumerate(words) if word in _months()]
    if len(named) == 1:
        at = named[0]
        behind = words[at + 1] if at + 1 < len(words) else ""
        is_short_year = not year and re.fullmatch(r"\d\d", behind) is not None
        short = 2000 + int(behind) if is_short_year else 0
        places = {at, at + 1} if is_short_year else {at}
        return NamedPeriod("month", _months()[words[at]], year or short), frozenset(places)
    digits = [at for at, word in enumerate(words) if word.isdecimal() and at not in years]
    if named or not years or not digits or len(digits) > 2:
        return None
    months = sorted(digits, key=lambda at: abs(at - years[0]))
    month, days = int(words[months[0]]), [int(words[at]) for at in months[1:]]
    if len(words[months[0]]) > 2 or not 1 <= month <= _MONTHS:
        return None
    is_edge = all(day == 1 or day >= _LAST_DAYS for day in days)
    return (NamedPeriod("month", month, year), frozenset(digits)) if is_edge else None


@dataclass(frozen=True, slots=True)
class AskedPeriod:
    """A period in a question, and the place of the phrase that names it."""

    period: NamedPeriod
    begin: int
    end: int


def periods_asked(question: str) -> list[AskedPeriod]:
    """The periods that a question in English names, German ones of the year among them."""
    return [
        AskedPeriod(period, found.start(), found.end())
        for found in _asked().finditer(question)
        if (period := _period(found))
    ]


def _period(found: re.Match[str]) -> NamedPeriod | None:
    year = int(found["after"] or found["before"] or found["year"] or 0)
    if month := found["month"]:
        is_name = month[0].isupper() or found["led"]
        return NamedPeriod("month", _months()[month.lower()], year) if is_name else None
    if said := found["part"] or found["named"] or found["counted"]:
        number = found["number"] or found["digit"] or found["ordinal"]
        kind, at = _PARTS[said.lower()], _ordinal(number.lower()) or int(number.rstrip("."))
        return NamedPeriod(kind, at, year) if at <= _MOST[kind] else None
    return NamedPeriod("year", 0, year)


@cache
def _asked() -> re.Pattern[str]:
    months = "|".join(sorted(_months(), key=len, reverse=True))
    ordinals = "|".join(sorted(_ORDINALS, key=len, reverse=True))
    named = "quarter|quartal|half|halbjahr"
    return re.compile(
        r"\s*(?:\b(?P<led>in|im|for|of|during|from)\s+)?(?:the\s+)?(?:(?:year|month)\s+(?:of\s+)?)?"
        r"\b(?:(?P<before>" + _YEAR + r")[ -])?"
        rf"(?:(?P<month>{months})\b\.?"
        r"|(?P<part>q|h|hj) ?(?P<number>[1-4])\b"
        rf"|(?P<ordinal>(?:{ordinals})[rsnm]?\b|[1-4]\.)\s+(?P<named>{named})\b(?:\s+of the year\b)?"
        rf"|(?P<counted>quarter|quartal|halbjahr) (?P<digit>[1-4])\b"
        rf"|(?P<year>{_YEAR})\b(?!-\d))"
        rf"(?:[ /,-]+(?:of\s+|in\s+)?(?P<after>{_YEAR})\b)?",
        re.IGNORECASE,
    )


@cache
def _months() -> dict[str, int]:
    return {word: at for pack in language_packs() for word, at in pack.months.items()}
