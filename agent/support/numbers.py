import re
from dataclasses import dataclass
from functools import lru_cache

_SCALES = {
    **dict.fromkeys(("k", "tsd", "thousand", "tausend"), 1e3),
    **dict.fromkeys(("m", "mn", "mio", "million", "millions", "millionen"), 1e6),
    **dict.fromkeys(("b", "bn", "mrd", "billion", "billions", "milliarde", "milliarden"), 1e9),
    **dict.fromkeys(("trillion", "trillions"), 1e12),
}
_PERCENT = r"%|percent(?:age\spoints?)?|per\scent|pct|Prozent(?:punkte?n?)?"
_UNIT = (
    rf"(?:{_PERCENT}|(?i:thousand|tausend|tsd|millionen|millions?|mio|mn"
    r"|billions?|bn|milliarden?|mrd|trillions?)|(?<!\n)[kKmMB])(?!\w)"  # a letter on its line alone
)
# The first digit is separate in each pattern, so that the regex engine can skip ahead.
NUMBER = re.compile(
    rf"""(?P<literal>\d(?:
        \d{{0,2}}(?:,\d{{3}})+(?!\d)(?:\.\d+)?                  # 1,234.5
      | \d{{0,2}}(?:\.\d{{3}})+(?!\d)(?:,\d+)?                  # 1.234,5
      | \d{{0,2}}(?:['\u2019\u00a0\u2009\u202f]\d{{3}})+(?!\d)(?:[.,]\d+)?   # 1'234.5
      | \d?(?:,\d\d)+,\d{{3}}(?!\d)                             # 12,34,567
      | \d*(?:[.,]\d+)?
    ))
    (?:\s?(?P<unit>{_UNIT})
      |(?=\s?(?:-|\u2013|to|bis)\s?\d[\d.,]*\s?(?P<shared>{_UNIT})))?  # the unit of 10-15% is for both
    """,
    re.VERBOSE,
)
_IDENTIFIER = re.compile(
    r"""\d(?<!\d\d)(?<!\d[.,]\d)(?:
        (?:(?<=[^\W\d]\d)|(?<=[^\W\d][-/]\d))\w*+(?:[-./:]\w++)*     # C5-16, INV-00123, v2.1
      | (?!\d{0,2}(?:\.\d{3}){2,}(?![.\d]))\d*+(?:\.\d++){2,}        # 2.1.3, 10.0.0.1
      | \d?:[0-5]\d(?!\d)(?::[0-5]\d(?!\d))?                         # 14:30
      | (?<=0)\d++(?![.,]\d)                                         # 00123
      | \d{15,}+(?![.,]\d)                                           # too long for a quantity
      | \d*[^\W\d_]++\d\w*                                           # 3a4f
    )""",
    re.VERBOSE,
)
# Written together with a number, these leave it a number.
_COUNTED = re.compile(
    r"usd|eur|gbp|chf|jpy|rs|us|ca|about|mid|pre|post|top|sub|non|under|over|early|late|since"
    r"|ab|ende|mitte|anfang",
    re.IGNORECASE,
)


@dataclass(frozen=True, slots=True)
class Quantity:
    """One reading of a written number: its size without sign, and the unit of its last digit."""

    value: float
    step: float
    is_percent: bool = False


@dataclass(frozen=True, slots=True)
class NumericToken:
    """A stretch text[start:end] with a digit in it."""

    start: int
    end: int
    text: str


@dataclass(frozen=True, slots=True)
class Number(NumericToken):
    """A written number and its readings, the likeliest first: 1.234 has two."""

    readings: tuple[Quantity, ...]


def take_out_identifiers(text: str) -> tuple[list[NumericToken], str]:
    """The tokens that name rather than count, and the text with blanks in their place."""
    found: list[NumericToken] = []
    kept, at = list[str](), 0
    for match in _IDENTIFIER.finditer(text):
        start = _token_start(text, match.start())
        if _COUNTED.fullmatch(text[start : match.start()].strip("-/")):
            continue
        found.append(NumericToken(start, match.end(), text[start : match.end()]))
        # All of it: the M that is left of M4 would make millions of a number before it.
        start = max(start, at)
        kept += (text[at:start], " " * (match.end() - start))
        at = match.end()
    return found, "".join([*kept, text[at:]])


def find_numbers(text: str) -> list[Number]:
    """The numbers of a text from which dates and identifiers have been taken out."""
    return [
        Number(m.start(), m.end(), m[0], quantities(m["literal"], m["unit"] or m["shared"]))
        for m in NUMBER.finditer(text)
    ]


@lru_cache(maxsize=4096)
def quantities(literal: str, unit: str | None) -> tuple[Quantity, ...]:
    """The readings of a number; a point or comma before three digits may group or divide."""
    plain = tuple(Quantity(value, step) for value, step in _readings(literal))
    if unit is None:
        return plain
    scale = _SCALES.get(unit.lower())
    if scale is None:
        return tuple(Quantity(q.value, q.step, is_percent=True) for q in plain)
    scaled = tuple(Quantity(q.value * scale, q.step * scale) for q in plain)
    return plain + scaled if unit == "m" else scaled  # metres or millions


def _readings(literal: str) -> list[tuple[float, float]]:
    separators = [c for c in literal if not c.isdigit()]
    digits = "".join(c if c.isdigit() else " " for c in literal).split()
    if not separators:
        return [(float(literal), 1.0)]
    grouped = (float("".join(digits)), 1.0)
    places = len(digits[-1])
    divided = (float("".join(digits[:-1]) + "." + digits[-1]), 10.0**-places)
    if len(separators) > 1:
        return [divided if separators[0] != separators[-1] else grouped]
    if separators[0] not in ".,":
        return [grouped]
    if places != 3 or len(digits[0]) > 3 or digits[0].startswith("0"):
        return [divided]
    return [grouped, divided] if separators[0] == "," else [divided, grouped]


def _token_start(text: str, start: int) -> int:
    while start and (text[start - 1].isalnum() or text[start - 1] in "_-/"):
        start -= 1
    while not text[start].isalnum():
        start += 1
    return start
