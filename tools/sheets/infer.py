"""Types of a table's cells (numbers, dates, words) and names of its columns."""

import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import replace
from datetime import date, datetime

from tools.sheets.sheet import DataColumn, DataTable, RawTable, Shown, Value
from tools.sheets.sums import without_sums, without_unsolved_sums

FEWEST_ROWS = 4
"""Least rows for a table to be loaded; fewer are read at a glance."""
_MOST_COLUMNS = 2_000
"""A table of SQLite has no more."""
_LONGEST_WHOLE = 18
"""Digits of a whole number, at most: SQLite's have 64 bits."""
_MOST_STRAYS = 0.1
"""The share of words that a column of numbers may have; SQLite would count each as 0, so they go."""
_NOTHING = frozenset(
    [
        *("", "-", "--", "—", "\u2013", "?", "./.", "n/a", "na", "n.a.", "n. a.", "k.a.", "k. a."),
        *("null", "none", "nan", "unknown", "unbekannt", "tbd", "tbc", "tba"),
        *("#n/a", "#div/0!", "#ref!", "#value!", "#name?", "#num!", "#null!", "#spill!", "#calc!"),
        *("#nv", "#bezug!", "#wert!", "#zahl!"),
    ]
)
"""What stands in place of a number that is missing, errors of a spreadsheet among them."""
_MOST_TOLD = 5
"""Columns with such cells that a report names."""
_WHOLE = re.compile(r"[+-]?(?:0|[1-9]\d{0,17})")
_PLAIN = re.compile(r"[+-]?\d+\.\d+(?:[eE][+-]?\d+)?|[+-]?\d+[eE][+-]?\d+|[+-]?\.\d+")
_GROUPED = re.compile(r"[+-]?\d{1,3}(?:,\d{3})+(?:\.\d+)?")
_COMMA = re.compile(r"[+-]?\d{1,3}(?:\.\d{3})+(?:,\d+)?|[+-]?\d+,\d+")
_SIGNS = re.compile(r"^(?:US)?[$€£¥]\s?|\s?[%€£¥]$|\s?(?:USD|EUR|GBP)$|^(?:USD|EUR|GBP)\s?")
_IN_BRACKETS = re.compile(r"\((.+)\)")
_DAY_FORMS = ("%Y-%m-%d", "%d.%m.%Y", "%Y/%m/%d", "%d %b %Y", "%d %B %Y", "%b %d, %Y", "%B %d, %Y")
_SLASHED = ("%m/%d/%Y", "%d/%m/%Y")
_WORDS = re.compile(r"[^\W_]+")
_DIGIT = re.compile(r"\d")
"""In a code such as 12-A, or a number that is not read: without it, a sum would be wrong."""
_NumberReader = Callable[[str], int | float | None]


def data_tables(found: Sequence[RawTable]) -> tuple[DataTable, ...]:
    """The tables that are worth a statement, with typed columns and without rows of totals."""
    parts = ((table, *without_unsolved_sums(table.rows)) for table in found)
    return tuple(
        _without_totals(replace(table, rows=rows), unsolved)
        for table, rows, unsolved in parts
        if len(rows) >= FEWEST_ROWS and 1 < len(table.header) <= _MOST_COLUMNS
    )


def _without_totals(table: RawTable, unsolved: tuple[str, ...]) -> DataTable:
    typed = without_sums(_typed(table))
    return replace(typed, sums=(*typed.sums, *unsolved))


def cells_left_empty(tables: Iterable[DataTable]) -> Iterator[str]:
    """What a report says of words in columns of numbers or days that were loaded as empty."""
    left = [
        f"{', '.join(map(repr, words))} in the column {column!r} of {table.name!r}"
        for table in tables
        for column, words in table.blanks
    ]
    if left:
        more = f"; and {len(left) - _MOST_TOLD} more columns" if len(left) > _MOST_TOLD else ""
        yield f"loaded as empty cells: {'; '.join(left[:_MOST_TOLD])}{more}"


def tables_left_out(found: Sequence[RawTable]) -> Iterator[str]:
    """What a report says of tables that are too wide for a database."""
    for table in found:
        if len(table.header) > _MOST_COLUMNS:
            yield (
                f"not loaded as data, but searched as text: {table.name!r} has "
                f"{len(table.header):,} columns, of {_MOST_COLUMNS:,} at most"
            )


def plain_name(text: str) -> str:
    """A name for SQL: small letters, digits and underscores, a letter first; none of SQLite's own."""
    name = "_".join(word.lower() for word in _WORDS.findall(text))[:60].strip("_")
    is_free = name[:1].isalpha() and not name.startswith("sqlite_")
    return name if is_free else f"n_{name}" if name else ""


def _typed(table: RawTable) -> DataTable:
    columns, values = list[DataColumn](), list[Sequence[Value]]()
    blanks = list[tuple[str, tuple[str, ...]]]()
    names, usual = _names(table.header), _usual_reader(table.rows)
    for number, (name, said) in enumerate(zip(names, table.header, strict=True)):
        cells = [_solved(row[number]) if number < len(row) else "" for row in table.rows]
        kind, typed = _column(cells, usual)
        columns.append(DataColumn(name, kind, said if said != name else ""))
        values.append(typed)
        if words := _blanked(cells, typed):
            blanks.append((said or name, words))
    rows = tuple(zip(*values, strict=True))
    return DataTable(table.name, tuple(columns), rows, blanks=tuple(blanks))


def _solved(cell: str) -> str:
    """The cell; nothing where it is a formula that was never calculated."""
    return "" if isinstance(cell, Shown) and cell.value is None else cell


def _blanked(cells: Sequence[str], values: Sequence[Value]) -> tuple[str, ...]:
    """The words of cells that have no value in the database."""
    said = (cell.strip() for cell, value in zip(cells, values, strict=True) if value is None)
    return tuple(dict.fromkeys(filter(None, said)))


def _names(header: Sequence[str]) -> list[str]:
    names = list[str]()
    for number, said in enumerate(header, start=1):
        name = plain_name(said) or f"column_{number}"
        again, count = name, 2
        while again in names:
            again, count = f"{name}_{count}", count + 1
        names.append(again)
    return names


def _column(cells: Sequence[str], usual: _NumberReader) -> tuple[str, Sequence[Value]]:
    known = [cell for cell in cells if cell.strip().lower() not in _NOTHING]
    if not known:
        return "TEXT", [cell or None for cell in cells]
    as_number = _number_reader(known, usual)
    found = [as_number(cell) for cell in known]
    strays = [cell for cell, value in zip(known, found, strict=True) if value is None]
    if len(strays) <= _MOST_STRAYS * len(known) and not any(map(_DIGIT.search, strays)):
        is_whole = all(isinstance(value, int) for value in found if value is not None)
        kind = "INTEGER" if is_whole else "REAL"
        return kind, [_value(cell, as_number) for cell in cells]
    as_day = _day_reader(known)
    if as_day is not None:
        return "DATE", [_value(cell, as_day) for cell in cells]
    return "TEXT", [cell.strip() or None for cell in cells]


def _value(cell: str, read: Callable[[str], Value]) -> Value:
    return None if cell.strip().lower() in _NOTHING else read(cell)


def _number_reader(cells: Sequence[str], usual: _NumberReader) -> _NumberReader:
    """How the column writes its numbers: with a point, with a comma, or as the table usually does."""
    points = sum(_read_point(cell) is not None for cell in cells)
    commas = sum(_read_comma(cell) is not None for cell in cells)
    if points == commas:
        return usual
    return _read_comma if commas > points else _read_point


def _usual_reader(rows: Sequence[Sequence[str]]) -> _NumberReader:
    """How a table writes its numbers: beside 0,12 in one column, 1.200 in another has no fraction."""
    told = [(_read_point(cell) is None, _read_comma(cell) is None) for row in rows for cell in row]
    has_commas, has_points = (True, False) in told, (False, True) in told
    return _read_comma if has_commas and not has_points else _read_point


def _read_point(cell: str) -> int | float | None:
    if isinstance(cell, Shown) and isinstance(cell.value, int | float):
        return _number(str(cell.value)) if isinstance(cell.value, int) else cell.value
    text = _bare(cell)
    if _WHOLE.fullmatch(text):
        return int(text)
    if _PLAIN.fullmatch(text):
        return float(text)
    if _GROUPED.fullmatch(text):
        return _number(text.replace(",", ""))
    return None


def _read_comma(cell: str) -> int | float | None:
    text = _bare(cell)
    if _WHOLE.fullmatch(text):
        return int(text)
    if _COMMA.fullmatch(text):
        return _number(text.replace(".", "").replace(",", "."))
    return None


def _number(text: str) -> int | float:
    return float(text) if "." in text or len(text) > _LONGEST_WHOLE else int(text)


def _bare(cell: str) -> str:
    """A number without its unit; one in brackets is below zero."""
    text = _SIGNS.sub("", cell.strip()).strip()
    inside = _IN_BRACKETS.fullmatch(text)
    text = f"-{_SIGNS.sub('', inside.group(1)).strip()}" if inside else text
    return text.replace("\u2212", "-").replace("\u00a0", "").replace("\u202f", "")


def _day_reader(cells: Sequence[str]) -> Callable[[str], str | None] | None:
    """The date format that all cells share; None if there is none or it is ambiguous."""
    if all(isinstance(cell, Shown) and _is_day(cell.value) for cell in cells):
        return lambda cell: str(cell.value) if isinstance(cell, Shown) else None
    forms = [form for form in _DAY_FORMS if all(_day(cell, form) for cell in cells)]
    forms += [form for form in _SLASHED if all(_day(cell, form) for cell in cells)]
    if not forms or set(_SLASHED) <= set(forms):
        return None
    chosen = forms[0]
    return lambda cell: _day(cell, chosen)


def _is_day(value: Value) -> bool:
    return isinstance(value, str) and _day(value, "%Y-%m-%d") is not None


def _day(cell: str, form: str) -> str | None:
    try:
        found: date = datetime.strptime(cell.strip(), form).date()  # noqa: DTZ007  # days have no zone
    except ValueError:
        return None
    return found.isoformat()
