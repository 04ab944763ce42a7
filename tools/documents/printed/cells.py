"""The cells of a printed line, and the columns that the cells of several lines make."""

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import combinations_with_replacement
from math import inf
from typing import Literal

from tools.documents.printed.words import Line, PrintedWord, Segment

_SIGN = re.compile(r"[$€£¥]|US\$|-")
_NUMBER = re.compile(
    r"(?:US)?[$€£¥]?\s*[(\-\u2013\u2212+]*\s*[$€£¥]?\s*\d[\d.,'\s]*(?:[)%*]|\s?%|\([a-z]\)|[x\u00d7]|pts?)*"
    r"|[-\u2013—]+|n/?[am]|N/?[AM]|nil"
)
_YEAR = re.compile(
    r"(?:FY\s?)?(?:19|20)\d\d[EA]?|(?:19|20)\d\d[-\u2013/]\d{2,4}|\d{1,2}([./])\d{1,2}\1(?:19|20)\d\d"
)
Edge = Literal["centre", "left", "right"]
_AT_EDGE = 4.0
"""Points between the edges of a head and of its columns, at most, where they are said to be the same."""
_NEARLY = 12.0
"""Points by which a head may be off the middle of its columns, where others fit better."""
_LEFT_OUT = 0.2
"""What it costs to leave a column without a head, in widths of a column."""
_AFTER = re.compile(r"[)%*]+|\([a-z]\)")


def _is_wanting(names: Sequence[str]) -> bool:
    """Whether the columns' names do not say what they hold: each has one, and two are alike, or all are years."""
    named = all(names) and len(names) > 1
    return named and (len(set(names)) < len(names) or all(map(names_year, names)))


def is_figure(text: str) -> bool:
    """Whether a cell holds a number, or says that there is none."""
    return _NUMBER.fullmatch(text) is not None


def names_year(text: str) -> bool:
    """Whether a cell names a year or a day, as the head of a column does."""
    return _YEAR.fullmatch(text) is not None


def cells_of(line: Line) -> list[Segment]:
    """The line's cells: a sign belongs to the number that it is printed with."""
    cells, sign = list[Segment](), list[PrintedWord]()
    for segment in line.segments:
        words = [*sign, *segment.words]
        sign = []
        *others, last = words
        if _SIGN.fullmatch(last.text) and segment is not line.segments[-1]:
            sign, words = [last], others
        if words and cells and all(_AFTER.fullmatch(word.text) for word in words):
            cells[-1] = Segment((*cells[-1].words, *words))
        elif words:
            cells.extend(_parted(words))
    return cells


def _parted(words: Sequence[PrintedWord]) -> Iterable[Segment]:
    """Numbers that stand close to each other are cells of their own."""
    texts = [word.text for word in words]
    if len(words) > 1 and all(is_figure(text) and not names_year(text) for text in texts):
        run = list[PrintedWord]()
        for word in words:
            if run and any(letter.isdigit() for each in run for letter in each.text):
                yield Segment(tuple(run))
                run = []
            run.append(word)
        yield Segment(tuple(run))
        return
    yield Segment(tuple(words))


@dataclass(slots=True)
class CellColumn:
    """Where the cells of a column lie."""

    left: float
    right: float

    @property
    def centre(self) -> float:
        return (self.left + self.right) / 2


@dataclass(slots=True)
class Columns:
    """The columns of a table, found from its cells."""

    places: list[CellColumn] = field(default_factory=list[CellColumn])

    @classmethod
    def of(cls, rows: Sequence[Sequence[Segment]]) -> "Columns":
        """Numbers first, the widest before those that lie within; names after them."""
        found = cls()
        cells = [cell for row in rows for cell in row]
        numbers = [cell for cell in cells if is_figure(cell.text)]
        names = [cell for cell in cells if not is_figure(cell.text)]
        for cell in sorted(numbers, key=lambda each: -each.width):
            found._take(cell)
        for cell in sorted(names, key=lambda each: each.width):
            found._take(cell)
        found.places.sort(key=lambda column: column.left)
        found._join(rows)
        return found

    def _take(self, cell: Segment) -> None:
        """A cell that lies over several columns belongs to none of them."""
        over = [c for c in self.places if cell.overlap(c.left, c.right) > 0]
        if not over:
            self.places.append(CellColumn(cell.left, cell.right))
        elif len(over) == 1:
            over[0].left = min(over[0].left, cell.left)
            over[0].right = max(over[0].right, cell.right)

    def _join(self, rows: Sequence[Sequence[Segment]]) -> None:
        """Neighbours of which no row has both are one column."""
        number, used = 1, [{self.nearest(cell) for cell in row} for row in rows]
        while number < len(self.places):
            before, after = self.places[number - 1], self.places[number]
            if after.left - before.right > 24 or any({number - 1, number} <= row for row in used):
                number += 1
                continue
            self.places[number - 1 : number + 1] = [CellColumn(before.left, after.right)]
            used = [{self.nearest(cell) for cell in row} for row in rows]

    def nearest(self, cell: Segment) -> int:
        """The column that a cell lies in, or nearest to."""
        left, right = cell.left, cell.right
        for number, column in enumerate(self.places):
            if column.left <= left and right <= column.right:
                return number
        return max(
            range(len(self.places)),
            key=lambda i: (
                cell.overlap(self.places[i].left, self.places[i].right),
                -abs(cell.centre - self.places[i].centre),
            ),
        )

    def under(
        self, heads: Sequence[Segment], below: Sequence[str], cells: "Columns"
    ) -> list[tuple[Segment, list[int]]]:
        """The columns that each head of a line stands over.

        `below` are the columns' names in the lines below, and `cells` the columns without these heads.

        As many heads as columns of values have one each. Fewer heads than columns are shared out among
        them, where each gets as many as the others, or where the names below do not tell the columns
        apart; else a head stands over all columns that it reaches into.
        """
        values = [head for head in heads if head.centre > self.places[0].right or len(heads) == 1]
        shared = self._shared(values, cells)
        if not shared and _is_wanting(below[1:]):
            values = [head for head in values if head.centre > self.places[0].right]
            shared = cells.fitted(values, below)
        return [(head, shared.get(id(head)) or self._reached(head)) for head in heads]

    def _shared(self, heads: Sequence[Segment], cells: "Columns") -> dict[int, list[int]]:
        columns = range(1, len(self.places))
        if len(heads) == len(columns):
            return {id(head): [number] for head, number in zip(heads, columns, strict=True)}
        if not heads or len(heads) > len(columns) or len(columns) % len(heads):
            return {}
        shares = {id(head): list[int]() for head in heads}
        for number in columns:
            centre = self.places[number].centre
            nearest = min(heads, key=lambda head: abs(head.centre - centre))
            shares[id(nearest)].append(number)
        is_even = len(set(map(len, shares.values()))) == 1
        centred = all(
            self._is_centred(head, shares[id(head)]) for head in heads if shares[id(head)]
        )
        if not is_even or not centred:
            return {}
        return shares if self._is_over(heads, shares) else cells.placed_under(heads) or shares

    def _is_over(self, heads: Sequence[Segment], shares: Mapping[int, Sequence[int]]) -> bool:
        """Whether each head stands over the middle of its columns, or nearly."""
        return all(self._amiss(head, shares[id(head)]) <= _NEARLY for head in heads)

    def placed_under(self, heads: Sequence[Segment]) -> dict[int, list[int]]:
        """Some neighbouring columns for each head, right under its middle or at an edge; none where one has none."""
        found, free = dict[int, list[int]](), 1
        for head in heads:
            run = self._run_under(head, free)
            if not run:
                return {}
            found[id(head)], free = run, run[-1] + 1
        return found

    def _run_under(self, head: Segment, free: int) -> list[int]:
        """Two columns or more: those with the head over their middle, else the fewest that it covers."""
        last = len(self.places) - 1
        pairs = combinations_with_replacement(range(free, last + 1), 2)
        runs = [[*range(first, end + 1)] for first, end in pairs if end > first]
        middle = min(runs, key=lambda run: self._amiss(head, run), default=list[int]())
        if not middle or self._amiss(head, middle) <= _AT_EDGE:
            return middle
        covered = (run for run in sorted(runs, key=len) if self._is_covered(head, run))
        return next(covered, list[int]())

    def _is_covered(self, head: Segment, run: Sequence[int]) -> bool:
        """Whether a head begins or ends with these columns and does not reach beyond them."""
        left, right = self.places[run[0]].left, self.places[run[-1]].right
        is_within = left - _AT_EDGE <= head.left and head.right <= right + _AT_EDGE
        return is_within and min(abs(head.left - left), abs(head.right - right)) <= _AT_EDGE

    def _amiss(self, head: Segment, numbers: Sequence[int]) -> float:
        """How far a head is from the middle of these columns."""
        return abs(
            head.centre - (self.places[numbers[0]].left + self.places[numbers[-1]].right) / 2
        )

    def fitted(self, heads: Sequence[Segment], below: Sequence[str]) -> dict[int, list[int]]:
        """Neighbouring columns for each head, so that all stand over their middle, or all at the same edge.

        No two columns of a head have the same name `below`. A column is left without a head where that
        fits better.
        """
        if not 0 < len(heads) < len(self.places) - 1 or any(h.text[0] in "([" for h in heads):
            return {}
        ways = [self._runs(heads, below, edge) for edge in ("centre", "left", "right")]
        _, runs = min((way for way in ways if way[1]), default=(0.0, ()), key=lambda way: way[0])
        return {id(head): [*run] for head, run in zip(heads, runs, strict=False)}

    def _runs(
        self, heads: Sequence[Segment], below: Sequence[str], edge: Edge
    ) -> tuple[float, Sequence[range]]:
        """The columns for each head that fit best where heads are set so, and what is amiss in points."""
        last = len(self.places) - 1
        blank = _LEFT_OUT * (self.places[last].centre - self.places[1].centre) / (last - 1)
        best = {1: (0.0, list[range]())}  # by the first column that is free
        for head in heads:
            found = dict[int, tuple[float, list[range]]]()
            for free, (amiss, runs) in best.items():
                for first, end in combinations_with_replacement(range(free, last + 1), 2):
                    if len(set(below[first : end + 1])) <= end - first:
                        continue
                    off = self._off(head, first, end, edge) + (first - free) * blank
                    if amiss + off < found.get(end + 1, (inf, runs))[0]:
                        found[end + 1] = (amiss + off, [*runs, range(first, end + 1)])
            best = found
        ended = ((amiss + (last + 1 - free) * blank, runs) for free, (amiss, runs) in best.items())
        return min(ended, default=(inf, list[range]()), key=lambda one: one[0])

    def _off(self, head: Segment, first: int, end: int, edge: Edge) -> float:
        """How far a head is from where it would stand over these columns."""
        left, right = self.places[first].left, self.places[end].right
        match edge:
            case "centre":
                return abs(head.centre - (left + right) / 2)
            case "left":
                off = abs(head.left - left)
            case "right":
                off = abs(head.right - right)
        return off if off <= _AT_EDGE else inf

    def _is_centred(self, head: Segment, numbers: Sequence[int]) -> bool:
        left, right = self.places[numbers[0]].left, self.places[numbers[-1]].right
        return self._amiss(head, numbers) <= max(_NEARLY, (right - left) / 4)

    def _reached(self, head: Segment) -> list[int]:
        over = [n for n, c in enumerate(self.places) if n and head.overlap(c.left, c.right) > 0]
        return (
            over if len(over) > 1 and head.left > self.places[0].left + 20 else [self.nearest(head)]
        )

    def within(self, rows: Sequence[Sequence[Segment]]) -> "Columns":
        """These columns as wide as the cells that the rows have in them."""
        found = list[CellColumn]()
        for number, place in enumerate(self.places):
            own = [cell for row in rows for cell in row if self.nearest(cell) == number]
            left, right = (cell.left for cell in own), (cell.right for cell in own)
            found.append(CellColumn(min(left, default=place.left), max(right, default=place.right)))
        return Columns(found)

    def lay(self, cells: Sequence[Segment]) -> list[str]:
        """The texts of a row, one for each column."""
        texts = [""] * len(self.places)
        for cell in cells:
            number = self.nearest(cell)
            texts[number] = f"{texts[number]} {cell.text}".strip()
        return texts
