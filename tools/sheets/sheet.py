"""Rows of a file as they were read, and the table that they make."""

from dataclasses import dataclass

Value = str | int | float | None


class Shown(str):
    """A cell's text as the file shows it, which remembers the value behind it.

    The value of a formula that was never calculated is None.
    """

    __slots__ = ("value",)
    value: Value

    def __new__(cls, text: str, value: Value) -> "Shown":
        made = super().__new__(cls, text)
        made.value = value
        return made


@dataclass(frozen=True, slots=True)
class RawTable:
    """A table of a file: the name of its sheet, the header, and the rows below it."""

    name: str
    header: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]


@dataclass(frozen=True, slots=True)
class DataColumn:
    """A column as the database has it; `said` is what its header says, where that is not the name.

    `type` is one of SQLite's: INTEGER, REAL, DATE or TEXT.
    """

    name: str
    type: str
    said: str = ""


@dataclass(frozen=True, slots=True)
class DataTable:
    """A table to be loaded; `name` is what its sheet is called.

    `sums` are the names of rows that were left out because they only sum up others; `blanks` are
    columns, as their headers say, with the words in them that were loaded as empty cells.
    """

    name: str
    columns: tuple[DataColumn, ...]
    rows: tuple[tuple[Value, ...], ...]
    sums: tuple[str, ...] = ()
    blanks: tuple[tuple[str, tuple[str, ...]], ...] = ()
