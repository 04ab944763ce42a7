from collections import Counter
from collections.abc import Iterator, Sequence, Set
from dataclasses import dataclass
from functools import partial, reduce
from itertools import groupby

from tools.documents.block import Block, Outline, tidy, write_table
from tools.documents.formats.hyphenation import is_cut, join, words_in

_HEADING_RATIO = 1.12
_HEADING_WORDS = 14
_FULL_LINE = 0.7
_SENTENCE_ENDS = (".", "!", "?", ":", ";")
_WIDE_GAP = 1.5
"""Blank space that only two cells of a row have between them, in ems."""
_WORD_GAP = 0.45
"""More than words of a line usually have; two cells, if the lines around begin one there too."""


@dataclass(frozen=True, slots=True)
class Fragment:
    """One text run: its text, its position, and the gap before it in ems."""

    text: str
    x: int
    gap: float


@dataclass(frozen=True, slots=True)
class Line:
    """A printed line: its fragments from left to right, its size in points."""

    fragments: tuple[Fragment, ...]
    size: float

    @property
    def text(self) -> str:
        return tidy("".join(fragment.text for fragment in self.fragments))

    def starts(self) -> frozenset[int]:
        """Where fragments begin that may be cells."""
        return frozenset(f.x for f in self.fragments[1:] if f.gap > _WORD_GAP)

    def cells(self, columns: frozenset[int]) -> list[str]:
        """The line cut at wide gaps and where its fragments begin in `columns`."""
        cells = [""]
        for fragment in self.fragments:
            aligned = fragment.gap > _WORD_GAP and fragment.x in columns
            if aligned or fragment.gap > _WIDE_GAP:
                cells.append("")
            cells[-1] += fragment.text
        return [tidy(cell) for cell in cells]


@dataclass(frozen=True, slots=True)
class PrintedPage:
    """A page's lines in reading order; `number` counts from 1."""

    number: int
    lines: tuple[Line, ...]


def arrange(pages: Sequence[PrintedPage]) -> Iterator[Block]:
    """Printed lines as headings, paragraphs and tables, by size, reach and gaps."""
    levels = _heading_levels(pages)
    outline = Outline()
    known = words_in(line.text for page in pages for line in page.lines)
    for page in pages:
        full = _FULL_LINE * max((len(line.text) for line in page.lines), default=0)
        for level, run in groupby(page.lines, key=lambda line: _level(line, levels)):
            lines = list(run)
            if level is None:
                yield from _body(lines, page.number, outline.path, full, known)
            else:
                text = reduce(partial(join, known=known), [line.text for line in lines])
                outline.enter(level, text)
                yield Block("heading", text, page.number, outline.path)


def _heading_levels(pages: Sequence[PrintedPage]) -> dict[float, int]:
    """Sizes clearly above the body's, largest first, numbered from 1; the body has most letters."""
    letters = Counter[float]()
    for page in pages:
        for line in page.lines:
            letters[line.size] += len(line.text)
    body = letters.most_common(1)[0][0] if letters else 0.0
    larger = sorted((size for size in letters if size > body * _HEADING_RATIO), reverse=True)
    return {size: level for level, size in enumerate(larger, start=1)}


def _level(line: Line, levels: dict[float, int]) -> int | None:
    return levels.get(line.size) if len(line.text.split()) <= _HEADING_WORDS else None


def _body(
    lines: Sequence[Line], page: int, section: tuple[str, ...], full: float, known: Set[str]
) -> Iterator[Block]:
    for is_row, group in groupby(_rows(lines), key=lambda cells: len(cells) > 1):
        run = list(group)
        if is_row and len(run) > 1:
            has_header = not any(letter.isdigit() for letter in "".join(run[0]))
            yield Block("table", write_table(run), page, section, has_header)
        else:
            texts = [" ".join(cells) for cells in run]
            yield from (
                Block("paragraph", text, page, section) for text in _join(texts, full, known)
            )


def _rows(lines: Sequence[Line]) -> Iterator[list[str]]:
    starts = [frozenset[int](), *(line.starts() for line in lines), frozenset[int]()]
    for number, line in enumerate(lines):
        yield line.cells(starts[number] | starts[number + 2])


def _join(lines: Sequence[str], full: float, known: Set[str]) -> Iterator[str]:
    """A line that reaches the margin runs on; a shorter one keeps its line, or ends a paragraph."""
    text, previous = lines[0], lines[0]
    for line in lines[1:]:
        if len(previous) >= full or is_cut(previous):
            text = join(text, line, known)
        elif previous.endswith(_SENTENCE_ENDS):
            yield text
            text = line
        else:
            text += f"\n{line}"
        previous = line
    yield text
