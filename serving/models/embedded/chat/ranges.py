"""Amounts with their units, and the ranges of them that a sentence speaks of."""

import math
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import pairwise

from tools.documents.terms import index_terms

_UNITS = {
    "%": "%",
    "percent": "%",
    "pct": "%",
    "$": "usd",
    "usd": "usd",
    "dollar": "usd",
    "dollars": "usd",
    "€": "eur",
    "eur": "eur",
    "euro": "eur",
    "euros": "eur",
    "£": "gbp",
    "gbp": "gbp",
    "pound": "gbp",
    "pounds": "gbp",
}
_DAYS = {"hour": 1 / 24, "day": 1.0, "week": 7.0, "month": 30.0, "year": 365.0}
"""Days in what measures time, by its stem."""
_FOR_A = re.compile(r"\bfor an? (?=(?:hour|day|week|month|year)\b)", re.I)
_NUMBER_WORDS = "one two three four five six seven eight nine ten eleven twelve".split()
_VALUES = {word: float(value) for value, word in enumerate(_NUMBER_WORDS, start=1)}

_AMOUNT = re.compile(
    rf"""(?P<before>[$€£]|\b(?:USD|EUR|GBP))?\s?
    (?<![\w.])(?P<number>\d[\d,]*(?:\.\d+)?|{"|".join(_NUMBER_WORDS)})(?![\d])
    (?:[ \xa0-]?(?:(?:business|working|calendar)\s)?(?P<unit>%|per\scent\b|[€$£]|[A-Za-z]+))?""",
    re.IGNORECASE | re.VERBOSE,
)
_JOINING = frozenset("to and or but through from between up of until till".split())
"""Words behind a number that are no unit of it."""
_DASH = re.compile(r"\s*(?:[-\N{EN DASH}\N{EM DASH}]|to|through|until|till|up to)\s*", re.I)
_BETWEEN = re.compile(r"\bbetween\s*$", re.I)
_AND = re.compile(r"\s*and\s*", re.I)
_NOT_BEYOND = re.compile(
    r"\b(?:no|not|never) (?:(?:be|exceed|go) )?(?:more than|over|above|exceed(?:ing)?|beyond|longer than|later than)\s*$",
    re.I,
)
_NOT_BELOW = re.compile(
    r"\b(?:no|not|never) (?:be |go )?(?:less than|fewer than|under|below)\s*$", re.I
)
_LEAST = re.compile(r"\b(?:at least|minimum of|starting at|starting from|from)\s*$", re.I)
_ABOVE = re.compile(
    r"\b(?:over|above|more than|larger than|higher than|greater than|longer than|exceed(?:s|ing)?|beyond|after)\s*$"
    r"|>\s*$",
    re.I,
)
_MOST = re.compile(r"\b(?:up to|at most|maximum of|within|until)(?: and including)?\s*$", re.I)
_BELOW = re.compile(
    r"\b(?:under|below|less than|lower than|fewer than|smaller than|shorter than)\s*$|<\s*$", re.I
)
_OR_MORE = re.compile(r"\s*(?:or|and) (?:more|over|above|longer|higher|up(?! to\b))\b|\s*\+", re.I)
_OR_LESS = re.compile(r"\s*(?:or|and) (?:less|fewer|below|under|lower|shorter)\b", re.I)
_NEAR = 24
"""Letters between the two bounds of one range: "above 20 % and up to 30 %"."""


@dataclass(frozen=True, slots=True)
class Amount:
    """A number with its unit, in one spelling; empty where it has none."""

    value: float
    unit: str
    start: int
    end: int


@dataclass(frozen=True, slots=True)
class Range:
    """What lies between two amounts of one unit; infinite where there is no bound."""

    low: float
    high: float
    unit: str
    has_low: bool = True
    """Whether the lower bound belongs to it."""
    has_high: bool = True

    def contains(self, amount: Amount) -> bool:
        """Whether an amount of the same unit lies in it."""
        value = amount.value
        is_above = value > self.low or (self.has_low and value == self.low)
        is_below = value < self.high or (self.has_high and value == self.high)
        return self.unit == amount.unit and is_above and is_below

    def slack(self, amount: Amount) -> float:
        """How loosely it holds an amount, where 0 is the amount itself."""
        value = amount.value
        bounds = (self.low, self.high)
        return sum(abs(value - each) if math.isfinite(each) else abs(value) for each in bounds)


def amounts_in(text: str) -> list[Amount]:
    """The numbers of a text that have a unit, and the first of two that share one."""
    found = [_amount(match) for match in _AMOUNT.finditer(text)]
    units = [each.unit for each in found]
    for at in range(len(found) - 2, -1, -1):
        gap = text[found[at].end : found[at + 1].start]
        if not units[at] and (_DASH.fullmatch(gap) or _AND.fullmatch(gap)):
            units[at] = units[at + 1]
    return [
        Amount(each.value, unit, each.start, each.end)
        for each, unit in zip(found, units, strict=True)
        if unit
    ]


def amounts_asked(question: str) -> list[Amount]:
    """The amounts that a question is about; "more than 20 percent" is about others than 20."""
    amounts = amounts_in(question)
    bounds = {each.start for each, _ in _bounded(question, amounts)}
    return [each for each in amounts if each.start not in bounds]


def holding(question: str, names: Mapping[int, str]) -> list[int]:
    """Which of several names give a range that holds an amount of the question.

    All that give one where none does, none where no name gives any: "1 to 3 days", "4 to 14 days".
    """
    asked = [_in_days(each) for each in amounts_asked(_FOR_A.sub("for one ", question))]
    ranges = {key: ranges_in(name) for key, name in names.items()}
    held = [
        key
        for key, own in ranges.items()
        if any(_range_in_days(r).contains(amount) for r in own for amount in asked)
    ]
    return held or [key for key, own in ranges.items() if own]


def _in_days(amount: Amount) -> Amount:
    days = _DAYS.get(amount.unit)
    return replace(amount, value=amount.value * days, unit="day") if days else amount


def _range_in_days(one: Range) -> Range:
    days = _DAYS.get(one.unit)
    return replace(one, low=one.low * days, high=one.high * days, unit="day") if days else one


def ranges_in(text: str) -> list[Range]:
    """The ranges that a sentence gives: between two amounts, above one, or up to one."""
    found = sorted(_bounded(text, amounts_in(text)), key=lambda each: each[0].start)
    ranges = list[Range]()
    ends = -math.inf
    for at, each in found:
        both = _joined(ranges[-1], each) if ranges and at.start - ends <= _NEAR else None
        ranges[len(ranges) - bool(both) :] = [both or each]
        ends = at.end
    return ranges


def _amount(match: re.Match[str]) -> Amount:
    number = match["number"].lower()
    value = _VALUES.get(number)
    unit = match["unit"] or ""
    end = match.end() if unit.lower() not in _JOINING else match.end("number")
    named = match["before"] or (unit if end == match.end() else "")
    amount = float(number.replace(",", "")) if value is None else value
    return Amount(amount, _unit(named), match.start(), end)


def _unit(name: str) -> str:
    lower = re.sub(r"per\s", "per", name.lower())
    return _UNITS.get(lower) or index_terms(lower)


def _bounded(text: str, amounts: Sequence[Amount]) -> Iterator[tuple[Amount, Range]]:
    """Each bound or pair of bounds, with the amount that ends it."""
    within = set[int]()
    for at, (one, other) in enumerate(pairwise(amounts)):
        gap = text[one.end : other.start]
        is_pair = _DASH.fullmatch(gap) or (
            _AND.fullmatch(gap) and _BETWEEN.search(text[: one.start])
        )
        if is_pair and one.unit == other.unit and one.value < other.value:
            within |= {at, at + 1}
            yield other, Range(one.value, other.value, one.unit)
    for at, amount in enumerate(amounts):
        if at not in within and (bound := _bound(text, amount)):
            yield amount, bound


def _bound(text: str, amount: Amount) -> Range | None:
    before, after = text[: amount.start], text[amount.end :]
    value, unit = amount.value, amount.unit
    most, least = Range(-math.inf, value, unit), Range(value, math.inf, unit)
    if _NOT_BEYOND.search(before) or _MOST.search(before) or _OR_LESS.match(after):
        return most
    if _NOT_BELOW.search(before) or _LEAST.search(before) or _OR_MORE.match(after):
        return least
    if _ABOVE.search(before):
        return Range(value, math.inf, unit, has_low=False)
    if _BELOW.search(before):
        return Range(-math.inf, value, unit, has_high=False)
    return None


def _joined(low: Range, high: Range) -> Range | None:
    """A lower bound and the upper one that follows it, as the one range that they mean."""
    are_open = low.high == math.inf and high.low == -math.inf
    if are_open and low.unit == high.unit and low.low < high.high:
        return Range(low.low, high.high, low.unit, low.has_low, high.has_high)
    return None
