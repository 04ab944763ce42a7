"""Pictures of pages from phones and scanners, read by OCR like the pages of a scanned PDF."""

import importlib
import tempfile
from dataclasses import replace
from pathlib import Path
from typing import Any

from tools.documents.block import LoadedDocument
from tools.documents.formats import ocr
from tools.documents.formats.pdf import HARD_TO_READ, read_pdf
from tools.documents.language import detect_language
from tools.errors import UnreadableFile

_LONG_SIDE = 11.7
"""The long side in inches that a page is assumed to have; cameras write a screen's resolution."""
_FEWEST_DOTS = 72
_QUALITY = 95


def read_picture(path: Path, *, ocr_languages: str = "") -> LoadedDocument:
    """The text of each page of the picture.

    Raises:
        UnreadableFile: OCR is off or not installed, or is sure of no word: a photo of something else.
    """
    lacking = ocr.missing(ocr_languages) if ocr_languages else "set DOCSQL_DOCUMENTS__OCR_LANGUAGES"
    if lacking:
        raise UnreadableFile(f"{path.name}: the text of a picture is read by OCR; {lacking}.")
    with tempfile.TemporaryDirectory() as folder:
        pages = Path(folder) / path.name
        _as_pdf(path, pages)
        try:
            read = read_pdf(pages, ocr_languages=ocr_languages)
        except UnreadableFile as error:
            raise UnreadableFile(
                f"{path.name}: OCR ({ocr_languages}) finds no text in the picture."
            ) from error
    if _is_noise(read):
        raise UnreadableFile(
            f"{path.name}: OCR ({ocr_languages}) is not sure of any text in the picture."
        )
    return replace(read, title=path.stem if read.title == pages.stem else read.title)


def _is_noise(read: LoadedDocument) -> bool:
    """Whether OCR mistook a photograph for text: its confidence is low, and no language is recognised."""
    is_doubtful = any(note.startswith(HARD_TO_READ) for note in read.notes)
    return is_doubtful and not detect_language(" ".join(block.text for block in read.blocks))


def _as_pdf(path: Path, to: Path) -> None:
    """The pictures of a file, upright and each a page; of a TIFF file there may be several.

    The library has no types for what is done here.
    """
    image: Any = importlib.import_module("PIL.Image")
    upright: Any = importlib.import_module("PIL.ImageOps").exif_transpose
    frames: Any = importlib.import_module("PIL.ImageSequence").Iterator
    try:
        with image.open(path) as opened:
            pages = [upright(frame.copy()).convert("L") for frame in frames(opened)]
    except (image.UnidentifiedImageError, image.DecompressionBombError, OSError) as error:
        raise UnreadableFile(
            f"{path.name}: the picture is damaged or too large ({error}); save it again, smaller."
        ) from error
    resolution = max(_FEWEST_DOTS, max(pages[0].size) / _LONG_SIDE)
    first, *further = pages
    first.save(
        to, "PDF", save_all=True, append_images=further, resolution=resolution, quality=_QUALITY
    )
