"""Tables in the text of passages, read again: captions, headers, groups of rows and cells."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import groupby

from tools.documents.block import CELL_BREAK, ends_group, is_group

_NUMBER = re.compile(r"[-+($€£¥\u2013\u2212\s]*\d[\d.,'\s]*[)%*]*")
_YEAR = re.compile(r"(?:19|20)\d\d")
_LONGEST_CAPTION = 60
"""Words of a line that says what the table below it holds."""


@dataclass(frozen=True, slots=True)
class TextRow:
    """A row of a table: its cells, and the name of the group that it is in."""

    cells: tuple[str, ...]
    group: str = ""

    @property
    def label(self) -> str:
        return self.cells[0]


@dataclass(frozen=True, slots=True)
class TextTable:
    """A table of a passage; `header` is empty where its first line is a row like the others."""

    caption: str
    header: tuple[str, ...]
    rows: tuple[TextRow, ...]


def _is_number(cell: str) -> bool:
    """Whether a cell is a number, with or without its sign and unit."""
    return _NUMBER.fullmatch(cell) is not None


def tables_in(text: str) -> Iterator[TextTable]:
    """The tables of a passage, in order."""
    before = ""
    for is_table, run in groupby(text.splitlines(), key=lambda line: CELL_BREAK in f"{line} "):
        lines = list(run)
        if is_table:
            yield from _table(before, lines)
            continue
        said = [line for line in lines if line.strip()]
        before = said[-1] if said and len(said[-1].split()) <= _LONGEST_CAPTION else ""


def row_cells(line: str) -> tuple[str, ...]:
    """The cells of a row as a passage has it."""
    return tuple(cell.strip() for cell in f" {line} ".split(CELL_BREAK))


def is_header(cells: Sequence[str]) -> bool:
    """Whether cells name columns: none is a number other than a year."""
    named = [cell for cell in cells[1:] if cell]
    return bool(named) and not any(_is_number(c) and not _YEAR.fullmatch(c) for c in named)


def above_rows(text: str) -> str:
    """What stands above the rows of a text that begins with a table: caption and header, or nothing."""
    lines = text.splitlines()
    place = next((n for n, line in enumerate(lines) if CELL_BREAK in line), None)
    if place is None or place > 1 or not is_header(row_cells(lines[place])):
        return ""
    return "\n".join(lines[: place + 1])


def _table(caption: str, lines: Sequence[str]) -> Iterator[TextTable]:
    rows = [row_cells(line) for line in lines]
    header = rows[0] if is_header(rows[0]) and len(rows) > 1 else ()
    found, group = list[TextRow](), ""
    for line, cells in list(zip(lines, rows, strict=True))[1 if header else 0 :]:
        if is_group(line):
            group = cells[0]
        else:
            found.append(TextRow(cells, group))
            group = "" if ends_group(line) else group
    yield TextTable(caption, header, tuple(found))
