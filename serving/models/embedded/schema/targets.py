"""What a phrase may mean in a schema, and the kinds of columns there are."""

import re
from dataclasses import dataclass
from typing import Literal

from serving.models.embedded.english.words import name_stems, spelled_out, stem
from tools.sql.schema import Column

_NUMERIC = re.compile(r"INT|NUM|DEC|REAL|FLOA|DOUB|MONEY", re.I)
_WHOLE = re.compile(r"INT", re.I)
_TEXT = re.compile(r"CHAR|TEXT|CLOB|ENUM", re.I)
_DATE = re.compile(r"DATE|TIMESTAMP", re.I)
_DAY = re.compile(r"\d{4}-\d\d-\d\d")
_YES = frozenset({"yes", "y", "true", "t", "ja", "j"})
_ASKING = frozenset(map(stem, ("is", "has", "was", "can")))
"""First words of the names of columns of yes and no: "is_admin"."""
_NO = frozenset({"no", "n", "false", "f", "nein"})


@dataclass(frozen=True, slots=True)
class TableRef:
    """A table that a question names: the things in it."""

    table: str


@dataclass(frozen=True, slots=True)
class ColumnRef:
    """A column that a question names."""

    table: str
    column: str


@dataclass(frozen=True, slots=True)
class NullMeaning:
    """A phrase that a comment gives as the meaning of NULL ("NULL while on sale")."""

    table: str
    column: str
    is_null: bool


@dataclass(frozen=True, slots=True)
class Deadline:
    """Rows that were done after the day that they were due, before it, or that are still to be done then."""

    table: str
    due: str
    done: str
    kind: Literal["late", "overdue", "on time"]


@dataclass(frozen=True, slots=True)
class Shortage:
    """Rows whose stock is below their reorder level."""

    table: str
    stock: str
    least: str


@dataclass(frozen=True, slots=True)
class Formula:
    """A measure that a comment defines over its table's columns ("revenue is price * units").

    If it `is_whole` it is a figure of a semantic model: an aggregate, which may read other tables
    as well.
    """

    table: str
    name: str
    text: str
    columns: tuple[ColumnRef, ...]
    is_whole: bool = False


Target = TableRef | ColumnRef | NullMeaning | Deadline | Shortage | Formula


@dataclass(frozen=True, slots=True)
class Sense:
    """One meaning of a phrase; quality 1 is a table's or column's whole name, a comment's word 0.4."""

    target: Target
    quality: float


def is_numeric(column: Column) -> bool:
    """Whether the column can be compared with and summed as numbers."""
    return bool(_NUMERIC.search(column.kind)) and not column.dates


def is_fraction(column: Column) -> bool:
    """Whether the column holds amounts such as prices, and no whole numbers that may name a kind."""
    return is_numeric(column) and not _WHOLE.search(column.kind)


def may_lack(column: Column) -> bool:
    """Whether a row may have no value there, or none that can be worked with."""
    return (column.nullable and not column.primary_key) or bool(column.strays)


def is_text(column: Column) -> bool:
    """Whether the column stores words."""
    return bool(_TEXT.search(column.kind)) or not column.type


def is_date(column: Column) -> bool:
    """Whether the column stores days or moments."""
    if column.dates or _DATE.search(column.kind):
        return True
    seen = column.range or column.samples
    is_said = "date" in spelled_out(column.name) or "dat" in name_stems(column.name)
    is_told = is_said or column.meaning.is_date
    return is_text(column) and (is_told or (bool(seen) and all(map(_DAY.match, seen))))


_SMALL_IN_NAMES = frozenset("of and the von van de der & +".split())
"""Words of a name that begin with no capital."""


def is_year(column: Column) -> bool:
    """Whether the column stores years as numbers or text."""
    return "year" in name_stems(column.name) and not is_date(column)


def may_name(column: Column) -> bool:
    """Whether the values can be names of people, firms or places, as far as they are known."""
    if is_date(column) or is_year(column) or is_numeric(column):
        return False
    named = [one for one in column.samples if _is_proper(one)]
    return len(named) >= len(column.samples) / 2


def _is_proper(text: str) -> bool:
    return all(word[0].isupper() or word in _SMALL_IN_NAMES for word in text.split())


def truth(column: Column) -> str | int | None:
    """The value that means yes in a column of yes and no, None for any other column."""
    if re.search("BOOL", column.kind, re.I) or column.type.lower() == "tinyint(1)":
        return True
    is_asked = name_stems(column.name)[0] in _ASKING and len(name_stems(column.name)) > 1
    if column.is_flag or (is_asked and is_numeric(column)):
        return 1
    seen = {sample.lower() for sample in column.samples}
    if seen and seen <= _YES | _NO:
        return next((s for s in column.samples if s.lower() in _YES), "Yes")
    return None
