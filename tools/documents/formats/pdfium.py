"""The words and rules of a PDF's pages, as PDFium finds them: the only file that knows it.

PDFium is asked for a page's whole text at once, and then for the places of each word's first and
last letter: a call for every letter would take most of the time.
"""

import ctypes
import math
import re
import struct
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from itertools import chain
from pathlib import Path
from typing import Any, cast

import pypdfium2
import pypdfium2.raw as raw_bindings

from tools.documents.block import tidy
from tools.documents.printed.words import PrintedPage, PrintedWord, Rule
from tools.errors import UnreadableFile

# The bindings are made at run time and have no types; nothing of theirs leaves this file.
_raw = cast(Any, raw_bindings)

_CUT = "\x02\ufffe"
"""What PDFium writes for a hyphen at the end of a line, which it joins with the next."""
_SURROGATE = re.compile("[\ud800-\udfff]")
_WORD = re.compile(rf"[^\s{_CUT}]+[{_CUT}]?|[{_CUT}]")
_THIN = 2.5
"""Points: a rectangle that is not thicker is a line."""
_LONG = 12.0
_BOX = 6
"""Strokes of a rectangle, at most: its edges are lines too."""
_MOST_OBJECTS = 5_000
"""A page of more drawn objects is a drawing, in which no table is looked for."""
Box = tuple[float, float, float, float]
_POINTER, _INT, _FLOAT = ctypes.c_void_p, ctypes.c_int, ctypes.c_double


def _quick(function: Any, result: Any, *arguments: Any) -> Callable[..., Any]:
    """A function of PDFium that takes addresses: the bindings' own types cost half of a call."""
    made: Any = ctypes.PYFUNCTYPE(result, *arguments)
    return made(ctypes.cast(function, _POINTER).value)


_box_of = _quick(_raw.FPDFText_GetLooseCharBox, _INT, _POINTER, _INT, _POINTER)
_matrix_of = _quick(_raw.FPDFText_GetMatrix, _INT, _POINTER, _INT, _POINTER)
_size_of = _quick(_raw.FPDFText_GetFontSize, _FLOAT, _POINTER, _INT)
_object_of = _quick(_raw.FPDFPage_GetObject, _POINTER, _POINTER, _INT)
_kind_of = _quick(_raw.FPDFPageObj_GetType, _INT, _POINTER)
_bounds_of = _quick(_raw.FPDFPageObj_GetBounds, _INT, *[_POINTER] * 5)
_strokes_of = _quick(_raw.FPDFPath_CountSegments, _INT, _POINTER)
_two_boxes = struct.Struct("8f")
"""Left, top, right and bottom, as PDFium has them, of a word's first letter and of its last."""


_BESIDE_TEXT = _raw.FPDF_ANNOT_WIDGET, _raw.FPDF_ANNOT_FREETEXT, _raw.FPDF_ANNOT_FILEATTACHMENT
"""Annotations that hold something which the page's text lacks."""


def _address(handle: Any) -> int | None:
    return ctypes.cast(handle, _POINTER).value


class NotAPdf(Exception):
    """PDFium cannot open the file; another reader may."""


@dataclass(frozen=True, slots=True)
class PrintedFile:
    """The title that a file gives itself, its pages, and whether more lies beside their text.

    `has_more` says that something is attached, or that a form may be filled in or text put on.
    """

    title: str
    pages: list[PrintedPage]
    has_more: bool


def read_pages(path: Path) -> PrintedFile:
    """What PDFium finds in a file.

    Raises:
        NotAPdf: PDFium cannot make anything of the file.
        UnreadableFile: the file is encrypted.
    """
    try:
        document = cast(Any, pypdfium2.PdfDocument)(path)
    except pypdfium2.PdfiumError as error:
        if getattr(error, "err_code", None) in (_raw.FPDF_ERR_PASSWORD, _raw.FPDF_ERR_SECURITY):
            raise UnreadableFile(
                f"{path.name}: the PDF is encrypted; save a copy without a password."
            ) from error
        raise NotAPdf(str(error)) from error
    with document:
        title = tidy(str(document.get_metadata_value("Title") or ""))
        found = [_page(document, number) for number in range(len(document))]
        has_more = document.count_attachments() > 0 or any(has for _, has in found)
        return PrintedFile(title, [page for page, _ in found], has_more)


def _page(document: Any, number: int) -> tuple[PrintedPage, bool]:
    """A page, and whether there are more annotations on it than links."""
    try:
        page = document[number]
    except pypdfium2.PdfiumError:  # damaged: the others can still be read
        return PrintedPage(number + 1, ()), True
    text = page.get_textpage()
    box = page.get_bbox()
    runs = _runs(text.raw, box)
    counts = Counter[int]()
    for way, run in runs:
        counts[way] += len(run)
    turn = counts.most_common(1)[0][0] if counts else 0
    words = tuple(chain.from_iterable(run for way, run in runs if way == turn))
    aside = tidy(" ".join(word.text for way, run in runs if way != turn for word in run))
    frame = _Frame(box, turn)
    rules = tuple(frame.rule(box) for box in _rules(page.raw))
    printed = PrintedPage(number + 1, words, rules, frame.height, aside)
    has_more = _is_annotated(page.raw)
    text.close()
    page.close()
    return printed, has_more


def _is_annotated(page: Any) -> bool:
    """Whether a page has a field, a file or a text that was put on, which its own text lacks."""
    for number in range(_raw.FPDFPage_GetAnnotCount(page)):
        note = _raw.FPDFPage_GetAnnot(page, number)
        if not note:
            return True
        kind = _raw.FPDFAnnot_GetSubtype(note)
        _raw.FPDFPage_CloseAnnot(note)
        if kind in _BESIDE_TEXT:
            return True
    return False


class _Frame:
    """Places counted from the upper left corner of a page as it is read."""

    def __init__(self, box: Box, turn: int) -> None:
        self._box, self._turn = box, turn
        left, bottom, right, top = box
        self.height = (right - left) if turn % 180 else (top - bottom)

    def place(self, box: Box) -> Box:
        """The left, top, right and bottom of a box of PDFium: left, bottom, right and top."""
        left, bottom, right, top = self._box
        a, b, c, d = box
        match self._turn:
            case 90:
                return b - bottom, a - left, d - bottom, c - left
            case 180:
                return right - c, b - bottom, right - a, d - bottom
            case 270:
                return top - d, right - c, top - b, right - a
            case _:
                return a - left, top - d, c - left, top - b

    def rule(self, box: Box) -> Rule:
        return Rule(*self.place(box))


def _runs(text: Any, box: Box) -> list[tuple[int, list[PrintedWord]]]:
    """The words of a page in runs that are printed in one direction, each placed as it is read."""
    letters = _letters(text)
    page, is_plain = _address(text), not _SURROGATE.search(letters)
    boxes = ctypes.create_string_buffer(_two_boxes.size)
    begin, end = ctypes.addressof(boxes), ctypes.addressof(boxes) + _two_boxes.size // 2
    line, size, run = (0.0, 0.0), 1.0, list[PrintedWord]()
    runs, place = [(0, run)], _Frame(box, 0).place
    for found in _WORD.finditer(letters):
        first, after = found.span()
        _box_of(page, first, begin)
        _box_of(page, after - 1, end)
        left, top, right, bottom, a, b, c, d = _two_boxes.unpack_from(boxes)
        if line != (top, bottom):  # else it is printed as the word before, on its line
            line, (turn, size) = (top, bottom), _way(page, first)
            if turn != runs[-1][0]:
                run, place = list[PrintedWord](), _Frame(box, turn).place
                runs.append((turn, run))
        if c > a:
            left, top = a if a < left else left, b if b > top else top
            right, bottom = c if c > right else right, d if d < bottom else bottom
        word = found.group()
        if not is_plain or word[-1] in _CUT:
            word = _written(word)
        run.append(PrintedWord(word, *place((left, bottom, right, top)), size))
    return runs


def _letters(text: Any) -> str:
    """A page's text, one letter for each that PDFium counts."""
    count = _raw.FPDFText_CountChars(text)
    if count <= 0:
        return ""
    buffer = (ctypes.c_ushort * (count + 1))()
    _raw.FPDFText_GetText(text, 0, count, buffer)
    # One unit of UTF-16 a letter, as PDFium counts them.
    letters = bytes(buffer)[: 2 * count].decode("utf-16-le", errors="replace")
    if len(letters) != count:
        letters = "".join(chr(unit) for unit in buffer[:count])
    return letters.replace("\0", " ")


def _way(page: int | None, letter: int) -> tuple[int, float]:
    """The direction that a letter stands in, and its size."""
    matrix = _raw.FS_MATRIX()
    _matrix_of(page, letter, ctypes.addressof(matrix))
    size = _size_of(page, letter) * math.hypot(matrix.b, matrix.d)
    turn = round(math.degrees(math.atan2(matrix.b, matrix.a)) / 90) * 90 % 360
    return turn, round(size, 1) or 1.0


def _written(letters: str) -> str:
    """The word, with a hyphen where the line's end cuts it, and surrogates joined."""
    for mark in _CUT:
        letters = letters.replace(mark, "-")
    return letters.encode("utf-16-le", "surrogatepass").decode("utf-16-le", "replace")


def _rules(page: Any) -> Iterator[Box]:
    """The thin boxes that are drawn, which part rows and columns."""
    count = _raw.FPDFPage_CountObjects(page)
    if count > _MOST_OBJECTS:
        return
    floats = (ctypes.c_float * 4)()
    places = [ctypes.addressof(floats) + n * ctypes.sizeof(ctypes.c_float) for n in range(4)]
    address, path = _address(page), _raw.FPDF_PAGEOBJ_PATH
    for number in range(count):
        item = _object_of(address, number)
        if _kind_of(item) != path:
            continue
        if not _bounds_of(item, *places):
            continue
        left, bottom, right, top = floats
        width, height = right - left, top - bottom
        if max(width, height) < _LONG:
            continue
        if width <= _THIN or height <= _THIN:
            yield left, bottom, right, top
        elif _strokes_of(item) <= _BOX:
            yield from ((left, y, right, y) for y in (bottom, top))
            yield from ((x, bottom, x, top) for x in (left, right))
