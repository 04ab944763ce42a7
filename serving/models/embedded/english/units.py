"""Units of measure: a number asked for in one, of a column that holds another."""

import re

from tools.sql.schema import Column
from tools.sql.words import name_words

_FACTORS = (
    {"kb": 1, "mb": 1024, "gb": 1024**2, "tb": 1024**3, "pb": 1024**4},
    {"kib": 1, "mib": 1024, "gib": 1024**2, "tib": 1024**3},
    {"mbps": 1, "gbps": 1000, "tbps": 1_000_000},
    {"mm": 1, "cm": 10, "m": 1000, "km": 1_000_000},
    {"g": 1, "kg": 1000, "t": 1_000_000},
    {"ms": 1, "seconds": 1000, "minutes": 60_000, "hours": 3_600_000, "days": 86_400_000},
)
_ALIKE = {
    "gigabyte": "gb", "gigabytes": "gb", "terabyte": "tb", "terabytes": "tb", "megabytes": "mb",
    "gib": "gb", "tib": "tb", "mib": "mb", "kib": "kb", "kilos": "kg", "kilograms": "kg",
    "tons": "t", "hour": "hours", "minute": "minutes", "second": "seconds", "day": "days",
    "sec": "seconds", "min": "minutes", "dollars": "usd", "dollar": "usd", "euros": "eur",
    "euro": "eur",
}  # fmt: skip


def scaled(question: str, value: float, column: Column) -> float:
    """What a number of the question is multiplied with to be in the column's own unit."""
    asked = unit_after(question, value)
    held = [_unit(word) for word in name_words(column.name)]
    for factors in _FACTORS:
        own = next((word for word in reversed(held) if word in factors), None)
        if own and asked in factors:
            return factors[asked] / factors[own]
    return 1.0


_OF_TIME = frozenset("seconds minutes hours days weeks months years week month year".split())
_TIMED = _OF_TIME | frozenset(
    """second minute hour day age duration term tenure time period length lifespan experience
    lead delay wait""".split()
)
"""Words in the names of columns that hold lengths of time."""


def is_out_of_place(question: str, value: float, column: Column) -> bool:
    """Whether a question gives a length of time where a column holds something else: an amount."""
    words = {*name_words(column.name), *column.comment.lower().split()}
    return unit_after(question, value) in _OF_TIME and _TIMED.isdisjoint(words)


def unit_after(question: str, value: float) -> str:
    """The unit that a question names behind a number, empty without one."""
    for match in re.finditer(
        r"(\d[\d,]*(?:\.\d+)?)(?: (?:and|to) \d[\d,.]*)?\s*([A-Za-z]+)", question
    ):
        if float(match[1].replace(",", "")) == value:
            return _unit(match[2].lower())
    return ""


def _unit(word: str) -> str:
    return _ALIKE.get(word, word)
