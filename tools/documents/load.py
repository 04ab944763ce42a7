"""Parses files into titles and blocks; the parser of a format is imported on demand."""

import importlib
import logging
import zipfile
import zlib
from collections.abc import Callable
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from tools.documents.attachments import DEEPEST, with_attachments, without_attachments
from tools.documents.block import Block, LoadedDocument
from tools.documents.signature import LOCKED, begins_as_text, recognise
from tools.errors import UnreadableFile, UnsupportedType, describe_error

if TYPE_CHECKING:
    from tools.documents.formats.docling import DoclingService

READERS = {
    ".csv": "csv",
    ".docx": "docx",
    ".eml": "mail",
    ".epub": "epub",
    ".htm": "html",
    ".html": "html",
    ".jpeg": "picture",
    ".jpg": "picture",
    ".json": "json",
    ".jsonl": "json",
    ".markdown": "markdown",
    ".md": "markdown",
    ".msg": "outlook",
    ".ndjson": "json",
    ".pdf": "pdf",
    ".png": "picture",
    ".pptx": "pptx",
    ".text": "text",
    ".tif": "picture",
    ".tiff": "picture",
    ".tsv": "csv",
    ".txt": "text",
    ".xhtml": "html",
    ".xlsm": "xlsx",
    ".xlsx": "xlsx",
    ".xml": "xml",
}
"""The module of tools.documents.formats for each extension; `read_<module>` in it does the work."""

_CONVERSIONS = {
    ".doc": "save it as .docx",
    ".odp": "save it as .pptx",
    ".ods": "save it as .xlsx",
    ".odt": "save it as .docx",
    ".pages": "export it as .docx or .pdf",
    ".ppt": "save it as .pptx",
    ".rtf": "save it as .docx",
    ".xls": "save it as .xlsx",
    ".zip": "unpack it and add the files in it",
}
_TABLES = frozenset(".ods .xls .xlsm .xlsx".split())
_BY_OCR = frozenset(".jpeg .jpg .pdf .png .tif .tiff".split())
_NO_TEXT = frozenset(".docx .epub .msg .pptx".split()) | _BY_OCR | _TABLES | _CONVERSIONS.keys()
"""Types that are never text; a text file with such a name is misnamed."""
_SOFT_HYPHEN = "\u00ad"
_NAME_DECIDES = frozenset(".csv .eml .json .jsonl .markdown .md .ndjson .text .tsv .txt".split())
"""A file of these that begins like HTML is still what its name says."""

_DAMAGE = (
    ArithmeticError,
    AssertionError,
    AttributeError,
    EOFError,
    LookupError,
    RuntimeError,
    SyntaxError,
    TypeError,
    ValueError,
    zipfile.BadZipFile,
    zlib.error,
)
"""Exceptions of parsers for files that do not match their extension; lxml raises SyntaxError."""

_XML_NO_MEMORY = 2
"""`XML_ERR_NO_MEMORY` of libxml2's `xmlerror.h`."""

_log = logging.getLogger(__name__)


def load_file(
    path: Path,
    *,
    ocr_languages: str = "",
    docling: "DoclingService | None" = None,
    depth: int = 0,
) -> LoadedDocument:
    """Parse a file by its content or, if that is ambiguous, by its extension.

    `ocr_languages` are those of scanned pages, as Tesseract calls them; none: such pages stay empty.
    PDF files are read by `docling`, if it is given. `depth` is how many messages it is attached within.

    Raises:
        UnreadableFile: the type is not known, or the file gives no text; the message names the
            file and says what to do.
        MemoryError: the file needs more than there is.
    """
    try:
        if path.stat().st_size == 0:
            raise UnreadableFile(f"{path.name}: the file is empty; nothing was ingested from it.")
        extension = _extension(path)
        loaded = _reader(path, extension, ocr_languages, docling)(path)
    except OSError as error:
        reason = error.strerror or type(error).__name__
        raise UnreadableFile(
            f"{path.name}: the file cannot be opened ({reason}); check that it exists and that "
            "you may read it."
        ) from error
    except RecursionError as error:
        raise UnreadableFile(
            f"{path.name}: its parts are nested too deeply to be read; flatten it."
        ) from error
    except _DAMAGE as error:
        if _is_short_of_memory(error):
            raise MemoryError from error
        _log.debug("%s could not be parsed", path, exc_info=True)
        raise UnreadableFile(
            f"{path.name}: the file is damaged or is not a {path.suffix.lower()} file "
            f"({describe_error(error)}); open it in its own program and save it again."
        ) from error
    if not any(block.text for block in loaded.blocks) and loaded.title == path.stem:
        raise UnreadableFile(_without_text(path))
    if READERS[extension] != READERS.get(path.suffix.lower()):
        loaded = replace(
            loaded, notes=(f"parsed as {extension}, going by its content", *loaded.notes)
        )
    return _with_attached(_without_repeated_title(loaded), ocr_languages, docling, depth)


def _with_attached(
    loaded: LoadedDocument, ocr_languages: str, docling: "DoclingService | None", depth: int
) -> LoadedDocument:
    if not loaded.attachments:
        return loaded
    if depth >= DEEPEST:
        return without_attachments(loaded)
    return with_attachments(
        loaded,
        partial(load_file, ocr_languages=ocr_languages, docling=docling, depth=depth + 1),
    )


def _without_text(path: Path) -> str:
    """Why a file gave nothing."""
    pictures = 0
    if zipfile.is_zipfile(path):
        with zipfile.ZipFile(path) as archive:
            pictures = sum("/media/" in name for name in archive.namelist())
    if pictures:
        return (
            f"{path.name}: the file has no text, but {pictures} picture(s); save it as PDF, whose "
            "pages are read by OCR."
        )
    return f"{path.name}: the file has no text; nothing was ingested from it."


def _is_short_of_memory(error: Exception) -> bool:
    """Whether lxml means by a syntax error that the memory did not suffice, as libxml2 tells it."""
    return hasattr(error, "error_log") and getattr(error, "code", None) == _XML_NO_MEMORY


def _extension(path: Path) -> str:
    named, found = path.suffix.lower(), recognise(path)
    if found is None and named in _NO_TEXT and begins_as_text(path):
        # Programs export tables as text and call them .xls, so that Excel opens them.
        return ".csv" if named in _TABLES else ".txt"
    if found is None or (found == ".html" and named in _NAME_DECIDES):
        return named
    if found == LOCKED:
        raise UnreadableFile(
            f"{path.name}: the file is locked with a password; save it without one."
        )
    # What has the parts of one kind may be a relative of it: .xlsm, .odp.
    is_relative = READERS.get(named) == READERS.get(found) or found == ".odt"
    return named if is_relative and named else found


def _reader(
    path: Path, extension: str, ocr_languages: str, docling: "DoclingService | None"
) -> Callable[[Path], LoadedDocument]:
    name = READERS.get(extension)
    if name is None:
        kind = f"{extension} files" if extension else "files without an extension"
        advice = _CONVERSIONS.get(
            extension, "if it is a document, save it as .docx, .html, .md, .pdf or .txt"
        )
        is_misnamed = extension and path.suffix.lower() != extension
        seen = f"it is a {extension} file by its content, and " if is_misnamed else ""
        raise UnsupportedType(f"{path.name}: {seen}{kind} cannot be read; {advice}.")
    if docling and extension == ".pdf":
        by_docling = importlib.import_module("tools.documents.formats.docling").read_by_docling
        return partial(by_docling, service=docling)
    module = importlib.import_module(f"tools.documents.formats.{name}")
    read: Callable[..., LoadedDocument] = getattr(module, f"read_{name}")
    return partial(read, ocr_languages=ocr_languages) if extension in _BY_OCR else read


def _without_repeated_title(loaded: LoadedDocument) -> LoadedDocument:
    """Sections start below the title: the store indexes title, section and text together."""
    blocks = (_below(_bare(block), loaded.title) for block in loaded.blocks if block.text)
    kept = tuple(b for b in blocks if b.kind != "heading" or b.section)
    # A document that is only a title is found by it all the same.
    return replace(loaded, blocks=kept or (Block("paragraph", loaded.title),))


def _bare(block: Block) -> Block:
    """Hyphens that show only at a line's end would hide a word from a search."""
    if _SOFT_HYPHEN not in f"{block.text}{block.caption}":
        return block
    text, caption = (said.replace(_SOFT_HYPHEN, "") for said in (block.text, block.caption))
    return replace(block, text=text, caption=caption)


def _below(block: Block, title: str) -> Block:
    if block.section[:1] != (title,):
        return block
    return replace(block, section=block.section[1:])
