"""Worksheet XML around the cells, which openpyxl drops in read-only mode."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import groupby
from typing import IO
from xml.etree.ElementTree import Element  # the type; defusedxml parses

import defusedxml.ElementTree as SafeTree
from openpyxl.utils.cell import get_column_letter, range_boundaries

Range = tuple[int, int, int, int]
"""A range's first column and row and its last, counted from 0."""

_CELLS = b"sheetData"
"""The element that holds the rows."""
_ROW = re.compile(rb"<(?:\w+:)?row\b[^<>]*\bhidden=[\"'](?:1|true)[\"'][^<>]*>")
_NUMBER = re.compile(rb"""\sr=["'](\d+)["']""")


@dataclass(frozen=True, slots=True)
class SheetFrame:
    """The merged cells of a sheet, and the names of its hidden columns and rows."""

    merged: tuple[Range, ...]
    hidden_columns: tuple[str, ...]
    hidden_rows: tuple[str, ...] = ()


def read_frame(source: IO[bytes]) -> SheetFrame:
    """Read a sheet's XML without its cells, which are most of it."""
    data = source.read()
    rows = tuple(_hidden_rows(data))
    start, end = data.find(_CELLS), data.rfind(_CELLS)
    if start < end:
        data = data[:start] + _CELLS + b"/" + data[end + len(_CELLS) :]
    root: Element = SafeTree.fromstring(data)
    return SheetFrame(tuple(_merged(root)), tuple(_hidden_columns(root)), rows)


def _merged(root: Element) -> Iterator[Range]:
    for merged in root.iterfind(".//{*}mergeCell"):
        left, top, right, bottom = range_boundaries(merged.get("ref", ""))
        if left and top and right and bottom:
            yield left - 1, top - 1, right - 1, bottom - 1


def _hidden_rows(data: bytes) -> Iterator[str]:
    """The numbers of hidden rows, those in a row as "5 to 9"; filters hide rows too."""
    told = (_NUMBER.search(row[0]) for row in _ROW.finditer(data))
    hidden = [int(number[1]) for number in told if number]
    for _, run in groupby(enumerate(hidden), key=lambda one: one[1] - one[0]):
        first, *rest = [number for _, number in run]
        yield f"{first} to {rest[-1]}" if rest else str(first)


def _hidden_columns(root: Element) -> Iterator[str]:
    for column in root.iterfind(".//{*}col"):
        if column.get("hidden") in ("1", "true"):
            first = get_column_letter(int(column.get("min", 1)))
            last = get_column_letter(int(column.get("max", 1)))
            yield first if first == last else f"{first} to {last}"
