import importlib
import logging
import re
import warnings
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, cast

from pypdf import PdfReader
from pypdf.errors import DependencyError, FileNotDecryptedError, PyPdfError

from tools.documents.block import Block, LoadedDocument, tidy
from tools.documents.formats import ocr
from tools.documents.formats.pdf_form import pinned_files, read_fields
from tools.documents.formats.pdfium import NotAPdf, PrintedFile, read_pages
from tools.documents.printed.arrange import arrange
from tools.documents.printed.words import PrintedPage, plain_page
from tools.errors import UnreadableFile

if TYPE_CHECKING:
    from langchain_core.document_loaders import BaseLoader

# A damaged file makes pypdf warn line by line; what matters becomes an UnreadableFile.
logging.getLogger("pypdf").setLevel(logging.CRITICAL)

HARD_TO_READ = "hard to read, so look at them"
_MOST_NAMED = 5
_MADE_BY = re.compile(r"^microsoft (?:word|powerpoint|excel) - ", re.I)
_TELLS = re.compile(r"(?<![^\s(])[^\W\d_]{3,}(?![^\s.,:;)])")
"""A word, and not only a number or the name of a file."""
_NUMBERED = re.compile(r"(?:§ ?)?(?:\d{1,2}(?:\.\d{1,2})*[.)]|[IVX]+[.)]|[A-Z][.)])\s")
"""How a section begins: `1. Opening hours`, `II. Fines`."""


def read_pdf(path: Path, *, ocr_languages: str = "") -> LoadedDocument:
    """Words with their places, from PDFium; larger print makes the headings.

    Pages without text are read by OCR in `ocr_languages`, Tesseract's names joined with "+"; none:
    they stay empty.

    Raises:
        UnreadableFile: the file is encrypted, damaged, or only pictures that cannot be read here.
    """
    printed = _pages(path)
    attached, fields = _beside(path) if printed.has_more else ([], {})
    pages, notes = _recognised(path, printed.pages, ocr_languages, has_fields=bool(fields))
    blocks = tuple(_with_fields(list(arrange(pages)), fields))
    if attached:
        notes.append(f"attached, not read: {_shorten(attached)}")
    return LoadedDocument(
        _largest_heading(blocks) or _telling(printed.title) or path.stem, blocks, tuple(notes)
    )


def _recognised(
    path: Path, pages: Sequence[PrintedPage], languages: str, *, has_fields: bool
) -> tuple[Sequence[PrintedPage], list[str]]:
    """The pages, with what OCR reads on those that have no text, and notes of what came of it."""
    empty = [page.number for page in pages if not page.words]
    if not empty:
        return pages, []
    lacking = ocr.missing(languages) if languages else "set DOCSQL_DOCUMENTS__OCR_LANGUAGES"
    is_scanned = len(empty) == len(pages) and not has_fields
    if lacking and is_scanned:
        raise UnreadableFile(
            f"{path.name}: the PDF has no text, so its {len(pages)} page(s) are probably scanned; "
            f"to have them read, {lacking}, or run the file through OCR first."
        )
    if lacking:
        return pages, [f"no text on page(s) {_shorten(empty)} of {len(pages)}; OCR: {lacking}"]
    found = ocr.recognise_pages(path, empty, languages=languages)
    pages = [
        page if page.words else replace(page, words=found[page.number].words) for page in pages
    ]
    read = [number for number in empty if found[number].words]
    if is_scanned and not read:
        raise UnreadableFile(
            f"{path.name}: the PDF has no text, and OCR ({languages}) finds none on its "
            f"{len(pages)} page(s) either."
        )
    words = " ".join(word.text for number in read for word in found[number].words)
    said = {
        f"read by OCR ({languages}): page(s) {{}} of {len(pages)}": read,
        "turned upright: page(s) {}": [n for n in read if found[n].is_turned],
        f"{HARD_TO_READ}: page(s) {{}}": [n for n in read if found[n].is_doubtful],
        "no text on page(s) {}": [n for n in empty if n not in read],
    }
    notes = [text.format(_shorten(numbers)) for text, numbers in said.items() if numbers]
    return pages, [*notes, *filter(None, [ocr.better_languages(words, languages)])]


def _beside(path: Path) -> tuple[list[str], dict[int, list[str]]]:
    """The names of what is attached, and what was entered on each page."""
    attached, fields = list[str](), dict[int, list[str]]()
    # The text was readable, so damage to what is beside it stops nothing.
    with (
        suppress(PyPdfError, LookupError, TypeError, ValueError, AttributeError),
        PdfReader(path) as reader,
    ):
        fields = read_fields(reader)
        # Programs show a file's own name, and not the one that it is filed under.
        attached = [tidy(one.alternative_name or one.name) for one in reader.attachment_list]
        attached += pinned_files(reader)
    return attached, fields


def _with_fields(blocks: list[Block], fields: Mapping[int, Sequence[str]]) -> list[Block]:
    """Form values are placed at the end of their page, under its last heading."""
    for page, lines in fields.items():
        before = [place for place, block in enumerate(blocks) if (block.page or 0) <= page]
        section = blocks[before[-1]].section if before else ()
        entered = Block("list", "\n".join(f"- {line}" for line in lines), page, section)
        blocks.insert(before[-1] + 1 if before else 0, entered)
    return blocks


def _shorten(names: Sequence[str | int]) -> str:
    rest = len(names) - _MOST_NAMED
    return ", ".join(map(str, names[:_MOST_NAMED])) + (f" and {rest} more" if rest > 0 else "")


def _largest_heading(blocks: Sequence[Block]) -> str:
    headings = [block for block in blocks if block.kind == "heading"]
    first = (block for block in headings if block.page == 1)
    outermost = min(first, key=lambda block: len(block.section), default=None)
    if outermost is None or _is_one_of_several(outermost, headings):
        return ""
    return outermost.text


def _is_one_of_several(heading: Block, headings: Sequence[Block]) -> bool:
    """Whether it is a numbered section beside others, and so no title: `1. Opening hours`."""
    beside = (each for each in headings if len(each.section) == len(heading.section))
    numbered = [each for each in beside if _NUMBERED.match(each.text)]
    return heading in numbered and len(numbered) > 1


def _telling(title: str) -> str:
    """A title that a file gives itself, or nothing where a program made it up: "0001193125-19-1846"."""
    said = _MADE_BY.sub("", title)
    return said if _TELLS.search(said) and said.casefold() != "untitled" else ""


def _pages(path: Path) -> PrintedFile:
    try:
        return read_pages(path)
    except NotAPdf:
        return _repaired(path)


def _repaired(path: Path) -> PrintedFile:
    """The pages of a file that PDFium cannot open, through LangChain's loader, which mends more.

    It tells nothing of places, so its lines stand below one another.
    """
    title, pages = "", list[PrintedPage]()
    try:
        for number, page in enumerate(_loader(path).lazy_load(), start=1):
            title = title or tidy(str(page.metadata.get("title") or ""))
            pages.append(plain_page(number, page.page_content))
    except (FileNotDecryptedError, DependencyError) as error:
        raise UnreadableFile(
            f"{path.name}: the PDF is encrypted; save a copy without a password."
        ) from error
    except PyPdfError as error:
        raise UnreadableFile(
            f"{path.name}: the file is damaged or is not a PDF; open it in a PDF viewer and "
            "print it to a new PDF."
        ) from error
    return PrintedFile(title, pages, has_more=True)


def _loader(path: Path) -> "BaseLoader":
    with warnings.catch_warnings():
        # The package announces on import that it is being sunset; its PDF loader still is well kept.
        warnings.simplefilter("ignore", DeprecationWarning)
        try:
            loaders = importlib.import_module("langchain_community.document_loaders")
        except ImportError as error:  # it is being sunset, and one day it will not install
            raise UnreadableFile(
                f"{path.name}: the PDF is damaged, and langchain-community, which mends some, "
                "cannot be imported; open it in a PDF viewer and print it to a new PDF."
            ) from error
    return cast("BaseLoader", loaders.PyPDFLoader(path))
