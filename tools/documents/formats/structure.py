"""Nested values, such as JSON and XML hold, as text: keys on the way become headings."""

from collections.abc import Iterator, Mapping, Sequence
from typing import TypeGuard

from tools.documents.block import Block, tidy, write_table

Value = None | bool | int | float | str | Sequence["Value"] | Mapping[str, "Value"]

_LONGEST_CELL = 200
_MOST_COLUMNS = 30


def write_blocks(value: Value, section: tuple[str, ...] = ()) -> Iterator[Block]:
    """Plain values as lists under their path, alike records as one table, the rest nested."""
    if _is_record(value):
        yield from _record(value, section)
    elif _is_sequence(value):
        yield from _sequence(value, section)
    elif _text(value):
        yield Block("paragraph", _text(value), section=section)


def _record(record: Mapping[str, Value], section: tuple[str, ...]) -> Iterator[Block]:
    lines = [f"- {key}: {_text(value)}" for key, value in record.items() if _text(value)]
    if lines:
        yield Block("list", "\n".join(lines), section=section)
    for key, value in record.items():
        if _is_record(value) or _is_sequence(value):
            yield from _below(value, (*section, tidy(key)))


def _sequence(values: Sequence[Value], section: tuple[str, ...]) -> Iterator[Block]:
    if _is_table(values):
        columns = list(dict.fromkeys(key for value in values for key in value))
        rows = ([_text(value.get(column)) for column in columns] for value in values)
        yield Block("table", write_table([columns, *rows]), section=section, has_header=True)
        return
    lines = [f"- {_text(value)}" for value in values if _text(value)]
    if lines:
        yield Block("list", "\n".join(lines), section=section)
    for number, value in enumerate(values, start=1):
        if _is_record(value) or _is_sequence(value):
            yield from _below(value, (*section, _name(value, number)))


def _below(value: Value, section: tuple[str, ...]) -> Iterator[Block]:
    blocks = list(write_blocks(value, section))
    if blocks:
        yield Block("heading", section[-1], section=section)
        yield from blocks


def _name(value: Value, number: int) -> str:
    """The name of a record, or its position counted from 1."""
    keys = ("title", "name", "id") if _is_record(value) else ()
    named = (_text(value.get(key)) for key in keys if _is_record(value))
    return next((name for name in named if 0 < len(name) < _LONGEST_CELL), str(number))


def _is_table(values: Sequence[Value]) -> TypeGuard[Sequence[Mapping[str, Value]]]:
    columns = set[str]()
    for value in values:
        if not _is_record(value):
            return False
        if any(_is_nested(cell) or len(_text(cell)) > _LONGEST_CELL for cell in value.values()):
            return False
        columns.update(value)
    return len(values) > 1 and 0 < len(columns) <= _MOST_COLUMNS


def _is_nested(value: Value) -> bool:
    return _is_record(value) or _is_sequence(value)


def _is_record(value: Value) -> TypeGuard[Mapping[str, Value]]:
    return isinstance(value, Mapping)


def _is_sequence(value: Value) -> TypeGuard[Sequence[Value]]:
    return isinstance(value, Sequence) and not isinstance(value, str)


def _text(value: Value) -> str:
    """A plain value on one line; nothing for nested ones and for none."""
    if isinstance(value, bool):
        return "true" if value else "false"
    return tidy(str(value)) if isinstance(value, int | float | str) else ""
