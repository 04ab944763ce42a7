"""Tables whose signs stand in cells of their own, as annual reports on the web have them."""

import re
from collections.abc import Sequence
from itertools import zip_longest

_BEFORE = re.compile(r"[$€£¥(]+|US\$|\(\s?[$€£]")
_AFTER = re.compile(r"[)%]+")
_NUMBER = re.compile(r"[-+($€£¥\s]*\d[\d.,'\s]*[)%]*")
_YEAR = re.compile(r"(?:19|20)\d\d")
_OPENED = re.compile(r"\(\s+(?=\d)")
_MOST_HEADS = 4
Rows = list[list[str]]


def settled(rows: Sequence[Sequence[str]]) -> Rows:
    """The rows with each sign in its number's cell, and no column that says nothing of its own."""
    width = max(map(len, rows), default=0)
    closed = ([_OPENED.sub("(", cell) for cell in row] for row in rows)
    table = [_joined([*row, *[""] * (width - len(row))]) for row in closed]
    kept = list[int]()
    for column in range(width):
        cells = [row[column] for row in table]
        before = [row[kept[-1]] for row in table] if kept else []
        if not any(cells) or (before and _adds_nothing(cells, before)):
            continue
        if len(kept) > 1 and _adds_nothing(before, cells):
            kept.pop()
        kept.append(column)
    found = [row for row in ([row[column] for column in kept] for row in table) if any(row)]
    title = next((n for n, row in enumerate(found) if any(row[1:])), 0)
    return [*(row[:1] for row in found[:title]), *found[title:]]


def with_header(rows: Rows) -> tuple[str, Rows, bool]:
    """A table's title, its rows, and whether the first of them is a header.

    Rows of one cell at the top are the title; several that name columns are joined into one.
    """
    start = next((n for n, row in enumerate(rows) if len(row) > 1), 0)
    title, rows, heads = " ".join(row[0] for row in rows[:start]), rows[start:], 0
    while heads < min(_MOST_HEADS, len(rows) - 1) and _is_head(rows[heads], rows[:heads]):
        heads += 1
    if not heads or not any(_holds_number(row) for row in rows[heads:]):
        return title, rows, False
    columns: list[Sequence[str]] = list(zip_longest(*rows[:heads], fillvalue=""))
    header = [" ".join(dict.fromkeys(cell for cell in column if cell)) for column in columns]
    return title, [header, *rows[heads:]], True


def _is_head(row: Sequence[str], above: Sequence[Sequence[str]]) -> bool:
    """Whether a row at the top names columns; of several, one names that of the labels."""
    labels = {other[0] for other in above if other[0]}
    is_own = not row[0] or not labels or row[0] in labels
    return any(row[1:]) and not _holds_number(row) and is_own


def _holds_number(row: Sequence[str]) -> bool:
    return any(_NUMBER.fullmatch(cell) and not _YEAR.fullmatch(cell) for cell in row[1:])


def _joined(row: list[str]) -> list[str]:
    """A row with the sign before a number and what follows it in the number's own cell."""
    sign = ""
    for place, cell in enumerate(row):
        if _BEFORE.fullmatch(cell) and place + 1 < len(row):
            sign, row[place] = sign + ("" if cell in sign else cell), ""
        elif _AFTER.fullmatch(cell) and (before := _last(row, place)) is not None:
            row[before], row[place] = row[before].removesuffix(cell) + cell, ""
        elif cell and sign:
            row[place], sign = (sign + cell if _NUMBER.fullmatch(cell) else cell), ""
    return row


def _last(row: Sequence[str], place: int) -> int | None:
    filled = (n for n in range(place - 1, 0, -1) if row[n])
    found = next(filled, None)
    return found if found is not None and _NUMBER.fullmatch(row[found]) else None


def _adds_nothing(cells: Sequence[str], before: Sequence[str]) -> bool:
    """Whether a column says only what the one before it does, which a cell reached over."""
    pairs = list(zip(cells, before, strict=True))
    return all(not cell or cell == other for cell, other in pairs)
