import re
import zipfile
from collections.abc import Iterator, Sequence
from datetime import date, datetime, time
from itertools import groupby, islice, zip_longest
from pathlib import Path
from typing import Any, cast

from openpyxl import load_workbook
from openpyxl.utils.exceptions import InvalidFileException

from tools.documents.block import Block, LoadedDocument, tidy, write_table
from tools.documents.formats.package import open_package
from tools.errors import UnreadableFile

Row = tuple[object, ...]

MOST_ROWS = 20_000
"""Rows of a sheet that are read; what is longer belongs into a database."""
_MOST_COLUMNS = 200
_MOST_HEADER_ROWS = 3
_NUMBER = re.compile(r"[-+]?[\d.,]*\d%?")


def read(path: Path) -> LoadedDocument:
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
        blocks, notes = _sheets(values, formulas)
    title = tidy(values.properties.title or "")
    return LoadedDocument(title or path.stem, tuple(blocks), (*package.notes, *notes))


def _damaged(path: Path) -> UnreadableFile:
    return UnreadableFile(
        f"{path.name}: the file is damaged or is not an Excel workbook; open it in Excel or "
        "LibreOffice and save it again."
    )


def _sheets(values: Any, formulas: Any) -> tuple[list[Block], list[str]]:
    blocks, notes = list[Block](), list[str]()
    for sheet, unsolved in zip(values.worksheets, formulas.worksheets, strict=True):
        # A wrong dimension in the file would hide rows.
        sheet.reset_dimensions()
        unsolved.reset_dimensions()
        both = zip(_rows(sheet), _rows(unsolved), strict=False)
        rows = [_merge(row, formula) for row, formula in islice(both, MOST_ROWS + 1)]
        if len(rows) > MOST_ROWS:
            notes.append(f"only the first {MOST_ROWS} rows of the sheet {sheet.title!r} were read")
        found = list(_tables(rows[:MOST_ROWS], (sheet.title,)))
        if found:
            blocks += [Block("heading", sheet.title, section=(sheet.title,)), *found]
    return blocks, notes


def _rows(sheet: Any) -> Iterator[Row]:
    return sheet.iter_rows(max_col=_MOST_COLUMNS, values_only=True)


def _merge(values: Row, formulas: Row) -> list[str]:
    """What Excel last showed; where nothing was ever calculated, the formula itself."""
    cells = (
        formula if value is None else value for value, formula in zip_longest(values, formulas)
    )
    return [_text(cell) for cell in cells]


def _text(cell: object) -> str:
    match cell:
        case None:
            return ""
        case bool():
            return "TRUE" if cell else "FALSE"
        case float():
            # Arithmetic in binary shows: 0.1 + 0.2 is stored as 0.30000000000000004.
            return f"{cell:.15g}"
        case datetime() if cell.time() == time.min:
            return cell.date().isoformat()
        case date() | time():
            return cell.isoformat()
        case _:
            return tidy(str(cell))


def _tables(rows: Sequence[Sequence[str]], section: tuple[str, ...]) -> Iterator[Block]:
    header = list[str]()
    for has_text, group in groupby(rows, key=any):
        run = list(group)
        if not has_text:
            continue
        table = _without_empty_columns(run)
        if max(map(len, table)) == 1:
            yield Block("paragraph", "\n".join(row[0] for row in table), section=section)
            continue
        if len(table) <= _MOST_HEADER_ROWS and all(map(_is_header, table)):
            header = _join(table)
        elif _is_header(table[0]):
            header = table[0]
        elif len(header) == len(table[0]):
            # An empty row within a table: what follows has the same columns.
            table = [header, *table]
        yield Block("table", write_table(table), section=section, has_header=table[0] == header)


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
    """Two names or more, and no number among them."""
    named = [cell for cell in row if cell]
    return len(named) > 1 and not any(_NUMBER.fullmatch(cell) for cell in named)
