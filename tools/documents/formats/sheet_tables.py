"""The tables of a sheet: parted by empty rows and columns, each under its title and its header."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import groupby, pairwise

_MOST_HEADS = 4
_MOST_TITLES = 3
_YEAR = re.compile(r"(?:19|20)\d\d")
_NUMBER = re.compile(r"[-+(]?[$€£]?\s?[\d.,' ]*\d\)? ?%?")
_NAMED = 0.6
"""Share of a table's first cells that are words, where it stands beside another table."""
Rows = Sequence[Sequence[str]]


@dataclass(frozen=True, slots=True)
class SheetTable:
    """Rows, of which the first is the header if `has_header`; `title` is what stands above them.

    With `is_titled`, the title stands in a line of its own that is a table's too.
    """

    rows: list[list[str]]
    has_header: bool = False
    title: str = ""
    is_titled: bool = False

    @property
    def width(self) -> int:
        """How many columns it has."""
        return max(map(len, self.rows))


@dataclass(frozen=True, slots=True)
class _Region:
    """A part of a sheet without empty rows or columns: its rows, and which columns they are."""

    rows: Rows
    columns: tuple[int, ...]

    def table(self) -> list[list[str]]:
        return [[_cell(row, column) for column in self.columns] for row in self.rows]


def tables_of(rows: Rows) -> Iterator[SheetTable]:
    """The tables of a sheet in order; a single column is a table without a header."""
    width = max(map(len, rows), default=0)
    header, places, named, before = list[str](), tuple[int, ...](), "", ""
    for region in _regions(rows, range(width)):
        if len(region.columns) == 1:
            text = region.table()
            before = text[-1][0] if len(text) <= _MOST_TITLES else ""
            yield SheetTable(text)
            continue
        found = _table(region.table())
        if found.has_header:
            header, places, named = found.rows[0], region.columns, found.title
        elif header and set(region.columns) <= set(places):
            # An empty row within a table: what follows has the same columns.
            rows_below = replace(region, columns=places).table()
            found = SheetTable([header, *rows_below], has_header=True, title=named)
        is_titled = not found.title and bool(before)
        yield replace(found, title=found.title or before, is_titled=is_titled)
        before = ""


def _regions(rows: Rows, columns: Sequence[int]) -> Iterator[_Region]:
    """The parts of a sheet, parted by empty rows and, where tables stand side by side, columns."""
    for has_text, run in groupby(rows, key=lambda row: any(_cell(row, c) for c in columns)):
        part = list(run)
        if not has_text:
            continue
        sides = _sides(part, columns)
        if len(sides) == 1:
            yield _Region(part, tuple(sides[0]))
            continue
        for side in sides:
            yield from _regions(part, side)


def _sides(rows: Rows, columns: Sequence[int]) -> list[list[int]]:
    """The used columns, in groups that are tables of their own."""
    used = [c for c in columns if any(_cell(row, c) for row in rows)]
    groups = [[used[0]]]
    for before, column in pairwise(used):
        if column - before == 1:
            groups[-1].append(column)
        else:
            groups.append([column])
    sides = [groups[0]]
    for group in groups[1:]:
        if _is_apart(rows, sides[-1], group):
            sides.append(group)
        else:
            sides[-1] = [*sides[-1], *group]
    return sides


def _is_apart(rows: Rows, left: Sequence[int], right: Sequence[int]) -> bool:
    """Whether columns behind an empty one are another table: it has names, numbers and its own rows."""
    if len(left) < 2 or len(right) < 2:
        return False
    names = [name for row in rows if (name := _cell(row, right[0]))]
    words = sum(not _NUMBER.fullmatch(name) for name in names)
    numbers = any(_NUMBER.fullmatch(_cell(row, c)) for row in rows for c in right[1:])
    if words < _NAMED * len(names) or not numbers or len(names) < 2:
        return False
    heads, others = ([_cell(rows[0], c) for c in part] for part in (left, right))
    is_own = _extent(rows, left) != _extent(rows, right) or heads == others
    return is_own or all(_is_titled(rows, part) for part in (left, right))


def _is_titled(rows: Rows, columns: Sequence[int]) -> bool:
    """Whether these columns begin with a line that is their title alone."""
    if len(rows) < 3:
        return False
    first, second = ([_cell(row, c) for c in columns] for row in rows[:2])
    return _is_title(first, second)


def _extent(rows: Rows, columns: Sequence[int]) -> tuple[int, int]:
    """The first and the last row that have something in these columns."""
    filled = [n for n, row in enumerate(rows) if any(_cell(row, c) for c in columns)]
    return filled[0], filled[-1]


def _table(rows: list[list[str]], heads: int | None = None) -> SheetTable:
    titles = 0
    while titles < min(_MOST_TITLES, len(rows) - 2) and _is_title(rows[titles], rows[titles + 1]):
        titles += 1
    title, rows = " ".join(row[0] for row in rows[:titles]), rows[titles:]
    heads = _heads(rows) if heads is None else heads
    if not heads:
        return SheetTable(rows, title=title)
    name, named = _without_name_of_all(rows[:heads])
    title = " ".join(filter(None, (title, name)))
    return SheetTable([_joined(named), *rows[heads:]], has_header=True, title=title)


def _is_title(row: Sequence[str], below: Sequence[str]) -> bool:
    """Whether a row says what a table holds: words in its first cell alone, above several cells."""
    return (
        bool(row[0])
        and not any(row[1:])
        and not _NUMBER.fullmatch(row[0])
        and sum(map(bool, below)) > 1
    )


def _heads(rows: Rows) -> int:
    """How many rows at the top name columns."""
    heads = 0
    while heads < min(_MOST_HEADS, len(rows)) and _is_head(rows[heads], rows[:heads]):
        heads += 1
    below = rows[heads:]
    if any(_holds_number(row) for row in below):
        return heads
    if not below:  # all are heads, of what follows behind an empty row, or a table of words
        return heads if len(rows) < _MOST_HEADS else int(_is_plain_head(rows[0]))
    return int(_is_plain_head(rows[0]))


def _is_head(row: Sequence[str], above: Rows) -> bool:
    """Whether a row at the top names columns, and those above it leave something to say."""
    if not above:
        return _is_plain_head(row) or (not row[0] and any(row) and _has_no_number(row))
    labels = {other[0] for other in above if other[0]}
    is_own = not row[0] or not labels or row[0] in labels
    is_unit = len(set(row[1:])) == 1 and bool(row[1])
    is_missed = not _is_complete(_joined(above)) or not row[0] or is_unit
    return any(row[1:]) and _has_no_number(row) and is_own and is_missed


def _is_complete(header: Sequence[str]) -> bool:
    return all(header[1:]) and len(set(header[1:])) == len(header) - 1


def _has_no_number(row: Sequence[str]) -> bool:
    return not _holds_number(row) and not (row[0] and _NUMBER.fullmatch(row[0]))


def _holds_number(row: Sequence[str]) -> bool:
    return any(_NUMBER.fullmatch(c) and not _YEAR.fullmatch(c) for c in row[1:])


def _is_plain_head(row: Sequence[str]) -> bool:
    """Two names or more, and no number among them but years, one after the other."""
    named = [cell for cell in row if cell]
    numbers = [cell for cell in named if _NUMBER.fullmatch(cell)]
    return len(named) > 1 and (not numbers or _are_years(numbers))


def _are_years(numbers: Sequence[str]) -> bool:
    if len(numbers) < 2 or not all(map(_YEAR.fullmatch, numbers)):
        return False
    steps = {int(b) - int(a) for a, b in pairwise(dict.fromkeys(numbers))}
    return len(steps) == 1


def _joined(heads: Rows) -> list[str]:
    """Rows of names as one: in each column the names from above to below."""
    names = list(heads[-1])
    for row in reversed(heads[:-1]):
        pairs = zip(_filled(row, names), names, strict=True)
        names = [
            lower if upper in ("", lower) else f"{upper} {lower}".strip() for upper, lower in pairs
        ]
    return names


def _filled(row: Sequence[str], below: Sequence[str]) -> list[str]:
    """A row of names over several columns each, with the name over all of them.

    They are those of the names below that are there again for each, or those from one name to the
    next where that is always as far. Else nobody knows what a name is over.
    """
    starts = [n for n, cell in enumerate(row) if n and cell]
    filled, values = list(row), len(row) - 1
    if len(starts) < 2 or len(starts) == values:
        return filled
    width = values // len(starts)
    firsts = range(1, 1 + width * len(starts), width)
    groups = [list(below[first : first + width]) for first in firsts]
    is_repeated = values % len(starts) == 0 and all(group == groups[0] for group in groups)
    is_within = all(0 <= start - first < width for start, first in zip(starts, firsts, strict=True))
    if (is_repeated and is_within) or starts == list(firsts):
        for start, first in zip(starts, firsts, strict=True):
            filled[first : first + width] = [row[start]] * width
    return filled


def _without_name_of_all(heads: Rows) -> tuple[str, list[list[str]]]:
    """The one name above all columns, or nothing, and the rows of names without it."""
    rows, name = [list(row) for row in heads], ""
    for number, row in enumerate(rows[:-1]):
        named = [cell for cell in row[1:] if cell]
        if len(named) == 1 and len(row) > 2 and _is_complete(_joined(rows[number + 1 :])):
            name = f"{name} {named[0]}".strip()
            rows[number] = [row[0], *[""] * (len(row) - 1)]
    return name, rows


def _cell(row: Sequence[str], column: int) -> str:
    return row[column] if column < len(row) else ""
