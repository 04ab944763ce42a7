"""How many there are of a thing: which rows of a table, put into words, can tell.

A row of a list of sales is one sale, whatever numbers it holds: its number, its day, its amount.
"""

import re

from tools.documents.terms import index_terms

AMOUNT = re.compile(
    r"(?<![\w:])\d[\d.,]*(?:st|nd|rd|th)?\b|\b(?:one|two|three|four|five|six|seven|eight|nine|ten|eleven|twelve|fifteen|twenty|thirty"
    r"|forty|fifty|sixty|ninety|hundred|thousand|dozens?|several|none|unlimited|(?<!at )once|twice)\b",
    re.I,
)
_DAY = re.compile(r"\d{1,4}([-./])\d{1,2}\1\d{1,4}\b")
_OF_IDENTIFIER = re.compile(
    r"(?:^|[\W_])(?:no|nr|num|numbers?|ids?|codes?|keys?|refs?|references?)\W*\Z|#", re.I
)
"""The end of a column's name whose numbers count nothing: "Sale no."."""


def tells_count(row: str, stems: frozenset[str]) -> bool:
    """Whether a column called so holds a number, or else the table or a cell is called so.

    `row` is "Caption: Column: value; Column: value"; a thing's own number and day are no count of it.
    """
    if counts_in_column(row, stems) or any(stems & _stems(value) for _, value in _cells(row)):
        return True
    names = [name for name, _ in _cells(row)]
    is_of_row = any(stems & _stems(name.rpartition(": ")[2]) for name in names)
    return not is_of_row and bool(stems & _stems(" ".join(names)))


def counts_in_column(row: str, stems: frozenset[str]) -> bool:
    """Whether a column called so holds a number that counts: no day, and no number of an order."""
    return any(stems & _stems(name) and _is_count(name, value) for name, value in _cells(row))


def _cells(row: str) -> list[tuple[str, str]]:
    parts = (cell.rpartition(": ") for cell in row.split("; "))
    return [(name, value) for name, _, value in parts]


def _is_count(name: str, value: str) -> bool:
    is_amount = AMOUNT.match(value) and not _DAY.match(value)
    return bool(is_amount) and not _OF_IDENTIFIER.search(name)


def _stems(text: str) -> frozenset[str]:
    return frozenset(index_terms(text).split())
