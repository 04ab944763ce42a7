"""Worksheet XML around the cells, which openpyxl drops in read-only mode."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import IO
from xml.etree.ElementTree import Element  # the type; defusedxml parses

import defusedxml.ElementTree as SafeTree
from openpyxl.utils.cell import get_column_letter, range_boundaries

Range = tuple[int, int, int, int]
"""A range's first column and row and its last, counted from 0."""

_CELLS = b"sheetData"
"""The element that holds the rows."""


@dataclass(frozen=True, slots=True)
class SheetFrame:
    """The merged cells of a sheet, and the names of its hidden columns."""

    merged: tuple[Range, ...]
    hidden_columns: tuple[str, ...]


def read_frame(source: IO[bytes]) -> SheetFrame:
    """Read a sheet's XML without its cells, which are most of it."""
    data = source.read()
    start, end = data.find(_CELLS), data.rfind(_CELLS)
    if start < end:
        data = data[:start] + _CELLS + b"/" + data[end + len(_CELLS) :]
    root: Element = SafeTree.fromstring(data)
    return SheetFrame(tuple(_merged(root)), tuple(_hidden_columns(root)))


def _merged(root: Element) -> Iterator[Range]:
    for merged in root.iterfind(".//{*}mergeCell"):
        left, top, right, bottom = range_boundaries(merged.get("ref", ""))
        if left and top and right and bottom:
            yield left - 1, top - 1, right - 1, bottom - 1


def _hidden_columns(root: Element) -> Iterator[str]:
    for column in root.iterfind(".//{*}col"):
        if column.get("hidden") in ("1", "true"):
            first = get_column_letter(int(column.get("min", 1)))
            last = get_column_letter(int(column.get("max", 1)))
            yield first if first == last else f"{first} to {last}"
