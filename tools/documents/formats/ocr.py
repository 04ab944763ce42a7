"""Text out of pictures of pages: PDFium draws a page, Tesseract reads it; both are the extra `ocr`."""

import importlib
import shutil
from collections.abc import Iterator, Sequence
from itertools import groupby
from pathlib import Path
from typing import Any

from tools.documents.formats.print_layout import Fragment, Line
from tools.errors import UnreadableFile

_PROGRAM = "tesseract"
_MODULES = ("pypdfium2", "pytesseract")
_DOTS_PER_INCH = 300
"""The resolution that Tesseract's documentation recommends."""
_POINTS_PER_INCH = 72
_LONGEST_SIDE = 6_000
"""Dots; a page of a poster's size is drawn coarser, for it would fill the memory."""
_UPRIGHT = "--psm 1"
"""Tesseract's mode that finds out first which side of a page is up."""
_PAGE_LIMIT_S = 60
_SIZE = 10.0
"""Every line has the same: letters that were photographed are too uneven to tell a heading by."""


def missing(languages: str) -> str:
    """What must be installed for OCR; empty if nothing is missing."""
    try:
        for name in _MODULES:
            importlib.import_module(name)
    except ImportError:
        return "install DocSQL's extra `ocr` (`make extras`)"
    if shutil.which(_PROGRAM) is None:
        return "install Tesseract (on Debian and Ubuntu: apt install tesseract-ocr)"
    tesseract: Any = importlib.import_module("pytesseract")
    unknown = sorted(set(languages.split("+")) - set(tesseract.get_languages()))
    if unknown:
        packages = " ".join(f"tesseract-ocr-{name.replace('_', '-')}" for name in unknown)
        return f"install Tesseract's data for {', '.join(unknown)} (apt install {packages})"
    return ""


def recognise_pages(path: Path, numbers: Sequence[int], *, languages: str) -> dict[int, list[Line]]:
    """The lines on these pages of a PDF, which count from 1; a page without any has none.

    `languages` are Tesseract's names, joined with "+". Both libraries have no types, and nothing of
    theirs leaves this function.

    Raises:
        UnreadableFile: a page cannot be drawn or read.
    """
    pdfium: Any = importlib.import_module("pypdfium2")
    tesseract: Any = importlib.import_module("pytesseract")
    found = dict[int, list[Line]]()
    try:
        with pdfium.PdfDocument(path) as document:
            for number in numbers:
                words = tesseract.image_to_data(
                    _draw(document[number - 1]),
                    lang=languages,
                    config=_UPRIGHT,
                    timeout=_PAGE_LIMIT_S,
                    output_type=tesseract.Output.DICT,
                )
                found[number] = list(_lines(words))
    except (pdfium.PdfiumError, tesseract.TesseractError, RuntimeError) as error:
        raise UnreadableFile(
            f"{path.name}: the PDF has pages without text, and Tesseract cannot read them "
            f"({error}); run it through OCR first (ocrmypdf does it)."
        ) from error
    return found


def _draw(page: Any) -> Any:
    longest = max(page.get_size()) or 1.0
    scale = min(_DOTS_PER_INCH / _POINTS_PER_INCH, _LONGEST_SIDE / longest)
    return page.render(scale=scale, grayscale=True).to_pil()


def _lines(words: dict[str, list[Any]]) -> Iterator[Line]:
    """Tesseract's table of words, joined into printed lines."""
    places = zip(words["block_num"], words["par_num"], words["line_num"], strict=True)
    numbered = [
        (place, number) for number, place in enumerate(places) if str(words["text"][number]).strip()
    ]
    for _, run in groupby(numbered, key=lambda each: each[0]):
        fragments = tuple(_fragments(words, [number for _, number in run]))
        yield Line(fragments, _SIZE)


def _fragments(words: dict[str, list[Any]], line: Sequence[int]) -> Iterator[Fragment]:
    height = max(1, *(words["height"][number] for number in line))
    end = words["left"][line[0]]
    for number in line:
        left = words["left"][number]
        yield Fragment(f"{words['text'][number]} ", left, (left - end) / height)
        end = left + words["width"][number]
