"""A result as a file for a spreadsheet: CSV, and Excel's own format."""

import csv
import re
from collections.abc import Iterable, Sequence
from dataclasses import replace
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from io import BytesIO, StringIO
from math import isfinite
from typing import Any
from unicodedata import combining, normalize

from tools.errors import BadInput
from tools.language.telling import IN_ENGLISH, Telling
from tools.sql.cells import as_cell, type_of
from tools.sql.run import QueryResult

CSV_TYPE = "text/csv; charset=utf-8"
EXCEL_TYPE = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
_FORMULA = ("=", "+", "-", "@", "\t", "\r")
_EXACT_DIGITS = 15
"""Digits that Excel keeps; longer numbers are written as text."""
_MEASURED = 1000
"""Rows that decide how wide a column is."""
_NARROW, _WIDE = 9, 60
_NUMERIC = ("integer", "decimal", "float")
_TINY, _PLACES = 1e-6, 6
"""The page rounds a float that has more places, and leaves one alone that is smaller."""
_AMOUNT_PLACES = 2
"""The page gives a column's floats the same number of places where none has more than this."""
_DAY = re.compile(r"[12]\d{3}-\d\d-\d\d")
_FIRST_YEAR = 1900
"""Excel has no days before it."""
_MAX_TEXT = 32_767
"""Characters that a cell of Excel holds."""


def as_csv(result: QueryResult) -> bytes:
    """UTF-8 with a byte-order mark for Excel; no cell's text is read as a formula."""
    written = StringIO()
    rows = csv.writer(written)
    rows.writerow(map(_harmless, result.columns))
    rows.writerows(map(_harmless, row) for row in result.rows)
    return written.getvalue().encode("utf-8-sig")


def part_of(result: QueryResult) -> str:
    """Which part of its rows a result has, as the end of a file's name; empty where it has all."""
    total = f"-of-{result.total_rows}" if result.total_rows is not None else ""
    return f"-first-{len(result.rows)}{total}" if result.truncated else ""


def told_part(result: QueryResult, told: Telling) -> str:
    """The same as a sentence."""
    if not result.truncated:
        return ""
    shown = told.written(f"{len(result.rows):,}")
    if result.total_rows is None:
        return told.say("The first {shown} rows; the statement has more.", shown=shown)
    total = told.written(f"{result.total_rows:,}")
    return told.say("The first {shown} of the {total} rows.", shown=shown, total=total)


def as_excel(result: QueryResult, *, note: str = "") -> bytes:
    """A workbook whose numbers and dates are Excel's own; text is text, whatever it begins with.

    A column of days is one of dates, also where the database keeps them as text. A `note` stands on
    a second sheet.
    """
    from openpyxl import Workbook
    from openpyxl.utils import get_column_letter

    book = Workbook(write_only=True)
    sheet: Any = book.create_sheet("Result")
    sheet.freeze_panes = "A2"
    for at, width in enumerate(_widths(result), start=1):
        sheet.column_dimensions[get_column_letter(at)].width = width
    sheet.append([_cell(sheet, name) for name in result.columns])
    columns = [_with_dates(column) for column in zip(*result.rows, strict=True)]
    for row in zip(*columns, strict=True):
        sheet.append([_cell(sheet, value) for value in row])
    if note:
        book.create_sheet("Note").append([note])
    written = BytesIO()
    book.save(written)
    return written.getvalue()


def in_order_of(result: QueryResult, column: int, *, is_down: bool) -> QueryResult:
    """The rows sorted by a column, counted from 1, as the page sorts them: null comes last.

    Raises:
        BadInput: there is no such column.
    """
    if column > len(result.columns):
        count = len(result.columns)
        raise BadInput(f"There is no column {column} to sort by. Columns of the result: {count}.")
    at = column - 1
    known = [row for row in result.rows if row[at] is not None]
    unknown = [row for row in result.rows if row[at] is None]
    key = _size if type_of(row[at] for row in known) in _NUMERIC else _letters
    known.sort(key=lambda row: key(row[at]), reverse=is_down)
    return replace(result, rows=(*known, *unknown))


def with_word(result: QueryResult, word: str, *, told: Telling = IN_ENGLISH) -> QueryResult:
    """The rows that have it in a cell, in any case, as the page shows cells in that language."""
    wanted = word.lower()
    places = [_places_of(column) for column in zip(*result.rows, strict=True)]

    def has(row: Sequence[Any]) -> bool:
        return any(wanted in _seen(*each, told) for each in zip(row, places, strict=True))

    return replace(result, rows=tuple(row for row in result.rows if has(row)))


def _places_of(column: Iterable[Any]) -> int | None:
    """How many decimal places the page gives a column of amounts; None for any other."""
    floats = [cell for each in column if isinstance(cell := as_cell(each), float)]
    broken = [each for each in floats if not each.is_integer()]
    if any(abs(each) < _TINY for each in broken):
        return None
    most = max((len(str(each).partition(".")[2]) for each in broken), default=0)
    return most if 0 < most <= _AMOUNT_PLACES else None


def _seen(value: Any, places: int | None, told: Telling) -> str:
    """A cell as `shown` of `public/views/Evidence.jsx` writes it, in small letters."""
    cell = as_cell(value)
    if places and isinstance(cell, int | float) and not isinstance(cell, bool):
        return told.written(f"{cell:,.{places}f}")
    if cell is None:
        return "null"
    if not isinstance(cell, float):
        return str(cell).lower()
    if cell.is_integer() or abs(cell) < _TINY:
        return f"{cell:.0f}" if cell.is_integer() else str(cell)
    digits = format(Decimal(str(cell)), "f")
    if len(digits.partition(".")[2]) <= _PLACES:
        return told.written(f"{Decimal(digits):,}")
    cut = format(Decimal(f"{cell:.3e}"), "f") if abs(cell) < 1 else f"{cell:,.2f}"
    return told.written(cut.rstrip("0").rstrip("."))


def _size(value: Any) -> tuple[bool, Any]:
    """What is no finite number comes after all that are, so that each can be compared."""
    is_finite = value.is_finite() if isinstance(value, Decimal) else isfinite(value)
    return (False, value) if is_finite else (True, 0)


def _letters(value: Any) -> tuple[str, str]:
    """Letters with marks beside those without, and capital ones beside the others."""
    text = str(as_cell(value))
    plain = "".join(each for each in normalize("NFKD", text) if not combining(each))
    return plain.casefold(), text


def _with_dates(column: Sequence[Any]) -> Sequence[Any]:
    """The days of a column as dates, where it holds nothing else."""
    known = [value for value in column if value is not None]
    if not all(isinstance(value, str) and _DAY.fullmatch(value) for value in known):
        return column
    try:
        days = [None if value is None else date.fromisoformat(value) for value in column]
    except ValueError:  # 2023-02-31
        return column
    return days if all(day is None or day.year >= _FIRST_YEAR for day in days) else column


def _widths(result: QueryResult) -> list[int]:
    """How many characters wide each column is, by its first rows."""
    shown = [result.columns, *result.rows[:_MEASURED]]
    longest = (max(len(str(value)) for value in column) for column in zip(*shown, strict=True))
    return [min(max(_NARROW, length + 2), _WIDE) for length in longest]


def _harmless(value: object) -> object:
    if isinstance(value, str) and value.startswith(_FORMULA):
        return f"'{value}"
    return as_cell(value)


def _cell(sheet: Any, value: object) -> object:
    match value:
        case None | bool():
            return value
        case int() | Decimal() | float() if _is_exact(value):
            return value
        case datetime() | time() if value.tzinfo is None:
            return value
        case datetime() | time() | timedelta():
            return _text(sheet, value)
        case date():
            return value
        case _:
            return _text(sheet, value)


def _is_exact(value: float | Decimal) -> bool:
    if isinstance(value, float):
        return isfinite(value)
    digits: Sequence[int] = Decimal(value).as_tuple().digits
    return Decimal(value).is_finite() and len(digits) <= _EXACT_DIGITS


def _text(sheet: Any, value: object) -> object:
    from openpyxl.cell import WriteOnlyCell
    from openpyxl.cell.cell import ILLEGAL_CHARACTERS_RE

    shown = as_cell(value)
    text = ILLEGAL_CHARACTERS_RE.sub("", "" if shown is None else str(shown))[:_MAX_TEXT]
    cell = WriteOnlyCell(sheet, text)
    cell.data_type = "s"  # text that begins with "=" would be a formula
    return cell
