import json
from collections.abc import Iterable, Mapping
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from math import isfinite
from typing import Literal, cast

CellType = Literal[
    "integer",
    "decimal",
    "float",
    "boolean",
    "text",
    "date",
    "timestamp",
    "time",
    "interval",
    "bytes",
    "json",
    "mixed",
    "unknown",
]
Cell = str | int | float | bool | None
"""A value as JSON, a prompt and a page can show it."""

# In this order: a bool is an int, and a datetime a date.
_KINDS: tuple[tuple[tuple[type, ...], CellType], ...] = (
    ((bool,), "boolean"),
    ((int,), "integer"),
    ((float,), "float"),
    ((Decimal,), "decimal"),
    ((datetime,), "timestamp"),
    ((date,), "date"),
    ((time,), "time"),
    ((timedelta,), "interval"),
    ((bytes, bytearray, memoryview), "bytes"),
    ((dict, list, tuple), "json"),
)
_SAFE = 2**53
"""Readers of JSON that have floating-point numbers only, browsers first, count on up to here."""


def as_cell(value: object) -> Cell:
    """A driver's value without its type: exact decimals and ISO 8601 dates as text.

    Whole numbers from 2^53 on are text, since JSON's readers would round them. Floats lose what
    binary arithmetic added to them (38.400000000000006 is 38.4); bytes become their size, since
    nobody can read them; arrays, rows and JSON are JSON.
    """
    match value:
        case None | bool() | str():
            cell = value
        case int():
            cell = value if abs(value) < _SAFE else str(value)
        case float():
            cell = float(f"{value:.12g}") if isfinite(value) else str(value)  # JSON has no NaN
        case Decimal():
            cell = format(value, "f")
        case datetime() | date() | time():
            cell = value.isoformat()
        case timedelta():
            cell = _clock(value)
        case bytes() | bytearray():
            cell = f"{len(value):,} bytes"
        case dict() | list() | tuple():
            cell = json.dumps(_plain(cast("object", value)), ensure_ascii=False)
        case _:
            cell = str(value)
    return cell


def type_of(cells: Iterable[object]) -> CellType:
    """What a column's cells were before they became JSON; whole numbers among others are numbers."""
    kinds: set[CellType] = {_kind(cell) for cell in cells if cell is not None}
    widest: tuple[CellType, ...] = ("float", "decimal")
    for wider in widest:
        if wider in kinds and kinds <= {"integer", "decimal", wider}:
            return wider
    return kinds.pop() if len(kinds) == 1 else "mixed" if kinds else "unknown"


def _kind(value: object) -> CellType:
    for classes, name in _KINDS:
        if isinstance(value, classes):
            return name
    return "text"


def _clock(span: timedelta) -> str:
    """Hours, minutes and seconds, as MariaDB writes a TIME: `26:05:00`."""
    size = abs(span)
    minutes, seconds = divmod(size.days * 86_400 + size.seconds, 60)
    hours, minutes = divmod(minutes, 60)
    part = f".{size.microseconds:06}" if size.microseconds else ""
    return f"{'-' * (span != size)}{hours:02}:{minutes:02}:{seconds:02}{part}"


def _plain(value: object) -> object:
    match value:
        case dict():
            return {
                str(key): _plain(each) for key, each in cast(Mapping[object, object], value).items()
            }
        case list() | tuple():
            return [_plain(each) for each in cast(list[object], value)]
        case _:
            return as_cell(value)
