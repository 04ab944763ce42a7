"""Rows of a table that only sum up the others; as data they would be counted twice."""

import math
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace

from tools.sheets.sheet import DataTable, Shown, Value

_SAID = re.compile(
    r"\W*(?:(?:grand|sub|net)?[ -]?totals?|sum|(?:zwischen|gesamt)?summe|gesamt|insgesamt"
    r"|(?:overall )?(?:average|mean)|durchschnitt|mittelwert)\b(?!\s\w+\s\w+\s\w)",
    re.IGNORECASE,
)
_NEAR = 1e-3
"""The share by which a sum may differ from the numbers that are shown rounded."""
_FEWEST = 2
"""Rows that a sum has at least."""


@dataclass(slots=True)
class _Running:
    """What the columns of numbers come to: all rows, and those since the last sum."""

    whole: dict[int, list[float]] = field(default_factory=dict[int, list[float]])
    part: dict[int, list[float]] = field(default_factory=dict[int, list[float]])

    def add(self, numbers: Mapping[int, float]) -> None:
        for column, number in numbers.items():
            self.whole.setdefault(column, []).append(number)
            self.part.setdefault(column, []).append(number)

    def is_summed_by(self, numbers: Mapping[int, float]) -> bool:
        """Whether most of these numbers are what those above come to, or their mean."""
        told = [column for column in numbers if len(self.part.get(column, ())) >= _FEWEST]
        known = told or [c for c in numbers if len(self.whole.get(c, ())) >= _FEWEST]
        summed = [c for c in known if self._sums(c, numbers[c])]
        return bool(summed) and 2 * len(summed) >= len(known)

    def _sums(self, column: int, number: float) -> bool:
        for above in (self.part.get(column, []), self.whole.get(column, [])):
            for told in (sum(above), sum(above) / max(1, len(above))):
                if math.isclose(told, number, rel_tol=_NEAR, abs_tol=_NEAR):
                    return True
        return False


def without_sums(table: DataTable) -> DataTable:
    """The table without rows that are called a total or a mean, and are."""
    running, kept, out = _Running(), list[tuple[Value, ...]](), list[str]()
    for row in table.rows:
        numbers = {n: cell for n, cell in enumerate(row) if isinstance(cell, int | float)}
        name = next((cell for cell in row if isinstance(cell, str)), "")
        if _SAID.match(name) and running.is_summed_by(numbers):
            out.append(name)
            running.part.clear()
            continue
        running.add(numbers)
        kept.append(row)
    return replace(table, rows=tuple(kept), sums=tuple(out))


def without_unsolved_sums(
    rows: Sequence[tuple[str, ...]],
) -> tuple[tuple[tuple[str, ...], ...], tuple[str, ...]]:
    """The rows without totals whose formulas were never calculated, and the names of those."""
    kept, out = list[tuple[str, ...]](), list[str]()
    for row in rows:
        formulas = [cell for cell in row if isinstance(cell, Shown) and cell.value is None]
        name = next((cell for cell in row if cell.strip() and cell not in formulas), "")
        if formulas and _SAID.match(name):
            out.append(name)
        elif len(formulas) < sum(bool(cell.strip()) for cell in row):
            kept.append(row)
    return tuple(kept), tuple(out)


def sums_left_out(tables: Iterable[DataTable]) -> Iterator[str]:
    """What a report says of such rows, of all tables at once."""
    left_out = [
        f"{', '.join(map(repr, dict.fromkeys(table.sums)))} of {table.name!r}"
        for table in tables
        if table.sums
    ]
    if left_out:
        yield f"not loaded as data, because they sum up others: {'; '.join(left_out)}"
