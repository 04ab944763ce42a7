import re
import zipfile
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from datetime import date, datetime, time
from itertools import islice, zip_longest
from pathlib import Path
from typing import Any, cast

from openpyxl import load_workbook
from openpyxl.utils.exceptions import InvalidFileException

from tools.compat.openpyxl import sheet_xml
from tools.documents.block import Block, LoadedDocument, tidy, write_table
from tools.documents.formats.number_format import show
from tools.documents.formats.package import open_package
from tools.documents.formats.sheet_frame import Range, SheetFrame, read_frame
from tools.documents.formats.sheet_tables import SheetTable, tables_of
from tools.errors import UnreadableFile
from tools.sheets.header import raw_table
from tools.sheets.sheet import RawTable, Shown

Row = tuple[object, ...]

MOST_ROWS = 20_000
"""Most rows read per sheet; longer ones belong in a database."""
_MOST_COLUMNS = 200
_NAMED = 5
"""Hidden rows and columns that are named; the others are counted."""
_ASIDE = re.compile(r"\([^()]*\)")


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
        cells = sheet.iter_rows(max_col=_MOST_COLUMNS + 1)
        written = unsolved.iter_rows(max_col=_MOST_COLUMNS + 1, values_only=True)
        both = zip(cells, written, strict=False)
        rows = [_merge(row, formula) for row, formula in islice(both, MOST_ROWS + 1)]
        notes += _cut(rows, sheet.title)
        rows = [row[:_MOST_COLUMNS] for row in rows]
        with sheet_xml(sheet) as source:
            frame = read_frame(source)
        notes += _hidden(frame, sheet.title)
        rows = _spread(rows[:MOST_ROWS], frame.merged)
        tables = list(tables_of(rows))
        found = [_block(table, (sheet.title,)) for table in tables]
        if found:
            blocks += [Block("heading", sheet.title, section=(sheet.title,)), *found]
            data += _data(tables, sheet.title)
    return blocks, data, notes


def _hidden(frame: SheetFrame, sheet: str) -> Iterator[str]:
    """What is said of columns and rows that a person does not see in the sheet."""
    for kind, names in (("column(s)", frame.hidden_columns), ("row(s)", frame.hidden_rows)):
        if names:
            more = f" and {len(names) - _NAMED} more" if len(names) > _NAMED else ""
            said = ", ".join(names[:_NAMED]) + more
            yield f"hidden, but read: {kind} {said} of the sheet {sheet!r}"


def _cut(rows: Sequence[Sequence[str]], sheet: str) -> Iterator[str]:
    """What is said of a sheet that is not read whole, or was never calculated."""
    if len(rows) > MOST_ROWS:
        yield f"only the first {MOST_ROWS} rows of the sheet {sheet!r} were read"
    if any(any(row[_MOST_COLUMNS:]) for row in rows):
        yield f"only the first {_MOST_COLUMNS} columns of the sheet {sheet!r} were read"
    unsolved = sum(_is_formula(cell) for row in rows for cell in row)
    if unsolved:
        yield (
            f"{unsolved} formula(s) of the sheet {sheet!r} have no value; open the file in Excel or "
            "LibreOffice and save it"
        )


def _spread(rows: Sequence[list[str]], ranges: Iterable[Range]) -> list[list[str]]:
    """The rows with the text of each merged cell wherever it reaches; a title stays where it is."""
    for left, top, right, bottom in ranges:
        if top >= len(rows) or left >= len(rows[top]):
            continue
        row, text = rows[top], rows[top][left]
        has_others = any(row[:left]) or any(row[right + 1 :])
        last = min(right, len(row) - 1) if has_others else left
        for other in rows[top : bottom + 1]:
            other[left : last + 1] = [text] * (last + 1 - left)
    return list(rows)


def _merge(cells: Sequence[Any], formulas: Row) -> list[str]:
    """The last calculated value, or the formula if there is none."""
    return [
        _unsolved(formula) if cell is None or cell.value is None else _shown_text(cell)
        for cell, formula in zip_longest(cells, formulas)
    ]


def _unsolved(written: object) -> str:
    text = _text(written)
    return Shown(text, None) if _is_formula(text) else text


def _is_formula(text: str) -> bool:
    return text.startswith("=") and len(text) > 1


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


def _block(table: SheetTable, section: tuple[str, ...]) -> Block:
    if table.width == 1:
        return Block("paragraph", "\n".join(row[0] for row in table.rows), section=section)
    text, caption = write_table(table.rows), "" if table.is_titled else table.title
    return Block("table", text, section=section, has_header=table.has_header, caption=caption)


def _data(tables: Sequence[SheetTable], sheet: str) -> list[RawTable]:
    """The tables as data; what goes on after an empty row, under the same header and name, is one.

    Of several, each is called what stands above it.
    """
    found = list[RawTable]()
    for each in tables:
        name = _ASIDE.sub("", each.title).strip() or sheet
        table = raw_table(name, each.rows, has_header=each.has_header)
        if table is None:
            continue
        if found and (found[-1].header, found[-1].name) == (table.header, name):
            found[-1] = replace(found[-1], rows=(*found[-1].rows, *table.rows))
        else:
            found.append(table)
    return found if len(found) > 1 else [replace(table, name=sheet) for table in found]
