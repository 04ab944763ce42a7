"""Finding the header of a sheet's rows and the table below it."""

import re
from collections.abc import Sequence

from tools.sheets.sheet import RawTable

_NUMBER = re.compile(r"[(+-]*[$€£]?\s?\d[\d.,' ]*[)%]?")
_MOST_ABOVE = 10
"""Lines above the header at most: titles, units, empty ones."""


def raw_table(
    name: str, rows: Sequence[Sequence[str]], *, has_header: bool = False
) -> RawTable | None:
    """Rows of a sheet or of a CSV file as a table; None where they make none.

    With `has_header` the first row is the header; else it is looked for. Titles above it have one
    cell. Without a header, columns are numbered.
    """
    kept = [row for row in rows if any(cell.strip() for cell in row)]
    width = max((len(row) for row in kept), default=0)
    if width < 2:
        return None
    start = 0 if has_header else _header(kept, width)
    if start is None:
        return RawTable(name, tuple(f"column {n}" for n in range(1, width + 1)), _same(kept, width))
    header = [*kept[start], *[""] * (width - len(kept[start]))]
    return RawTable(name, tuple(cell.strip() for cell in header), _same(kept[start + 1 :], width))


def _header(rows: Sequence[Sequence[str]], width: int) -> int | None:
    for number, row in enumerate(rows[:_MOST_ABOVE]):
        named = [cell for cell in row if cell.strip()]
        if len(named) < 2:
            continue
        is_named = not any(map(_is_number, named))
        if is_named and 2 * len(named) >= width:
            return number + 1 if _is_above_header(rows[number:]) else number
        return _by_years(row, number)
    return None


def _is_above_header(rows: Sequence[Sequence[str]]) -> bool:
    """Whether the line below is the header: it names columns of numbers that this one leaves empty.

    A pivot table has such a line above its header.
    """
    if len(rows) < 3 or any(map(_is_number, rows[1])):
        return False
    above, below = ({n for n, cell in enumerate(row) if cell.strip()} for row in rows[:2])
    numeric = {n for row in rows[2:] for n, cell in enumerate(row) if _is_number(cell)}
    return above < below and bool((below - above) & numeric)


def _is_number(cell: str) -> bool:
    return _NUMBER.fullmatch(cell.strip()) is not None


def _by_years(row: Sequence[str], number: int) -> int | None:
    """A header may have years; a row whose other cells are words is one."""
    named = [cell.strip() for cell in row if cell.strip()]
    numbers = [cell for cell in named if _NUMBER.fullmatch(cell)]
    is_years = all(re.fullmatch(r"(?:19|20)\d\d", cell) for cell in numbers)
    return number if is_years and len(numbers) < len(named) else None


def _same(rows: Sequence[Sequence[str]], width: int) -> tuple[tuple[str, ...], ...]:
    return tuple((*row, *[""] * (width - len(row))) for row in rows)
