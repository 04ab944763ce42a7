import re
import zipfile
from collections.abc import Iterable, Iterator, Sequence, Set
from dataclasses import dataclass, replace
from datetime import date, datetime, time
from itertools import groupby, islice, pairwise, zip_longest
from pathlib import Path
from typing import Any, cast

from openpyxl import load_workbook
from openpyxl.utils.exceptions import InvalidFileException

from tools.compat.openpyxl import sheet_xml
from tools.documents.block import Block, LoadedDocument, tidy, write_table
from tools.documents.formats.number_format import show
from tools.documents.formats.package import open_package
from tools.documents.formats.sheet_frame import Range, read_frame
from tools.errors import UnreadableFile
from tools.sheets.header import raw_table
from tools.sheets.sheet import RawTable, Shown

Row = tuple[object, ...]

MOST_ROWS = 20_000
"""Most rows read per sheet; longer ones belong in a database."""
_MOST_COLUMNS = 200
_MOST_HEADER_ROWS = 3
_YEAR = re.compile(r"(?:19|20)\d\d")
_NUMBER = re.compile(r"[-+]?[\d.,]*\d ?%?")


def read_xlsx(path: Path) -> LoadedDocument:
    """Sheets as sections, and in them tables parted by empty rows; formulas as their last values.

    Raises:
        UnreadableFile: the file is not a workbook.
    """
    try:
        package = open_package(path)
    except zipfile.BadZipFile as error:
        raise _damaged(path) from error
    with package.file:
        try:
            # openpyxl has no types; its workbooks do not leave this module.
            values = cast(Any, load_workbook(package.file, read_only=True, data_only=True))
            formulas = cast(Any, load_workbook(package.file, read_only=True))
        except (InvalidFileException, zipfile.BadZipFile) as error:
            raise _damaged(path) from error
        shown, hidden = _shown(values, formulas)
        blocks, data, notes = _sheets(shown)
    if hidden:
        notes.append(f"hidden, not read: the sheet(s) {', '.join(map(repr, hidden))}")
    if hidden and not blocks:
        raise UnreadableFile(
            f"{path.name}: all that the workbook holds is on hidden sheets; show them in Excel and "
            "save it again."
        )
    title = tidy(values.properties.title or "")
    return LoadedDocument(
        title or path.stem,
        tuple(blocks),
        (*package.notes, *notes),
        tuple(data),
        package.company,
    )


def _damaged(path: Path) -> UnreadableFile:
    return UnreadableFile(
        f"{path.name}: the file is damaged or is not an Excel workbook; open it in Excel or "
        "LibreOffice and save it again."
    )


def _shown(values: Any, formulas: Any) -> tuple[list[tuple[Any, Any]], list[str]]:
    """The sheets that a reader of the workbook sees, and the names of the others."""
    both = list(zip(values.worksheets, formulas.worksheets, strict=True))
    hidden = [sheet.title for sheet, _ in both if sheet.sheet_state != "visible"]
    return [pair for pair in both if pair[0].sheet_state == "visible"], hidden


def _sheets(
    sheets: Sequence[tuple[Any, Any]],
) -> tuple[list[Block], list[RawTable], list[str]]:
    blocks, data, notes = list[Block](), list[RawTable](), list[str]()
    for sheet, unsolved in sheets:
        # A wrong dimension in the file would hide rows.
        sheet.reset_dimensions()
        unsolved.reset_dimensions()
        cells = sheet.iter_rows(max_col=_MOST_COLUMNS)
        written = unsolved.iter_rows(max_col=_MOST_COLUMNS, values_only=True)
        both = zip(cells, written, strict=False)
        rows = [_merge(row, formula) for row, formula in islice(both, MOST_ROWS + 1)]
        if len(rows) > MOST_ROWS:
            notes.append(f"only the first {MOST_ROWS} rows of the sheet {sheet.title!r} were read")
        with sheet_xml(sheet) as source:
            frame = read_frame(source)
        if frame.hidden_columns:
            hidden = ", ".join(frame.hidden_columns)
            notes.append(f"hidden, but read: column(s) {hidden} of the sheet {sheet.title!r}")
        rows = _spread(rows[:MOST_ROWS], frame.merged)
        tables = list(_tables(rows))
        found = [_block(table, (sheet.title,)) for table in tables]
        if found:
            blocks += [Block("heading", sheet.title, section=(sheet.title,)), *found]
            data += _data(tables, sheet.title)
    return blocks, data, notes


def _spread(rows: Sequence[list[str]], ranges: Iterable[Range]) -> list[list[str]]:
    """The rows with the text of each merged cell wherever it reaches; a title stays where it is."""
    grouped = set[int]()
    for left, top, right, bottom in ranges:
        if top >= len(rows) or left >= len(rows[top]):
            continue
        row, text = rows[top], rows[top][left]
        has_others = any(row[:left]) or any(row[right + 1 :])
        last = min(right, len(row) - 1) if has_others else left
        for other in rows[top : bottom + 1]:
            other[left : last + 1] = [text] * (last + 1 - left)
        if top == bottom and last > left:
            grouped.add(top)
    return list(_without_groups(rows, grouped))


def _without_groups(rows: Sequence[list[str]], grouped: Set[int]) -> Iterator[list[str]]:
    """Names above several columns are merged into the header below."""
    above = list[str]()
    for number, row in enumerate(rows):
        following = rows[number + 1] if number + 1 < len(rows) else []
        if above:
            pairs = zip(above, row, strict=True)
            row = [
                lower if upper == lower else f"{upper} {lower}".strip() for upper, lower in pairs
            ]
        is_group = number in grouped and _is_header(following) and len(following) == len(row)
        above = row if is_group else []
        if not is_group:
            yield row


def _merge(cells: Sequence[Any], formulas: Row) -> list[str]:
    """The last calculated value, or the formula if there is none."""
    return [
        _text(formula) if cell is None or cell.value is None else _shown_text(cell)
        for cell, formula in zip_longest(cells, formulas)
    ]


def _shown_text(cell: Any) -> str:
    value = cell.value
    if isinstance(value, int | float) and not isinstance(value, bool):
        return Shown(show(value, cell.number_format or ""), value)
    if isinstance(value, date):  # a datetime too
        return Shown(_text(value), _text(value))
    return _text(value)


def _text(value: object) -> str:
    match value:
        case None:
            return ""
        case bool():
            return "TRUE" if value else "FALSE"
        case datetime() if value.time() == time.min:
            return value.date().isoformat()
        case date() | time():
            return value.isoformat()
        case _:
            return tidy(str(value))


@dataclass(frozen=True, slots=True)
class _SheetTable:
    """Rows between empty ones, of which the first is the header if `has_header`."""

    rows: list[list[str]]
    has_header: bool = False


def _block(table: _SheetTable, section: tuple[str, ...]) -> Block:
    if max(map(len, table.rows)) == 1:
        return Block("paragraph", "\n".join(row[0] for row in table.rows), section=section)
    text = write_table(table.rows)
    return Block("table", text, section=section, has_header=table.has_header)


def _data(tables: Sequence[_SheetTable], sheet: str) -> list[RawTable]:
    """The tables as data; what goes on after an empty row, under the same header, is one."""
    found = list[RawTable]()
    for table in filter(None, (raw_table(sheet, table.rows) for table in tables)):
        if found and found[-1].header == table.header:
            found[-1] = replace(found[-1], rows=(*found[-1].rows, *table.rows))
        else:
            found.append(table)
    return found


def _tables(rows: Sequence[Sequence[str]]) -> Iterator[_SheetTable]:
    header = list[str]()
    for has_text, group in groupby(rows, key=any):
        run = list(group)
        if not has_text:
            continue
        table = _without_empty_columns(run)
        if max(map(len, table)) == 1:
            yield _SheetTable(table)
            continue
        if len(table) <= _MOST_HEADER_ROWS and all(map(_is_header, table)):
            header = _join(table)
        elif _is_header(table[0]):
            header = table[0]
        elif len(header) == len(table[0]):
            # An empty row within a table: what follows has the same columns.
            table = [header, *table]
        yield _SheetTable(table, has_header=table[0] == header)


def _without_empty_columns(rows: Sequence[Sequence[str]]) -> list[list[str]]:
    width = max(map(len, rows))
    used = [i for i in range(width) if any(i < len(row) and row[i] for row in rows)]
    return [[row[i] if i < len(row) else "" for i in used] for row in rows]


def _join(rows: Sequence[Sequence[str]]) -> list[str]:
    """A header of several rows as one: in each column the lowest name."""
    header = list(rows[0])
    for row in rows[1:]:
        header = [lower or upper for lower, upper in zip(row, header, strict=True)]
    return header


def _is_header(row: Sequence[str]) -> bool:
    """Two names or more, and no number among them but years, one after the other."""
    named = [cell for cell in row if cell]
    numbers = [cell for cell in named if _NUMBER.fullmatch(cell)]
    return len(named) > 1 and (not numbers or _are_years(numbers))


def _are_years(numbers: Sequence[str]) -> bool:
    if len(numbers) < 2 or not all(map(_YEAR.fullmatch, numbers)):
        return False
    return len({int(b) - int(a) for a, b in pairwise(numbers)}) == 1
