"""The words and rules of a PDF's pages, as PDFium finds them: the only file that knows it.

PDFium is asked for a page's whole text at once, and then for the places of each word's first and
last letter: a call for every letter would take most of the time.
"""

import ctypes
import math
import re
from collections import Counter
from collections.abc import Iterator
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
_WORD = re.compile(rf"[^\s{_CUT}]+[{_CUT}]?|[{_CUT}]")
_THIN = 2.5
"""Points: a rectangle that is not thicker is a line."""
_LONG = 12.0
_BOX = 6
"""Strokes of a rectangle, at most: its edges are lines too."""
_MOST_OBJECTS = 5_000
"""A page of more drawn objects is a drawing, in which no table is looked for."""
Box = tuple[float, float, float, float]


class NotAPdf(Exception):
    """PDFium cannot open the file; another reader may."""


def read_pages(path: Path) -> tuple[str, list[PrintedPage]]:
    """The title that the file gives itself, and its pages.

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
        return title, [_page(document, number) for number in range(len(document))]


def _page(document: Any, number: int) -> PrintedPage:
    try:
        page = document[number]
    except pypdfium2.PdfiumError:  # damaged: the others can still be read
        return PrintedPage(number + 1, ())
    text = page.get_textpage()
    found = list(_words(text))
    turned = Counter(turn for _, _, turn, _ in found).most_common(1)
    turn = turned[0][0] if turned else 0
    frame = _Frame(page.get_bbox(), turn)
    words = tuple(
        _word(letters, frame.place(box), size) for letters, box, way, size in found if way == turn
    )
    aside = tidy(" ".join(letters for letters, _, way, _ in found if way != turn))
    rules = tuple(frame.rule(box) for box in _rules(page))
    printed = PrintedPage(number + 1, words, rules, frame.height, aside)
    text.close()
    page.close()
    return printed


def _word(letters: str, box: Box, size: float) -> PrintedWord:
    return PrintedWord(letters, *box, size=size)


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


def _words(text: Any) -> Iterator[tuple[str, Box, int, float]]:
    """Each word with its box, the direction that it runs in, and its size."""
    count = _raw.FPDFText_CountChars(text)
    if count <= 0:
        return
    buffer = (ctypes.c_ushort * (count + 1))()
    _raw.FPDFText_GetText(text, 0, count, buffer)
    # One unit of UTF-16 a letter, as PDFium counts them.
    letters = bytes(buffer)[: 2 * count].decode("utf-16-le", errors="replace")
    if len(letters) != count:
        letters = "".join(chr(unit) for unit in buffer[:count])
    rect, matrix = _raw.FS_RECTF(), _raw.FS_MATRIX()
    for found in _WORD.finditer(letters.replace("\0", " ")):
        first, last = found.start(), found.end() - 1
        _raw.FPDFText_GetLooseCharBox(text, first, rect)
        box = rect.left, rect.bottom, rect.right, rect.top
        _raw.FPDFText_GetLooseCharBox(text, last, rect)
        if rect.right > rect.left:
            box = (
                min(box[0], rect.left),
                min(box[1], rect.bottom),
                max(box[2], rect.right),
                max(box[3], rect.top),
            )
        _raw.FPDFText_GetMatrix(text, first, matrix)
        size = _raw.FPDFText_GetFontSize(text, first) * math.hypot(matrix.b, matrix.d)
        turn = round(math.degrees(math.atan2(matrix.b, matrix.a)) / 90) * 90 % 360
        yield _written(found.group()), box, turn, round(size, 1) or 1.0


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
    floats = [ctypes.c_float() for _ in range(4)]
    for number in range(count):
        item = _raw.FPDFPage_GetObject(page, number)
        if _raw.FPDFPageObj_GetType(item) != _raw.FPDF_PAGEOBJ_PATH:
            continue
        if not _raw.FPDFPageObj_GetBounds(item, *floats):
            continue
        left, bottom, right, top = (value.value for value in floats)
        width, height = right - left, top - bottom
        if max(width, height) < _LONG:
            continue
        if width <= _THIN or height <= _THIN:
            yield left, bottom, right, top
        elif _raw.FPDFPath_CountSegments(item) <= _BOX:
            yield from ((left, y, right, y) for y in (bottom, top))
            yield from ((x, bottom, x, top) for x in (left, right))
