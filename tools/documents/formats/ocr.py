"""Text out of pictures of pages: PDFium draws a page, Tesseract reads it; both are the extra `ocr`."""

import importlib
import os
import re
import shutil
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from functools import partial
from itertools import pairwise
from pathlib import Path
from statistics import median
from typing import Any

from tools.documents.formats.scan_lines import without_grid
from tools.documents.language import detect_language
from tools.documents.printed.words import PrintedWord
from tools.errors import UnreadableFile

_PROGRAM = "tesseract"
_DATA = {
    "da": ("Danish", "dan"),
    "de": ("German", "deu"),
    "en": ("English", "eng"),
    "es": ("Spanish", "spa"),
    "fr": ("French", "fra"),
    "it": ("Italian", "ita"),
    "nl": ("Dutch", "nld"),
    "pl": ("Polish", "pol"),
    "pt": ("Portuguese", "por"),
    "sv": ("Swedish", "swe"),
}
"""What languages are called, and Tesseract's data for them."""
_MODULES = ("pypdfium2", "pytesseract")
_DOTS_PER_INCH = 300
"""The resolution that Tesseract's documentation recommends."""
_POINTS_PER_INCH = 72
_LONGEST_SIDE = 6_000
"""Dots; a page of a poster's size is drawn coarser, for it would fill the memory."""
_UPRIGHT = "--psm 1"
"""Tesseract's mode that finds out first which side of a page is up."""
_ROWS = "--psm 6"
"""Its mode for a block of text; in the other one it takes narrow columns of a table for drawings."""
_SPECKS = re.compile(r"[|~_.,:;=\u2018\u2019'`\u2014]+")
"""What is left of lines that were taken out."""
_OTHER_SIDES = (180, 90, 270)
"""Degrees by which a page is turned that cannot be read as it lies."""
_DOWN, _UP, _UPSIDE_DOWN = 1, -1, 2
_PAGE_LIMIT_S = 60
_LONG_WORD = 3
"""Letters of a word that is wider than it is high, unless the page lies on its side."""
_OF_SIZE = 0.7
"""The usual height of a word, as a share of its font size."""
_SMALLEST = 4.0
_DOUBTFUL = 60.0
"""The mean of Tesseract's confidence in a page's words, of 100, below which a person should look."""


@dataclass(frozen=True, slots=True)
class ScannedPage:
    """The words of a page, whether it was turned upright, and Tesseract's mean confidence, of 100."""

    words: tuple[PrintedWord, ...]
    is_turned: bool = False
    confidence: float = 100.0

    @property
    def is_doubtful(self) -> bool:
        """Whether a person should look at the page."""
        return self.confidence < _DOUBTFUL

    @property
    def long_words(self) -> int:
        """How many words it has that are no stray letters, which a page on its side is full of."""
        return sum(len(word.text) > _LONG_WORD for word in self.words)


def missing(languages: str) -> str:
    """What must be installed for OCR; empty if nothing is missing."""
    try:
        for name in _MODULES:
            importlib.import_module(name)
    except ImportError:
        return "install DocSQL's extra `ocr` (`make extras`)"
    if shutil.which(_PROGRAM) is None:
        return "install Tesseract (on Debian and Ubuntu: apt install tesseract-ocr)"
    tesseract = _tesseract()
    unknown = sorted(set(languages.split("+")) - set(tesseract.get_languages()))
    if unknown:
        packages = " ".join(f"tesseract-ocr-{name.replace('_', '-')}" for name in unknown)
        return f"install Tesseract's data for {', '.join(unknown)} (apt install {packages})"
    return ""


def better_languages(text: str, languages: str) -> str:
    """What to install or set to read this text in its own language; empty if nothing would help."""
    name, data = _DATA.get(detect_language(text), ("", ""))
    used = languages.split("+")
    if not data or data in used:
        return ""
    wanted = "+".join([*used, data])
    return (
        f"its text looks {name}: set DOCSQL_DOCUMENTS__OCR_LANGUAGES={wanted} (apt install "
        f"tesseract-ocr-{data}), then delete it and ingest it again"
    )


def recognise_pages(
    path: Path, numbers: Sequence[int], *, languages: str
) -> dict[int, ScannedPage]:
    """The words on these pages of a PDF, which count from 1; a page without any has none.

    `languages` are Tesseract's names, joined with "+". Both libraries have no types, and nothing of
    theirs leaves this function.

    Raises:
        UnreadableFile: a page cannot be drawn or read.
    """
    pdfium: Any = importlib.import_module("pypdfium2")
    tesseract = _tesseract()
    found = dict[int, ScannedPage]()
    try:
        with pdfium.PdfDocument(path) as document:
            for number in numbers:
                page = document[number - 1]
                found[number] = _surest(partial(_read, tesseract, page, languages))
    except (pdfium.PdfiumError, tesseract.TesseractError, RuntimeError) as error:
        raise UnreadableFile(
            f"{path.name}: the PDF has pages without text, and Tesseract cannot read them "
            f"({error}); run it through OCR first."
        ) from error
    return found


def _tesseract() -> Any:
    # Its threads wait for each other in busy loops, and each parser process reads a page of its own.
    os.environ.setdefault("OMP_THREAD_LIMIT", "1")  # noqa: TID251  # a program's own setting
    return importlib.import_module("pytesseract")


def _surest(read: Callable[[int], ScannedPage]) -> ScannedPage:
    """A page as it lies or, where that is doubtful, turned so that it can be read.

    Tesseract sees which side is up only where there is enough text.
    """
    first = read(0)
    if not first.is_doubtful:
        return first
    others = (replace(read(turn), is_turned=True) for turn in _OTHER_SIDES)
    return next((other for other in others if _is_better(other, first)), first)


def _is_better(page: ScannedPage, before: ScannedPage) -> bool:
    """Whether a page is read for sure, and not because hardly a word of it is left."""
    return not page.is_doubtful and 2 * page.long_words > before.long_words


def _read(tesseract: Any, page: Any, languages: str, turn: int) -> ScannedPage:
    scale = _scale(page)
    drawn = page.render(scale=scale, grayscale=True).to_pil()
    cleared = without_grid(drawn)
    picture = (drawn if cleared is None else cleared).rotate(turn, expand=True)
    words = tesseract.image_to_data(
        picture,
        lang=languages,
        config=_UPRIGHT if cleared is None else _ROWS,
        timeout=_PAGE_LIMIT_S,
        output_type=tesseract.Output.DICT,
    )
    width, height = picture.size
    if cleared is not None:
        words["text"] = ["" if _SPECKS.fullmatch(text) else text for text in words["text"]]
    return _scanned(words, scale, (width / scale, height / scale))


def _scale(page: Any) -> float:
    longest = max(page.get_size()) or 1.0
    return min(_DOTS_PER_INCH / _POINTS_PER_INCH, _LONGEST_SIDE / longest)


def _scanned(found: dict[str, list[Any]], scale: float, page: tuple[float, float]) -> ScannedPage:
    """Tesseract's table of words, with places in points; a page on its side is turned."""
    names = ("left", "top", "width", "height", "text")
    rows = [row for row in zip(*(found[name] for name in names), strict=True) if row[4].strip()]
    boxes = [
        (left / scale, top / scale, (left + width) / scale, (top + height) / scale)
        for left, top, width, height, _ in rows
    ]
    turned = _turned(found, rows)
    width, height = page
    if turned == _DOWN:
        boxes = [(top, width - right, bottom, width - left) for left, top, right, bottom in boxes]
    elif turned == _UPSIDE_DOWN:
        boxes = [
            (width - right, height - bottom, width - left, height - top)
            for left, top, right, bottom in boxes
        ]
    elif turned < 0:
        boxes = [(height - bottom, left, height - top, right) for left, top, right, bottom in boxes]
    words = [row[4].strip() for row in rows]
    size = _size_of(boxes)
    read = [PrintedWord(text, *box, size) for text, box in zip(words, boxes, strict=True)]
    sure = [
        float(each) for each, text in zip(found["conf"], found["text"], strict=True) if text.strip()
    ]
    confidence = sum(sure) / len(sure) if sure else 100.0
    return ScannedPage(tuple(read), is_turned=turned != 0, confidence=confidence)


def _size_of(boxes: Sequence[tuple[float, float, float, float]]) -> float:
    """The usual font size, for all words: sizes in a photograph are too uneven to tell headings by."""
    heights = [bottom - top for _, top, _, bottom in boxes]
    return max(_SMALLEST, median(heights) / _OF_SIZE) if heights else _SMALLEST


def _turned(found: dict[str, list[Any]], rows: Sequence[Sequence[Any]]) -> int:
    """Whether lines run down the picture, up, backwards, or across as usual (0)."""
    long = [row for row in rows if len(row[4].strip()) > _LONG_WORD]
    if 2 * sum(row[3] > row[2] for row in long) <= len(long):
        return 0 if _runs_on(found, "left") else _UPSIDE_DOWN
    return _DOWN if _runs_on(found, "top") else _UP


def _runs_on(found: dict[str, list[Any]], side: str) -> bool:
    """Whether the words of a line, in the order in which they are read, stand further on."""
    places = zip(*(found[name] for name in ("block_num", "par_num", "line_num")), strict=True)
    words = [
        (place, at)
        for place, at, text in zip(places, found[side], found["text"], strict=True)
        if text.strip()
    ]
    steps = [b[1] - a[1] for a, b in pairwise(words) if a[0] == b[0]]
    return sum(step > 0 for step in steps) * 2 >= len(steps)
