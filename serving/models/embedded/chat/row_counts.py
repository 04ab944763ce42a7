"""Which table rows answer "how many", and which only describe one thing each.

A row in a list of sales is one sale: its number, day and amount do not count sales.
"""

import re

from serving.models.embedded.english.words import SPELLED
from tools.documents.terms import index_terms

AMOUNT = re.compile(
    rf"(?<![\w:])\d[\d.,]*(?:st|nd|rd|th)?\b|\b(?:{SPELLED}|dozens?|several|none|unlimited|(?<!at )once|twice)\b",
    re.I,
)
_DAY = re.compile(r"\d{1,4}([-./])\d{1,2}\1\d{1,4}\b")
_OF_IDENTIFIER = re.compile(
    r"(?:^|[\W_])(?:no|nr|num|numbers?|ids?|codes?|keys?|refs?|references?)\W*\Z|#", re.I
)
"""How the names of columns with identifiers end: "Sale no."."""


def tells_count(row: str, stems: frozenset[str]) -> bool:
    """Whether a row has a number in a column named by `stems`, or its table or a cell is named so.

    `row` is "Caption: Column: value; Column: value". Order numbers and dates are not counts.
    """
    if counts_in_column(row, stems) or any(stems & _stems(value) for _, value in _cells(row)):
        return True
    names = [name for name, _ in _cells(row)]
    is_of_row = any(stems & _stems(name.rpartition(": ")[2]) for name in names)
    return not is_of_row and bool(stems & _stems(" ".join(names)))


def counts_in_column(row: str, stems: frozenset[str]) -> bool:
    """Whether a column named by `stems` holds a count, and not a date or an order number."""
    return any(stems & _stems(name) and _is_count(name, value) for name, value in _cells(row))


def _cells(row: str) -> list[tuple[str, str]]:
    parts = (cell.rpartition(": ") for cell in row.split("; "))
    return [(name, value) for name, _, value in parts]


def _is_count(name: str, value: str) -> bool:
    is_amount = AMOUNT.match(value) and not _DAY.match(value)
    return bool(is_amount) and not _OF_IDENTIFIER.search(name)


def _stems(text: str) -> frozenset[str]:
    return frozenset(index_terms(text).split())
