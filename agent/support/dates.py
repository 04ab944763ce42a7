import re
from collections.abc import Callable
from dataclasses import dataclass

When = tuple[int, int, int]
"""Year, month, day; 0 is unsaid, months 33 to 36 are quarters as in EDTF (ISO 8601-2:2019, 4.8)."""

FIRST_QUARTER = 33

_MONTHS = {
    name: month
    for month, names in enumerate(
        (
            "January Januar Jan",
            "February Februar Feb",
            "March März Mar Mär Mrz",
            "April Apr",
            "May Mai",
            "June Juni Jun",
            "July Juli Jul",
            "August Aug",
            "September Sept Sep",
            "October Oktober Oct Okt",
            "November Nov",
            "December Dezember Dec Dez",
        ),
        start=1,
    )
    for name in names.split()
}
_BY_LOWER = {name.lower(): month for name, month in _MONTHS.items()}
# A capital is asked for: "may" and "march" are verbs too.
_NAMES = "|".join(f"{name}|{name.upper()}" for name in _MONTHS)
_MONTH = rf"(?:{_NAMES})(?![^\W\d_])\.?"
_NAMES_BEGUN = "|".join(f"(?<={name[0]}){name[1:]}" for name in _NAMES.split("|"))
# Each pattern begins with one plain character class, by which the regex engine skips ahead:
# that is what makes a scan of eight passages cost microseconds.
_DIGIT_LED = re.compile(
    rf"""\d(?<!\w\d)(?<![^\W\d]-\d)(?:
        \d{{3}}[-/.]\d{{1,2}}[-/.]\d{{1,2}}(?!\d)             # 2025-03-03
      | \d{{3}}-\d\d(?![\d-])                                 # 2025-03
      | \d{{3}}[-/\ ]?Q[1-4](?!\w)                            # 2025-Q3
      | \d?(?:[./-]\d{{1,2}}[./-]\d{{4}}|/\d{{1,2}}/\d\d)(?!\d)   # 03/03/2025, 3.3.2025, 03/03/25
      | \d?(?:st|nd|rd|th|\.)?
        (?:\s?(?:-|\u2013|and|to|und|bis)\s?\d{{1,2}}(?:st|nd|rd|th|\.)?)?   # 3-5 March
        \s(?:of\s)?{_MONTH}(?:,?\s\d{{4}}(?!\d))?             # 3 March 2025, 3. März
    )""",
    re.VERBOSE,
)
_LETTER_LED = re.compile(
    rf"""[ADFJMNOSQ](?:
        (?:{_NAMES_BEGUN})(?![^\W\d_])\.?\s(?:
            \d{{1,2}}(?:st|nd|rd|th)?(?:\s?[-\u2013]\s?\d{{1,2}})?(?:,?\s\d{{4}}|(?![,.]?\d))(?!\d)
          | \d{{4}}(?!\d))                                    # March 3, 2025; March 2025
      | (?<=Q)[1-4](?!\w)(?:[\ /-]?\d{{4}}(?!\d))?                 # Q3 2025, Q3
    )""",
    re.VERBOSE,
)
_DIGITS = re.compile(r"\d+")
_WORD = re.compile(r"[^\W\d_]{3,}")


@dataclass(frozen=True, slots=True)
class DateMention:
    """A date at text[start:end]; `days` holds one When, two for 03/04/2025, more for a range."""

    start: int
    end: int
    days: tuple[When, ...]
    is_range: bool


def take_out_dates(text: str) -> tuple[list[DateMention], str]:
    """The dates of a text, and the text with blanks of the same length in their place."""
    found: list[DateMention] = []

    def blank(match: re.Match[str]) -> str:
        days = _read(match[0])
        if not days:
            return match[0]
        is_range = len(days) > 1 and days[0][1] == days[1][1] and days[0][2] != days[1][2]
        found.append(DateMention(match.start(), match.end(), days, is_range))
        return " " * len(match[0])

    replace: Callable[[re.Match[str]], str] = blank
    return found, _LETTER_LED.sub(replace, _DIGIT_LED.sub(replace, text))


def coarser_names(when: When) -> tuple[When, ...]:
    """A date and every coarser way to name it: its month, quarter, year, and the day yearless."""
    year, month, day = when
    if not month:
        return (when,)
    if month >= FIRST_QUARTER:
        return when, (year, 0, 0), (0, month, 0)
    quarter = FIRST_QUARTER + (month - 1) // 3
    coarse = (year, month, 0), (year, quarter, 0), (0, quarter, 0), (year, 0, 0)
    return (when, (0, month, day), *coarse) if day else (when, *coarse)


def month_number(name: str) -> int:
    """1 to 12 for the English or German name of a month, else 0."""
    return _BY_LOWER.get(name.strip().lower(), 0)


def _read(written: str) -> tuple[When, ...]:
    numbers = [int(digits) for digits in _DIGITS.findall(written)]
    if "Q" in written:
        quarter, year = min(numbers), max(numbers)
        return ((year if year > 4 else 0, FIRST_QUARTER + quarter - 1, 0),)
    if word := _WORD.search(written):
        return _read_named(_named_month(written, word[0]), numbers)
    return _valid(_read_numeric(written, numbers))


def _named_month(written: str, first_word: str) -> int:
    return month_number(first_word) or next(
        (n for word in _WORD.findall(written) if (n := month_number(word))), 0
    )


def _read_named(month: int, numbers: list[int]) -> tuple[When, ...]:
    year = numbers[-1] if numbers[-1] > 31 else 0
    days = numbers[:-1] if year else numbers
    return _valid([(year, month, day) for day in days] or [(year, month, 0)])


def _read_numeric(written: str, numbers: list[int]) -> list[When]:
    match numbers:
        case [year, month]:
            return [(year, month, 0)]
        case [year, month, day] if year > 31:
            return [(year, month, day)]
        case [day, month, year] if "." in written:
            return [(year, month, day)]
        case [first, second, year]:
            full = year if year > 99 else 2000 + year
            # 03/04/2025 is April in London and March in Boston; either may be meant.
            return list(dict.fromkeys([(full, second, first), (full, first, second)]))
        case _:
            return []


def _valid(days: list[When]) -> tuple[When, ...]:
    return tuple(d for d in days if 1 <= d[1] <= 12 and d[2] <= 31 and (not d[0] or d[0] > 999))
