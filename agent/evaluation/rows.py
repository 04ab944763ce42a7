"""Whether rows are the expected ones, and if not, where they differ."""

import math
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import islice, product
from typing import cast

from sqlglot import exp

from tools.sql.cells import Cell, CellType

TOLERANCE = 0.00005
"""Numbers that differ by no more are the same: they agree in four decimals."""
_RELATIVE = 1e-9
"""So are those that differ by this share: sums differ in their last digits by their order."""
_MOST_PAIRINGS = 5_000
_SHOWN = 5
_MANY = 2_000
"""Rows from which only an exact count tells: comparing each with each would take too long."""

Row = tuple[Cell, ...]


@dataclass(frozen=True, slots=True)
class RowSet:
    """Rows with their columns.

    `order` says how their order counts: None, not at all; else the columns by which they are
    sorted, among whose equals any order will do; where it is empty, every row has its place.
    """

    columns: tuple[str, ...]
    rows: tuple[Row, ...]
    order: tuple[int, ...] | None = None


def row_set(
    columns: Sequence[str],
    types: Sequence[CellType],
    rows: Sequence[Sequence[Cell]],
    order: tuple[int, ...] | None = None,
) -> RowSet:
    """A table of a query's cells, where exact decimals are numbers again."""
    kinds = types or cast("list[CellType]", ["unknown"] * len(columns))
    read = [tuple(map(_read, row, kinds)) for row in rows]
    return RowSet(tuple(columns), tuple(read), order)


def order_of(tree: exp.Query) -> tuple[int, ...] | None:
    """How a statement orders its rows; one row that is asked for has no order."""
    ordered, limit = tree.args.get("order"), tree.args.get("limit")
    if ordered is None or (limit is not None and str(limit.expression) == "1"):
        return None
    places = [_place(one.this, tree.selects) for one in ordered.expressions]
    return tuple(place for place in places if place is not None) if None not in places else ()


def difference(
    expected: RowSet, found: RowSet, *, tolerance: float = TOLERANCE, further_columns: bool = True
) -> str:
    """What is other than expected, in a few lines; empty where nothing is.

    Columns may come in any order and under any name. Further columns are allowed unless
    `further_columns` says otherwise.
    """
    if not expected.rows or not found.rows:
        return "" if len(expected.rows) == len(found.rows) else _counts(expected, found)
    wide, narrow = len(found.columns), len(expected.columns)
    if wide < narrow or (wide > narrow and not further_columns):
        return f"{narrow} columns were expected ({', '.join(expected.columns)}), {wide} found ({', '.join(found.columns)})."
    if len(expected.rows) != len(found.rows):
        return _counts(expected, found) + _told(expected, found, tolerance)
    pairings = list(_pairings(expected, found, tolerance))
    if any(_are_same(expected, _picked(found, one), tolerance) for one in pairings):
        return ""
    free = RowSet(expected.columns, expected.rows)
    if any(_are_same(free, _picked(found, one), tolerance) for one in pairings):
        return "The rows are the expected ones in another order."
    return "Other rows than expected." + _told(expected, found, tolerance)


def _read(cell: Cell, kind: CellType) -> Cell:
    if isinstance(cell, str) and kind in {"decimal", "integer", "float", "mixed"}:
        return _number(cell) if kind != "mixed" else cell
    return cell


def _number(text: str) -> Cell:
    try:
        return float(text)
    except ValueError:
        return text


def _place(key: exp.Expr, selects: Sequence[exp.Expr]) -> int | None:
    """The output column that a sort key is: by its number, its name or its expression."""
    if isinstance(key, exp.Literal) and not key.is_string:
        return int(str(key.this)) - 1
    for at, one in enumerate(selects):
        is_named = isinstance(key, exp.Column) and not key.table and key.name == one.alias_or_name
        if is_named or key == one.unalias():
            return at
    return None


def _pairings(expected: RowSet, found: RowSet, tolerance: float) -> Iterator[tuple[int, ...]]:
    """The ways in which columns found may stand for those expected, each by its values."""
    theirs = [_values(found, at) for at in range(len(found.columns))]
    fits: list[list[int]] = []
    for at in range(len(expected.columns)):
        own = _values(expected, at)
        fits.append([n for n, other in enumerate(theirs) if _agree(own, other, tolerance)])
    for places in islice(product(*fits), _MOST_PAIRINGS):
        if len({*places}) == len(places):
            yield places


def _values(one: RowSet, at: int) -> list[Cell]:
    return sorted((row[at] for row in one.rows), key=_sortable)


def _agree(own: Sequence[Cell], other: Sequence[Cell], tolerance: float) -> bool:
    return all(_is_same(a, b, tolerance) for a, b in zip(own, other, strict=True))


def _picked(found: RowSet, places: Sequence[int]) -> RowSet:
    rows = tuple(tuple(row[at] for at in places) for row in found.rows)
    return RowSet(tuple(found.columns[at] for at in places), rows)


def _are_same(expected: RowSet, found: RowSet, tolerance: float) -> bool:
    """Whether each stretch of rows that may be in any order holds the same."""
    start = 0
    for end in _ends(expected, tolerance):
        if not _same_bag(expected.rows[start:end], found.rows[start:end], tolerance):
            return False
        start = end
    return True


def _ends(expected: RowSet, tolerance: float) -> Iterator[int]:
    """Where the stretches of rows end among which any order will do."""
    whole = len(expected.rows)
    for at in range(1, whole):
        if expected.order is not None and not _are_tied(
            expected.rows[at - 1], expected.rows[at], expected.order, tolerance
        ):
            yield at
    yield whole


def _are_tied(one: Row, other: Row, keys: Sequence[int], tolerance: float) -> bool:
    return bool(keys) and all(_is_same(one[key], other[key], tolerance) for key in keys)


def _same_bag(own: Sequence[Row], other: Sequence[Row], tolerance: float) -> bool:
    if Counter(map(_rounded, own)) == Counter(map(_rounded, other)):
        return True
    missing, further = _unmatched(own, other, tolerance)
    return not missing and not further


def _unmatched(
    own: Sequence[Row], other: Sequence[Row], tolerance: float
) -> tuple[list[Row], list[Row]]:
    """The rows of either side that have no partner on the other."""
    if max(len(own), len(other)) > _MANY:
        return _beyond(own, other), _beyond(other, own)
    left, missing = list(other), list[Row]()
    for row in own:
        partner = next((at for at, one in enumerate(left) if _same_row(row, one, tolerance)), None)
        if partner is None:
            missing.append(row)
        else:
            left.pop(partner)
    return missing, left


def _beyond(own: Sequence[Row], other: Sequence[Row]) -> list[Row]:
    """The rows that one side has more often, by their rounded values."""
    left, further = Counter(map(_rounded, other)), list[Row]()
    for row in own:
        key = _rounded(row)
        if left[key] > 0:
            left[key] -= 1
        else:
            further.append(row)
    return further


def _same_row(one: Row, other: Row, tolerance: float) -> bool:
    return all(_is_same(a, b, tolerance) for a, b in zip(one, other, strict=True))


def _is_same(one: Cell, other: Cell, tolerance: float) -> bool:
    if isinstance(one, int | float) and isinstance(other, int | float):
        return one == other or math.isclose(one, other, rel_tol=_RELATIVE, abs_tol=tolerance)
    if isinstance(one, str) and isinstance(other, str):
        return _text(one) == _text(other)
    return one is other  # NULL alone; a text is no number


def _text(cell: str) -> str:
    """A text as it is compared: a timestamp at midnight is its day."""
    return cell.strip().removesuffix("T00:00:00").removesuffix(" 00:00:00")


def _rounded(row: Row) -> Row:
    return tuple(
        round(float(cell), 4) if isinstance(cell, int | float) else cell and _text(cell)
        for cell in row
    )


def _sortable(cell: Cell) -> tuple[int, float, str]:
    match cell:
        case None:
            return (2, 0.0, "")
        case int() | float():
            return (0, float(cell), "")
        case str():
            return (1, 0.0, _text(cell))


def _counts(expected: RowSet, found: RowSet) -> str:
    return f"{len(expected.rows)} rows were expected, {len(found.rows)} found."


def _told(expected: RowSet, found: RowSet, tolerance: float) -> str:
    """The rows that are missing and those that are too many, by the columns that fit best."""
    if len(found.columns) != len(expected.columns):
        return ""
    missing, further = _unmatched(expected.rows, found.rows, tolerance)
    parts = [("Missing", missing), ("Not expected", further)]
    return "".join(f"\n{name}: {_listed(rows)}" for name, rows in parts if rows)


def _listed(rows: Sequence[Row]) -> str:
    shown = "; ".join(" | ".join(map(str, row)) for row in rows[:_SHOWN])
    more = len(rows) - _SHOWN
    return f"{shown}; and {more} more" if more > 0 else shown
