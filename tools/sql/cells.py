from datetime import date, datetime, time
from decimal import Decimal
from math import isfinite

Cell = str | int | float | bool | None
"""A value as JSON, a prompt and a page can show it."""


def as_cell(value: object) -> Cell:
    """A driver's value without its type: exact decimals and ISO 8601 dates as text.

    Floats lose what binary arithmetic added to them (38.400000000000006 is 38.4); bytes become
    their size, since nobody can read them.
    """
    match value:
        case None | bool() | int() | str():
            return value
        case float():
            return float(f"{value:.12g}") if isfinite(value) else str(value)  # JSON has no NaN
        case Decimal():
            return format(value, "f")
        case datetime() | date() | time():
            return value.isoformat()
        case bytes() | bytearray():
            return f"{len(value):,} bytes"
        case _:
            return str(value)
