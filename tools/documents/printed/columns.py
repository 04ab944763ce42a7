"""The reading order of a page: columns of prose one after the other, tables across."""

import re
from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import partial
from itertools import groupby

from tools.documents.printed.words import Line, Segment, printed_lines

_FEWEST = 5
"""Segments that each of two columns has at least."""
_FEWEST_BELOW = 2
"""The same beside a table, where the page has these columns elsewhere."""
_CROSSING = 0.25
"""The largest share of segments that may reach over the space between two columns."""
_PROSE_WORDS = 4
_PROSE = 0.5
"""The share of a column's segments that have `_PROSE_WORDS` words or more."""
_FULL = 0.55
"""The share of a column's width that its median segment fills."""
_NARROWEST = 70.0
"""Points: a column is at least so wide."""
_STEP = 3.0
_TRIED = 6
"""Places that are looked at closely, those that fewest segments reach over first."""
_FEWEST_ROWS = 3
"""Lines of cells that make a table, beside which columns are looked for."""
_CAPTION_LINES = 3
_WIDE = 2.2
"""Blank space, in ems, that parts a table's caption from the text above it."""
_CAPTION_GAP, _CAPTION_WORDS = 1.6, 12
"""The same for a line that is no sentence, right above the table, and words that it has at most."""
_NUMBER = re.compile(r"[(\[$€£]*-?[\d.,]*\d[)\]%]*")


def parts_in_order(segments: Sequence[Segment]) -> list[list[Segment]]:
    """The parts of a page in reading order, each without columns of prose."""
    gutter = _gutter(segments)
    if gutter is None:
        return _banded(segments) if segments else []
    parts = list[list[Segment]]()
    for is_table, part in _tables_across(segments, gutter):
        parts += [part] if is_table else _beside_gutter(part, gutter)
    return parts


def _tables_across(
    segments: Sequence[Segment], gutter: float
) -> Iterator[tuple[bool, list[Segment]]]:
    """The rows of cells that stand on both sides of a gutter, and what is between such tables."""
    rest, ends = list[Line](), (min(s.left for s in segments), max(s.right for s in segments))
    is_across = partial(_is_across, gutter=gutter, ends=ends)
    for is_table, run in groupby(printed_lines(segments), key=is_across):
        lines = list(run)
        if not is_table or len(lines) < _FEWEST_ROWS or not any(map(_has_number, lines)):
            rest += lines
            continue
        yield from ((False, part) for part in [_segments(rest)] if part)
        yield True, _segments(lines)
        rest = []
    yield from ((False, part) for part in [_segments(rest)] if part)


def _is_across(line: Line, gutter: float, ends: tuple[float, float]) -> bool:
    """Whether a line has three cells or more, on both sides of a gutter, and none is a line of prose."""
    cells, (first, last) = line.segments, ends
    is_both = cells[0].right <= gutter <= cells[-1].left
    narrow = _FULL * min(gutter - first, last - gutter)
    is_short = all(len(c.words) < _PROSE_WORDS or c.width < narrow for c in cells)
    return len(cells) > 2 and is_both and is_short


def _has_number(line: Line) -> bool:
    return any(map(_is_number, line.segments))


def _beside_gutter(segments: Sequence[Segment], gutter: float) -> list[list[Segment]]:
    """What stands left of a gutter before what stands right of it, down to what reaches over it."""
    parts = list[list[Segment]]()
    left, right, full = list[Segment](), list[Segment](), list[Segment]()
    for segment in segments:
        if segment.left < gutter < segment.right:
            if left or right:
                parts += [*parts_in_order(left), *parts_in_order(right)]
                left, right = [], []
            full.append(segment)
            continue
        if full:
            parts.append(full)
            full = []
        (left if segment.right <= gutter else right).append(segment)
    return [*parts, *parts_in_order(left), *parts_in_order(right), *([full] if full else [])]


def _banded(segments: Sequence[Segment]) -> list[list[Segment]]:
    """The parts of a page on which columns stand above or below a table, whose cells hide them."""
    if not _may_have_columns(segments):
        return [list(segments)]
    bands = [(band, _gutter(band)) for band in _bands(segments)]
    known = [gutter for _, gutter in bands if gutter is not None]
    parts, plain = list[list[Segment]](), list[Segment]()
    for band, gutter in bands:
        same = next((each for each in known if _is_parted(band, each)), None)
        if gutter is None and same is None:
            plain += band
            continue
        own = _beside_gutter(band, same) if gutter is None and same else parts_in_order(band)
        parts += [*([plain] if plain else []), *own]
        plain = []
    return [*parts, *([plain] if plain else [])]


def _is_parted(segments: Sequence[Segment], gutter: float) -> bool:
    """Whether a few lines stand in the columns that the page has elsewhere."""
    left = [segment for segment in segments if segment.right <= gutter]
    right = [segment for segment in segments if segment.left >= gutter]
    is_all = len(left) + len(right) == len(segments)
    return is_all and all(_Side(side).is_prose(fewest=_FEWEST_BELOW) for side in (left, right))


def _may_have_columns(segments: Sequence[Segment]) -> bool:
    """Whether enough prose begins in the right half of a page, and ends in the left one."""
    centre = (min(s.left for s in segments) + max(s.right for s in segments)) / 2
    prose = [segment for segment in segments if len(segment.words) >= _PROSE_WORDS]
    lefts = sum(segment.right <= centre for segment in prose)
    rights = sum(segment.left >= centre for segment in prose)
    return min(lefts, rights) >= _FEWEST


def _bands(segments: Sequence[Segment]) -> Iterator[list[Segment]]:
    """Tables, and what stands between them; what stands apart above a table is of neither."""
    rest = list[Line]()
    for is_table, run in groupby(printed_lines(segments), key=_is_of_cells):
        lines = list(run)
        if not is_table or len(lines) < _FEWEST_ROWS:
            rest += lines
            continue
        apart = _apart(rest)
        yield from map(_segments, filter(None, (rest[:apart], rest[apart:], lines)))
        rest = []
    if rest:
        yield _segments(rest)


def _is_of_cells(line: Line) -> bool:
    _, *others = line.segments
    return len(others) > 1 or any(map(_is_number, others))


def _is_number(segment: Segment) -> bool:
    return all(_NUMBER.fullmatch(word.text) for word in segment.words)


def _apart(lines: Sequence[Line]) -> int:
    """Where the last lines begin that stand further from those above than lines of a text do."""
    for number in range(len(lines) - 1, max(0, len(lines) - _CAPTION_LINES - 1), -1):
        if len(lines[number].segments) > 1:
            break
        gap = _CAPTION_GAP if number == len(lines) - 1 and _is_caption(lines[number]) else _WIDE
        if lines[number].middle - lines[number - 1].middle > gap * max(lines[number].size, 1.0):
            return number
    return len(lines)


def _is_caption(line: Line) -> bool:
    return len(line.text.split()) <= _CAPTION_WORDS and not line.text.endswith((".", ";", ",", "-"))


def _segments(lines: Iterable[Line]) -> list[Segment]:
    return [segment for line in lines for segment in line.segments]


@dataclass(frozen=True, slots=True)
class _Side:
    """What lies on one side of a gutter."""

    segments: Sequence[Segment]

    def is_prose(self, fewest: int = _FEWEST) -> bool:
        if len(self.segments) < fewest:
            return False
        width = max(s.right for s in self.segments) - min(s.left for s in self.segments)
        widths = sorted(segment.width for segment in self.segments)
        words = [word.text for segment in self.segments for word in segment.words]
        numbers = sum(_NUMBER.fullmatch(word) is not None for word in words)
        spoken = sum(len(segment.words) >= _PROSE_WORDS for segment in self.segments)
        return (
            width >= _NARROWEST
            and widths[len(widths) // 2] >= _FULL * width
            and spoken >= _PROSE * len(self.segments)
            and numbers < 0.2 * len(words)
        )


def _gutter(segments: Sequence[Segment]) -> float | None:
    """Where two columns of prose are parted; None where there are none."""
    if len(segments) < 2 * _FEWEST:
        return None
    ends = [(segment.left, segment.right) for segment in segments]
    first, last = min(left for left, _ in ends), max(right for _, right in ends)
    margin = max(_NARROWEST, (last - first) / 6)
    places = _steps(first + margin, last - margin)
    lefts, rights = sorted(left for left, _ in ends), sorted(right for _, right in ends)
    # What begins left of a place and does not end there reaches over it.
    crossed = sorted((bisect_left(lefts, p) - bisect_right(rights, p), p) for p in places)
    tried = set[tuple[int, int]]()
    for crossing, place in crossed:
        parts = bisect_right(rights, place), len(lefts) - bisect_left(lefts, place)
        if crossing >= _CROSSING * len(segments) or len(tried) == _TRIED:
            return None
        if parts not in tried and _are_columns(segments, place):
            return place
        tried.add(parts)
    return None


def _steps(first: float, last: float) -> list[float]:
    return [first + _STEP * number for number in range(max(0, int((last - first) / _STEP)))]


def _are_columns(segments: Sequence[Segment], place: float) -> bool:
    left = [segment for segment in segments if segment.right <= place]
    right = [segment for segment in segments if segment.left >= place]
    return _Side(left).is_prose() and _Side(right).is_prose()
