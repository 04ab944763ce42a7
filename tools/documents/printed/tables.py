"""Tables of a printed page, found by how their cells line up."""

import re
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import partial, reduce
from itertools import pairwise

from tools.documents.formats.hyphenation import join
from tools.documents.printed.cells import Columns, cells_of, is_figure, names_year
from tools.documents.printed.unheaded import heads_over_values
from tools.documents.printed.words import Line, Rule, Segment

_MOST_LABELS = 3
"""Lines without a second cell that may stand between two rows."""
_GAP = 3.2
"""Blank space, in ems, between two lines of a table."""
_NEXT_LINE = 1.7
"""Ems between two lines of a cell, at most."""
_EVEN = 1.0
"""Points by which the lines of a cell may stand apart unevenly."""
_ALIGNED = 3.0
"""Points by which two lines of a cell may begin apart."""
_MOST_HEADS = 5
_CAPTION_LINES = 3
_CAPTION_GAP = 2.3
"""Ems between a caption and its table, unless it announces one."""
_ANNOUNCES = re.compile(
    r":$|\b[Tt]able\b|\(.*\b(?:in|except)\b.*\)|\b(?:in )?(?:thousand|million|billion)s", re.I
)
_CAPTION_WORDS = 40
_HEAD_WORDS = 8
_MOST_LINES = 12
"""Lines that a row may have."""
Row = Sequence[Segment]
"""The cells of a line."""


@dataclass(frozen=True, slots=True)
class PrintedTable:
    """A table with the lines above it that say what it holds; the first row is its header if any."""

    rows: tuple[tuple[str, ...], ...]
    has_header: bool
    caption: str = ""


def tables_among(
    lines: Sequence[Line], rules: Sequence[Rule] = ()
) -> Iterator[PrintedTable | list[Line]]:
    """The lines in order, with those that make a table put together; drawn rules part its rows."""
    rows = [cells_of(line) for line in lines]
    place = start = 0  # the first line that was not handed on, the first that is not looked at
    while start < len(lines):
        end = _end(lines, rows, start) if len(rows[start]) > 1 else start
        table = _table(rows[start:end], lines[start:end], rules) if end - start > 1 else None
        if table is None:
            start += 1
            continue
        top = _top(lines, rows, place, start, table)
        caption = _caption(lines, place, top)
        if caption > place:
            yield list(lines[place:caption])
        said = " ".join(line.text for line in lines[caption:top])
        yield table.finished(rows[top:start], said)
        place = start = end
    if place < len(lines):
        yield list(lines[place:])


def _end(lines: Sequence[Line], rows: Sequence[Row], start: int) -> int:
    """Where the rows from `start` on end: before a heading, a wide space, prose or another head."""
    end, waiting, has_data = start + 1, 0, _is_data(rows[start])
    for number in range(start + 1, len(lines)):
        size = max(lines[number - 1].size, 1.0)
        if lines[number].middle - lines[number - 1].middle > _GAP * size:
            break
        if len(rows[number]) > 1:
            if has_data and is_head(rows[number]):
                break
            has_data = has_data or _is_data(rows[number])
            end, waiting = number + 1, 0
            continue
        waiting += 1
        is_label = _is_label(rows[number][0], rows[start:end], has_data=has_data)
        if waiting > _MOST_LABELS or not is_label:
            break
    while end < len(lines) and (
        _is_rest(rows[end], rows[start:end], lines[end - 1], lines[end])
        or (end - start > 1 and _is_other_half(rows[end - 2 : end + 1], lines[end - 2 : end + 1]))
    ):
        end += 1
    return end


def _is_other_half(rows: Sequence[Row], lines: Sequence[Line]) -> bool:
    """Whether the third of these lines ends a cell that the first began: it is set around the middle of its row."""
    first, _, last = lines
    above, below = (b.middle - a.middle for a, b in pairwise(lines))
    is_even = abs(above - below) < _EVEN and abs(first.left - last.left) < _ALIGNED
    return len(rows[0]) == len(rows[2]) == 1 and len(rows[1]) > 1 and is_even


def _is_rest(row: Row, rows: Sequence[Row], above: Line, line: Line) -> bool:
    """Whether a line after the last row is more of one of its cells, other than the first."""
    if len(row) != 1 or line.middle - above.middle > _NEXT_LINE * line.size:
        return False
    lefts = (cell.left for other in rows if len(other) > 1 for cell in other[1:])
    return any(abs(left - row[0].left) < _ALIGNED for left in lefts)


def _is_data(row: Row) -> bool:
    return any(is_figure(cell.text) and not names_year(cell.text) for cell in row)


def is_head(row: Row) -> bool:
    """Whether a row names columns by years or dates, or by words, and has no other number."""
    if _is_data(row):
        return False
    return sum(names_year(cell.text) for cell in row) > 1


def _is_label(cell: Segment, rows: Sequence[Row], *, has_data: bool) -> bool:
    """Whether a cell alone stands where the rows above have one, and not across them."""
    if not has_data:  # below the heads, which need not have one for the labels
        return len(cell.words) <= _HEAD_WORDS
    over = [row for row in rows if len(row) > 1]
    firsts = [row[0] for row in over]
    seconds = min(row[1].left for row in over)
    starts_there = min(each.left for each in firsts) - 12 <= cell.left
    return starts_there and (cell.right <= seconds + 2 or len(cell.words) <= _HEAD_WORDS)


@dataclass(frozen=True, slots=True)
class _Found:
    """The rows of a table, each of one printed line or more, laid into columns."""

    columns: Columns
    rows: tuple[tuple[Row, ...], ...]

    def finished(self, above: Sequence[Row], caption: str) -> PrintedTable:
        heads, body = [*above], list(self.rows)
        while len(body) > 1 and len(heads) < _MOST_HEADS and self._is_header(body[0], heads):
            heads.extend(body.pop(0))
        rows = self._body(body)
        if not heads:
            return PrintedTable(tuple(rows), has_header=False, caption=caption)
        header, rows = heads_over_values(self._header(heads, body), rows)
        return PrintedTable((header, *rows), has_header=True, caption=caption)

    def _values(self, rows: Sequence[Row]) -> list[Segment]:
        return [cell for row in rows for cell in row if self.columns.nearest(cell) > 0]

    def _is_header(self, rows: Sequence[Row], heads: Sequence[Row]) -> bool:
        values = self._values(rows)
        if not values or _is_data(values):
            return False
        if any(_is_data(self._values(other)) for other in self.rows):
            is_named = any(self.columns.nearest(cell) == 0 for row in rows for cell in row)
            was_named = any(self.columns.nearest(cell) == 0 for row in heads for cell in row)
            return not (is_named and was_named) or any(map(is_head, rows))
        # A table of words: its first row alone, or two where that names no labels, without a digit.
        is_begun = 0 < sum(map(len, heads)) < len(self.columns.places) - 1 == len(values)
        was_named = any(self.columns.nearest(cell) == 0 for row in heads for cell in row)
        return (not heads or (is_begun and not was_named)) and not any(
            c.isdigit() for row in rows for cell in row for c in cell.text
        )

    def _header(self, heads: Sequence[Row], body: Sequence[Sequence[Row]]) -> tuple[str, ...]:
        names = [""] * len(self.columns.places)
        cells = self.columns.within([heads[-1], *(row for rows in body for row in rows)])
        for row in reversed(heads):
            above = list(names)
            for cell, numbers in reversed(self.columns.under(row, names, cells)):
                for number in numbers:
                    above[number] = f"{cell.text} {above[number]}".rstrip()
            names = above
        return tuple(names)

    def _body(self, rows: Sequence[Sequence[Row]]) -> list[tuple[str, ...]]:
        laid = list[list[str]]()
        is_numeric = any(_is_data(self._values(row)) for row in rows)
        for row in rows:
            texts = [_joined(cells) for cells in zip(*map(self.columns.lay, row), strict=True)]
            last = laid[-1] if laid else None
            if last and len(row) == 1 and _continues(texts, last, is_numeric=is_numeric):
                laid[-1] = [_joined(pair) for pair in zip(last, texts, strict=True)]
            else:
                laid.append(texts)
        return [tuple(row) for row in laid]


def _joined(texts: Sequence[str]) -> str:
    return reduce(partial(join, known=frozenset[str]()), filter(None, texts), "").strip()


def _continues(texts: Sequence[str], last: Sequence[str], *, is_numeric: bool) -> bool:
    """Whether a line is the rest of the row above it, whose cell was too long for one."""
    if is_numeric:
        starts_low = texts[0][:1].islower()
        was_label = not any(last[1:]) and not last[0].endswith(":")
        is_rest = not any(texts[1:]) and not last[0].endswith((".", ":"))
        return starts_low and (was_label or is_rest)
    return not texts[0] and bool(last[0])


def _table(rows: Sequence[Row], lines: Sequence[Line], rules: Sequence[Rule]) -> _Found | None:
    """The rows as a table, where their cells line up in two columns or more."""
    wide = [row for row in rows if len(row) > 1]
    columns = Columns.of(wide)
    if len(columns.places) < 2 or len(wide) < 2:
        return None
    aligned = sum(len({columns.nearest(cell) for cell in row}) > 1 for row in wide)
    if aligned < 0.6 * len(wide):
        return None
    grouped = list[tuple[Row, ...]]()
    for run in _runs(lines, rules):
        of_run = tuple(rows[number] for number in run)
        # Where all lines are as far apart, that does not say which are one row.
        most = 1 if len(run) == len(rows) else len(run) - 1
        grouped += [of_run] if _are_one(of_run, columns, most) else [(row,) for row in of_run]
    return _Found(columns, tuple(grouped))


def _runs(lines: Sequence[Line], rules: Sequence[Rule]) -> Iterator[range]:
    """Lines that may be one row: those between two rules, or closer to each other than usual."""
    left, right = min(line.left for line in lines), max(line.right for line in lines)
    places = [
        rule.top
        for rule in rules
        if rule.is_level and min(rule.right, right) - max(rule.left, left) > 0.3 * (right - left)
    ]
    pairs = list(pairwise(lines))
    ruled = [any(a.middle < place < b.middle for place in places) for a, b in pairs]
    gaps = [b.middle - a.middle for a, b in pairs]
    close = 1.2 * min(gaps)
    is_ruled = sum(ruled) > 1
    start = 0
    for number, (gap, has_rule) in enumerate(zip(gaps, ruled, strict=True), start=1):
        if has_rule or (gap > close and not is_ruled):
            yield range(start, number)
            start = number
    yield range(start, len(lines))


def _are_one(rows: Sequence[Row], columns: Columns, most: int) -> bool:
    """Whether lines are a row with long cells: no column has a second number, and `most` lines are whole."""
    if len(rows) < 2 or len(rows) > _MOST_LINES:
        return False
    numbers = Counter(
        columns.nearest(cell)
        for row in rows
        for cell in row
        if is_figure(cell.text) and not names_year(cell.text)
    )
    places = [{columns.nearest(cell) for cell in row} for row in rows]
    is_full = [len(place) == len(columns.places) for place in places]
    return max(numbers.values(), default=0) < 2 and sum(is_full) <= most


def _top(lines: Sequence[Line], rows: Sequence[Row], first: int, start: int, found: _Found) -> int:
    """Where the heads above a table begin: lines that stand over its columns of values."""
    left = found.columns.places[1].left
    top = start
    while top > first and start - top < _MOST_HEADS:
        row, below = rows[top - 1], lines[top]
        near = below.middle - lines[top - 1].middle <= _GAP * max(below.size, 1.0)
        over = all(cell.left >= left - 30 or _spans(cell, found.columns) for cell in row)
        short = sum(len(cell.words) for cell in row) <= _HEAD_WORDS * len(found.columns.places)
        ends = row[-1].text.endswith((".", ";"))
        if not (near and over and short) or ends or _is_data(row):
            break
        top -= 1
    return top


def _spans(cell: Segment, columns: Columns) -> bool:
    """Whether a cell that begins over the labels is centred over the values."""
    values = columns.places[1:]
    return (
        cell.left > columns.places[0].left + 60
        and values[0].left <= cell.centre <= values[-1].right
        and len(cell.words) <= _HEAD_WORDS
    )


def _caption(lines: Sequence[Line], first: int, top: int) -> int:
    """Where the lines begin that say what a table holds: its title, its unit."""
    if top == first:
        return top
    begin, words = top, 0
    while begin > first and top - begin < _CAPTION_LINES:
        line = lines[begin - 1]
        words += len(line.text.split())
        below = lines[begin] if begin < len(lines) else line
        reach = _GAP if _ANNOUNCES.search(line.text) else _CAPTION_GAP
        is_far = below.middle - line.middle > reach * max(line.size, 1.0)
        if is_far or words > _CAPTION_WORDS or line.text.endswith((".", ";", "?", "!")):
            break
        begin -= 1
    return top if begin > first and _runs_on(lines[begin - 1], lines[begin]) else begin


def _runs_on(line: Line, below: Line) -> bool:
    """Whether a line is of the same paragraph as the one below it."""
    is_near = below.middle - line.middle <= 1.6 * max(line.size, 1.0)
    return is_near and not line.text.endswith((".", ":", ";", "?", "!")) and line.size == below.size
