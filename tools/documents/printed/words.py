"""Words where they are printed, and the lines and segments that they make."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cached_property

from tools.documents.block import tidy

WIDE_GAP = 0.9
"""Blank space, in ems, that words of one segment do not have between them."""
_SAME_LINE = 0.45
"""How far apart, in ems, the middles of two words of a line may be."""


@dataclass(frozen=True, slots=True)
class PrintedWord:
    """A word, its box in points from the page's upper left corner, and the size of its print."""

    text: str
    left: float
    top: float
    right: float
    bottom: float
    size: float

    @property
    def middle(self) -> float:
        return (self.top + self.bottom) / 2


@dataclass(frozen=True, slots=True)
class Rule:
    """A drawn line, upright or level, with its ends in points from the upper left corner."""

    left: float
    top: float
    right: float
    bottom: float

    @property
    def is_level(self) -> bool:
        return self.right - self.left >= self.bottom - self.top


@dataclass(frozen=True, slots=True)
class PrintedPage:
    """What is printed on a page; `number` counts from 1, `height` is in points.

    `aside` is what is printed across the page's direction, such as a stamp along its margin.
    """

    number: int
    words: tuple[PrintedWord, ...]
    rules: tuple[Rule, ...] = ()
    height: float = 0.0
    aside: str = ""


@dataclass(frozen=True)
class Segment:
    """Words of one line without a wide gap between them: a line of a column, or a cell."""

    words: tuple[PrintedWord, ...]

    @cached_property
    def text(self) -> str:
        return tidy(" ".join(word.text for word in self.words))

    @property
    def left(self) -> float:
        return self.words[0].left

    @cached_property
    def right(self) -> float:
        return max(word.right for word in self.words)

    @property
    def width(self) -> float:
        return self.right - self.left

    @property
    def centre(self) -> float:
        return (self.left + self.right) / 2

    @cached_property
    def middle(self) -> float:
        return sum(word.middle for word in self.words) / len(self.words)

    @cached_property
    def size(self) -> float:
        """A line with one larger word is not a heading, so its smallest part counts."""
        return min(word.size for word in self.words)

    def overlap(self, left: float, right: float) -> float:
        """How much of it lies between two places; negative where it lies beside them."""
        return min(self.right, right) - max(self.left, left)


@dataclass(frozen=True)
class Line:
    """The segments at one height, from left to right."""

    segments: tuple[Segment, ...]

    @cached_property
    def text(self) -> str:
        return " ".join(segment.text for segment in self.segments)

    @property
    def left(self) -> float:
        return self.segments[0].left

    @property
    def right(self) -> float:
        return self.segments[-1].right

    @cached_property
    def middle(self) -> float:
        return self.segments[0].middle

    @cached_property
    def size(self) -> float:
        return min(segment.size for segment in self.segments)


def segments_of(words: Iterable[PrintedWord]) -> list[Segment]:
    """The segments of a page, from top to bottom, and from left to right."""
    found = list[Segment]()
    for row in _rows(sorted(words, key=lambda word: word.middle)):
        row.sort(key=lambda word: word.left)
        run = [row[0]]
        for word in row[1:]:
            if word.left - max(each.right for each in run) > WIDE_GAP * max(word.size, 1.0):
                found.append(Segment(tuple(run)))
                run = []
            run.append(word)
        found.append(Segment(tuple(run)))
    return found


def _rows(words: Sequence[PrintedWord]) -> list[list[PrintedWord]]:
    rows = list[list[PrintedWord]]()
    middle = 0.0
    for word in words:
        if rows and word.middle - middle <= _SAME_LINE * max(word.size, rows[-1][0].size):
            rows[-1].append(word)
        else:
            rows.append([word])
            middle = word.middle
    return rows


def printed_lines(segments: Iterable[Segment]) -> list[Line]:
    """The segments of a part of a page, put into lines."""
    lines = list[list[Segment]]()
    for segment in sorted(segments, key=lambda each: each.middle):
        last = lines[-1][0] if lines else None
        if last and segment.middle - last.middle <= _SAME_LINE * max(segment.size, last.size):
            lines[-1].append(segment)
        else:
            lines.append([segment])
    return [Line(tuple(sorted(line, key=lambda each: each.left))) for line in lines]


def plain_page(number: int, text: str, *, size: float = 10.0) -> PrintedPage:
    """A page of which only the text is known, as if it were printed in lines of one size."""
    words = list[PrintedWord]()
    for row, line in enumerate(text.splitlines()):
        top, left = row * 1.2 * size, 0.0
        for word in line.split():
            right = left + size * len(word) / 2
            words.append(PrintedWord(word, left, top, right, top + size, size))
            left = right + size / 4
    height = 1.2 * size * (text.count("\n") + 1)
    return PrintedPage(number, tuple(words), height=height)
