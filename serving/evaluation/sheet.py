"""A set as a spreadsheet, and back again."""

import csv
import json
from codecs import BOM_UTF16_BE, BOM_UTF16_LE
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import closing
from io import BytesIO, StringIO
from pathlib import Path
from typing import cast
from zipfile import BadZipFile

from openpyxl import Workbook, load_workbook
from openpyxl.cell.cell import ILLEGAL_CHARACTERS_RE, Cell
from openpyxl.styles import Alignment, Font
from openpyxl.utils import get_column_letter
from openpyxl.utils.exceptions import InvalidFileException
from openpyxl.worksheet.datavalidation import DataValidation
from openpyxl.worksheet.worksheet import Worksheet
from pydantic import ValidationError

from serving.evaluation.case import SHEETS, SetCase
from serving.evaluation.patterns import as_meant, as_written
from serving.process.whole_file import write_whole
from tools.errors import BadInput

_COLUMNS = (
    *(
        "accepted",
        "id",
        "kind",
        "question",
        "says",
        "sql",
        "result",
        "declined",
        "spans",
        "reference",
        "routes",
        "note",
    ),
    *(
        "database",
        "rows",
        "after",
        "group",
        "mode",
        "databases",
        "collections",
        "without",
        "ordered",
    ),
    *("tolerance", "further_columns"),
)
_RESULT = "result"
"""What the statement gives, for the person to look at; it is not read back."""
_LISTS = ("says", "sql", "routes", "after", "databases", "collections", "without")
"""Fields with an item a line, but for statements, of which one alone may have several lines."""
_JSON = ("spans", "rows")
_FLAGS = ("accepted", "declined", "ordered", "further_columns")
_YES, _NO = (
    frozenset({"yes", "true", "1", "x", "y", "ja"}),
    frozenset({"no", "false", "0", "nein", "n", ""}),
)
_FORMULAS = ("=", "+", "-", "@", "\t", "\r", "'")
"""What a spreadsheet would evaluate as a formula."""
_SEPARATORS = (",", ";", "\t")
"""What spreadsheet programs put between cells, by the country they are set to."""
_WIDE = {"result": 40, "question": 60, "sql": 60, "note": 50, "spans": 40, "says": 30}


def write_sheet(
    path: Path, cases: Sequence[SetCase], *, results: Mapping[str, str] | None = None
) -> None:
    """Write a set as .csv or .xlsx, a line a case; `results` are what its statements give, by its id.

    Raises:
        BadInput: the file has another ending, or cannot be written.
    """
    found = results or {}
    lines = [[_cell(case, column, found) for column in _COLUMNS] for case in cases]
    write = {".csv": _write_csv, ".xlsx": _write_workbook}
    try:
        write[_kind(path)](path, lines)
    except OSError as error:
        raise BadInput(f"{str(path)!r} cannot be written ({error.strerror}).") from error


def read_sheet(path: Path) -> list[SetCase]:
    """The cases of a spreadsheet that was written here and looked through by a person.

    Raises:
        BadInput: it cannot be read, or a line is not a case; the message says which.
    """
    read = {".csv": _read_csv, ".xlsx": _read_workbook}[_kind(path)]
    try:
        lines = list(read(path))
    except OSError as error:
        raise BadInput(f"{str(path)!r} cannot be read ({error.strerror or error}).") from error
    except (UnicodeDecodeError, BadZipFile, InvalidFileException, KeyError, csv.Error) as error:
        raise BadInput(f"{str(path)!r} cannot be read: {error}.") from error
    return [
        _case(line, f"{path}, line {n}") for n, line in enumerate(lines, 2) if any(line.values())
    ]


def sheet_columns(path: Path) -> set[str]:
    """The fields that a spreadsheet has a column for.

    Raises:
        BadInput: it has no line below its headings.
    """
    first = next({".csv": _read_csv, ".xlsx": _read_workbook}[_kind(path)](path), None)
    if first is None:
        raise BadInput(f"{str(path)!r} has no questions.")
    return {*first}


def _kind(path: Path) -> str:
    if (kind := path.suffix.lower()) not in SHEETS:
        raise BadInput(f"{str(path)!r} is not a spreadsheet. Name it .csv or .xlsx.")
    return kind


def _check_headings(names: Iterable[str | None], path: Path) -> None:
    """Check that there are headings: an empty file must not replace a set."""
    if not any(names):
        raise BadInput(f"{str(path)!r} has no headings in its first line.")


def _write_csv(path: Path, lines: Iterable[Sequence[str]]) -> None:
    file = StringIO()
    writer = csv.writer(file)
    writer.writerow(_COLUMNS)
    for line in lines:
        writer.writerow([f"'{cell}" if cell.startswith(_FORMULAS) else cell for cell in line])
    write_whole(path, file.getvalue().encode("utf-8-sig"))  # with a mark, for Excel


def _read_csv(path: Path) -> Iterator[dict[str, str]]:
    text = _decoded(path.read_bytes())
    head = text.partition("\n")[0]
    separator = max(_SEPARATORS, key=head.count)
    with StringIO(text, newline="") as file:
        reader = csv.DictReader(file, delimiter=separator)
        _check_headings(reader.fieldnames or (), path)
        for line in reader:
            cells = {name: value or "" for name, value in line.items() if name}
            yield {name: _unmarked(value) for name, value in cells.items()}


def _decoded(content: bytes) -> str:
    """The text of a file as spreadsheet programs save it: UTF-8, UTF-16 or Windows' own encoding."""
    if content.startswith((BOM_UTF16_LE, BOM_UTF16_BE)):
        return content.decode("utf-16")
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError:
        return content.decode("cp1252")


def _unmarked(cell: str) -> str:
    return cell[1:] if cell.startswith("'") and cell[1:].startswith(_FORMULAS) else cell


def _write_workbook(path: Path, lines: Sequence[Sequence[str]]) -> None:
    book = Workbook()
    sheet = book.worksheets[0]
    sheet.title = "questions"
    for row, line in enumerate([_COLUMNS, *lines], 1):
        for column, text in enumerate(line, 1):
            cell = cast("Cell", sheet.cell(row, column))
            cell.value, cell.data_type = ILLEGAL_CHARACTERS_RE.sub("", text), "s"  # no formula
            cell.alignment = Alignment(wrap_text=True, vertical="top")
            cell.font = Font(bold=row == 1)
    for at, column in enumerate(_COLUMNS, 1):
        sheet.column_dimensions[get_column_letter(at)].width = _WIDE.get(column, 14)
    _help_filling_in(sheet, len(lines))
    sheet.freeze_panes = "E2"
    content = BytesIO()
    book.save(content)
    write_whole(path, content.getvalue())


def _help_filling_in(sheet: Worksheet, lines: int) -> None:
    """Offer yes and no where one of them belongs, and a filter for each column."""
    choice = DataValidation(type="list", formula1='"yes,no"', allow_blank=True)
    for name in _FLAGS:
        letter = get_column_letter(_COLUMNS.index(name) + 1)
        choice.add(f"{letter}2:{letter}{lines + 1}")
    sheet.add_data_validation(choice)
    sheet.auto_filter.ref = sheet.dimensions


def _read_workbook(path: Path) -> Iterator[dict[str, str]]:
    with closing(load_workbook(path, read_only=True)) as book:
        rows = cast("Iterator[tuple[object, ...]]", book.worksheets[0].iter_rows(values_only=True))
        names = [str(name or "") for name in next(rows, ())]
        _check_headings(names, path)
        for row in rows:
            told = zip(names, row, strict=False)
            yield {name: "" if cell is None else str(cell) for name, cell in told if name}


def _cell(case: SetCase, column: str, results: Mapping[str, str]) -> str:
    if column == _RESULT:
        return results.get(case.id, "")
    value = case.model_dump(mode="json")[column]
    if column in _FLAGS:
        return "yes" if value else "no"
    if column in _JSON:
        # No right rows at all are something else than right rows that are none.
        is_said = value if column == "spans" else value is not None
        return json.dumps(value, ensure_ascii=False) if is_said else ""
    if column == "sql" and len(value) == 1:
        return str(value[0])
    if column == "sql":
        return json.dumps(value) if value else ""
    lines = map(as_written, value) if column == "says" else value
    return "\n".join(lines) if column in _LISTS else str(value)


def _case(line: Mapping[str, str], place: str) -> SetCase:
    unknown = sorted({*line} - {*_COLUMNS})
    if unknown:
        raise BadInput(f"{place}: unknown field {unknown[0]!r}. Known: {', '.join(_COLUMNS)}.")
    try:
        return SetCase.model_validate(
            {
                name: _value(name, cell)
                for name, cell in line.items()
                if name != _RESULT and (cell.strip() or name in _FLAGS)
            }
        )
    except ValidationError as error:
        problem = error.errors()[0]
        field = ".".join(map(str, problem["loc"])) or "the line"
        raise BadInput(f"{place}: {field}: {problem['msg']}.") from error
    except ValueError as error:
        raise BadInput(f"{place}: {error}.") from error


def _value(name: str, cell: str) -> object:
    if name in _FLAGS:
        return _flag(name, cell)
    if name in _JSON or (name == "sql" and cell.lstrip().startswith("[")):
        return json.loads(cell)
    if name == "sql":
        return [cell]
    if name in _LISTS:
        written = [line for line in cell.splitlines() if line.strip()]
        return [as_meant(line.strip()) for line in written] if name == "says" else written
    return cell


def _flag(name: str, cell: str) -> bool:
    said = cell.strip().lower()
    if said in _YES | _NO:
        return said in _YES or (name == "further_columns" and not said)
    raise ValueError(f"{name}: write yes or no, not {cell!r}")
