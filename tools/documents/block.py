import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Literal

from tools.sheets.sheet import RawTable

BlockKind = Literal["heading", "paragraph", "table", "list", "code"]

CELL_BREAK = " | "
"""The separator between the cells of a table row."""
_SUMS = ("total", "subtotal", "sum ")
_SPACES = re.compile(r"\s+")


@dataclass(frozen=True, slots=True)
class Block:
    """A piece of a document that belongs together, in reading order.

    `section` holds the headings above the block, outermost first; a heading's own text ends it.
    `page` counts from 1, None where the format has no pages. A table is one line a row, the
    header first when `has_header`, cells joined with " | "; its `caption` says what it holds, and in
    which unit. `attached` is the name of the attachment that it is from.
    """

    kind: BlockKind
    text: str
    page: int | None = None
    section: tuple[str, ...] = ()
    has_header: bool = False
    caption: str = ""
    attached: str = ""


@dataclass(frozen=True, slots=True)
class Attachment:
    """A file within a message, not read yet."""

    name: str
    data: bytes | None


@dataclass(frozen=True, slots=True)
class LoadedDocument:
    """A parsed file: its title, its blocks in reading order, and notes on what was left out.

    `data` are the tables of a spreadsheet, which can be asked with statements. `company` is what
    the file's properties have for one. `attachments` are files in it that are documents themselves.
    """

    title: str
    blocks: tuple[Block, ...]
    notes: tuple[str, ...] = ()
    data: tuple[RawTable, ...] = ()
    company: str = ""
    attachments: tuple[Attachment, ...] = ()


@dataclass(slots=True)
class Outline:
    """The headings above the place that a reader of a document has come to."""

    _open: list[tuple[int, str]] = field(default_factory=list[tuple[int, str]])

    @property
    def path(self) -> tuple[str, ...]:
        return tuple(text for _, text in self._open)

    def enter(self, level: int, text: str) -> None:
        """Close the headings at that level or deeper and open this one; level 1 is outermost."""
        while self._open and self._open[-1][0] >= level:
            self._open.pop()
        self._open.append((level, text))


def tidy(text: str) -> str:
    """The text on one line, runs of white space as one space."""
    return _SPACES.sub(" ", text).strip()


def write_table(rows: Iterable[Sequence[str]]) -> str:
    """Rows of cells as a table block's text; rows without any text are left out."""
    lines = ([tidy(cell) for cell in row] for row in rows)
    return "\n".join(CELL_BREAK.join(line) for line in lines if any(line))


def ends_group(row: str) -> bool:
    """Whether a table's row sums up the group that it is in."""
    return row.lstrip().lower().startswith(_SUMS)


def is_group(row: str) -> bool:
    """Whether a table's row has a name alone, for the rows below it."""
    first, *others = row.split(CELL_BREAK)
    return bool(first.strip()) and bool(others) and not any(map(str.strip, others))
