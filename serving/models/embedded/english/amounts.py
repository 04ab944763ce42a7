"""Numbers with the thousands or millions said in a word or a letter: "80 thousand", "2.5k", "a dozen"."""

import re
from decimal import Decimal

from serving.models.embedded.english.words import NUMBERS

_SCALES = {
    "hundred": 100,
    "thousand": 1_000,
    "grand": 1_000,
    "k": 1_000,
    "million": 1_000_000,
    "mio": 1_000_000,
    "mn": 1_000_000,
    "billion": 1_000_000_000,
    "bn": 1_000_000_000,
    "dozen": 12,
}
_SPOKEN = "|".join(word for word in NUMBERS if word not in ("single", "hundred"))
_NUMBER = rf"(?P<digits>\d[\d,]*(?:\.\d+)?)|(?P<word>{_SPOKEN}|an?|half an?)"
_SCALED = re.compile(
    rf"(?<![\w.,-])(?:{_NUMBER})(?P<gap> ?)(?P<scale>{'|'.join(_SCALES)})s?\b(?!-)(?! of (?!them\b))",
    re.IGNORECASE,
)
_TIMED = re.compile(
    rf"\b(?P<word>{_SPOKEN})(?= (?:seconds?|minutes?|hours?|days?|weeks?|months?|years?)\b)",
    re.IGNORECASE,
)
_ONE = re.compile(r"(?<=\bthan )an?(?= (?:minute|hour|day|week|month|year)\b)", re.IGNORECASE)


def spelled_in_digits(question: str) -> str:
    """The question with such numbers, and those of units of time, in digits.

    "More than 80 thousand" is "more than 80000", and "two weeks" are "2 weeks".
    """
    timed = _TIMED.sub(lambda found: str(NUMBERS[found["word"].lower()]), question)
    timed = _ONE.sub("1", timed)
    return _SCALED.sub(_digits, timed)


def _digits(found: re.Match[str]) -> str:
    word = (found["word"] or "").lower()
    if word and not found["gap"]:  # "onek" is no number
        return found[0]
    if word in ("a", "an"):
        number = Decimal(1)
    elif word.startswith("half"):
        number = Decimal("0.5")
    else:
        number = Decimal(NUMBERS[word]) if word else Decimal(found["digits"].replace(",", ""))
    value = number * _SCALES[found["scale"].lower()]
    return f"{value.normalize():f}"
