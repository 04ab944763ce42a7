"""Words where they are printed, and the lines and segments that they make."""

from collections.abc import Iterable
from dataclasses import dataclass
from operator import attrgetter
from typing import NamedTuple

WIDE_GAP = 0.9
"""Blank space, in ems, that words of one segment do not have between them."""
_SAME_LINE = 0.45
"""How far apart, in ems, the middles of two words of a line may be."""
_LEFT, _MIDDLE = attrgetter("left"), attrgetter("middle")


class PrintedWord(NamedTuple):
    """A word, its box in points from the page's upper left corner, and the size of its print.

    A tuple, because a file has a hundred thousand of them.
    """

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


class Segment:
    """Words of one line without a wide gap between them: a line of a column, or a cell.

    A line with one larger word is not a heading, so the size of its smallest part counts.
    """

    __slots__ = ("left", "middle", "right", "size", "text", "words")

    def __init__(self, words: tuple[PrintedWord, ...]) -> None:
        texts, lefts, tops, rights, bottoms, sizes = zip(*words, strict=True)
        self.words = words
        self.text = " ".join(texts)
        self.left: float = lefts[0]
        self.right: float = max(rights)
        self.middle: float = (sum(tops) + sum(bottoms)) / (2 * len(words))
        self.size: float = min(sizes)

    @property
    def width(self) -> float:
        return self.right - self.left

    @property
    def centre(self) -> float:
        return (self.left + self.right) / 2

    def overlap(self, left: float, right: float) -> float:
        """How much of it lies between two places; negative where it lies beside them."""
        return min(self.right, right) - max(self.left, left)


class Line:
    """The segments at one height, from left to right."""

    __slots__ = ("left", "middle", "right", "segments", "size", "text")

    def __init__(self, segments: tuple[Segment, ...]) -> None:
        self.segments = segments
        self.text = " ".join(segment.text for segment in segments)
        self.left, self.right = segments[0].left, segments[-1].right
        self.middle = segments[0].middle
        self.size = min(segment.size for segment in segments)


def segments_of(words: Iterable[PrintedWord]) -> list[Segment]:
    """The segments of a page, from top to bottom, and from left to right."""
    found = list[Segment]()
    for row in _rows(words):
        row.sort(key=_LEFT)
        run, reach = [row[0]], row[0].right
        for word in row[1:]:
            if word.left - reach > WIDE_GAP * max(word.size, 1.0):
                found.append(Segment(tuple(run)))
                run, reach = [], word.right
            run.append(word)
            reach = max(reach, word.right)
        found.append(Segment(tuple(run)))
    return found


def _rows(words: Iterable[PrintedWord]) -> list[list[PrintedWord]]:
    rows = list[list[PrintedWord]]()
    row, middle, size = list[PrintedWord](), 0.0, 0.0
    for word in sorted(words, key=_MIDDLE):
        if row and word.middle - middle <= _SAME_LINE * max(word.size, size):
            row.append(word)
        else:
            row, middle, size = [word], word.middle, word.size
            rows.append(row)
    return rows


def printed_lines(segments: Iterable[Segment]) -> list[Line]:
    """The segments of a part of a page, put into lines."""
    lines = list[list[Segment]]()
    for segment in sorted(segments, key=_MIDDLE):
        last = lines[-1][0] if lines else None
        if last and segment.middle - last.middle <= _SAME_LINE * max(segment.size, last.size):
            lines[-1].append(segment)
        else:
            lines.append([segment])
    return [Line(tuple(sorted(line, key=_LEFT))) for line in lines]


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
