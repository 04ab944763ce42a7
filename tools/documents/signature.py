"""File type detection by content, which is more reliable than the name."""

import codecs
import re
import zipfile
from collections.abc import Collection
from pathlib import Path
from typing import Any, cast

import olefile

from tools.errors import UnreadableFile

LOCKED = "locked"
"""A container that Office puts around what it has encrypted."""
MOST_UNPACKED = 500_000_000
"""Bytes that the parts of a file may have when they are unpacked."""
_MOST_PARTS = 20_000

_HEAD_BYTES = 4096
_OLE_MAGIC = bytes.fromhex("d0cf11e0a1b11ae1")
_ZIP_MAGIC = b"PK\x03\x04"
_TORN_ZIP = b"PK"
_CONTROLS = re.compile(rb"[\x01-\x08\x0b\x0e-\x1a\x1c-\x1f\x7f]")
_OLE_STREAMS = {
    "EncryptedPackage": LOCKED,
    "WordDocument": ".doc",
    "Workbook": ".xls",
    "Book": ".xls",
    "PowerPoint Document": ".ppt",
    "__properties_version1.0": ".msg",
}
_ZIP_PARTS = {
    "word/document.xml": ".docx",
    "xl/workbook.xml": ".xlsx",
    "ppt/presentation.xml": ".pptx",
    "META-INF/container.xml": ".epub",
    "content.xml": ".odt",
}
_PACKAGE_FOLDERS = {"word": ".docx", "xl": ".xlsx", "ppt": ".pptx"}
_HTML = re.compile(
    rb"\s*(?:<\?xml[^>]*>\s*)?(?:<!--.*?-->\s*)*<(?:!doctype\s+html|html)\b", re.I | re.S
)
_MARKS = {
    b"%PDF-": ".pdf",
    b"{\\rtf": ".rtf",
    b"\x89PNG": ".png",
    b"\xff\xd8\xff": ".jpg",
    b"II*\0": ".tif",
    b"MM\0*": ".tif",
}


def recognise(path: Path) -> str | None:
    """The extension that a file should have; None where its content does not tell.

    Raises:
        UnreadableFile: it would unpack to more than there is room for.
        OSError: it cannot be opened.
    """
    with path.open("rb") as file:
        head = file.read(_HEAD_BYTES)
    if head.startswith(_OLE_MAGIC):
        return _in_ole(path)
    if head.startswith(_ZIP_MAGIC):
        return _in_zip(path)
    text = head.removeprefix(b"\xef\xbb\xbf").lstrip()
    for mark, extension in _MARKS.items():
        if text.startswith(mark):
            return extension
    if _HTML.match(text):
        return ".html"
    return ".pdf" if b"%PDF-" in head[:1024] else None


def begins_as_text(path: Path) -> bool:
    """Whether a file begins with text: a mark that says so, or hardly a control character.

    Raises:
        OSError: it cannot be opened.
    """
    with path.open("rb") as file:
        head = file.read(_HEAD_BYTES)
    if head.startswith((codecs.BOM_UTF8, codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        return True
    if head.startswith(_TORN_ZIP) or b"\0" in head:
        return False
    return len(_CONTROLS.findall(head)) * 100 <= len(head)


def _in_ole(path: Path) -> str | None:
    try:
        with cast(Any, olefile).OleFileIO(path) as container:
            names = {"/".join(parts) for parts in container.listdir()}
    except (OSError, LookupError, ValueError):
        return None
    return _first(_OLE_STREAMS, names)


def _in_zip(path: Path) -> str | None:
    try:
        with zipfile.ZipFile(path) as archive:
            parts = archive.infolist()
    except zipfile.BadZipFile:
        return None
    # zipfile unpacks no more of a part than is declared here, so a declaration can be believed.
    if sum(part.file_size for part in parts) > MOST_UNPACKED or len(parts) > _MOST_PARTS:
        raise UnreadableFile(
            f"{path.name}: the file would unpack to more than {MOST_UNPACKED // 10**6} MB; "
            "split it."
        )
    names = {part.filename for part in parts}
    return _first(_ZIP_PARTS, names) or _in_package(names) or ".zip"


def _in_package(names: Collection[str]) -> str | None:
    """The type of an Office package whose main part has an unusual name, as Office 365 writes some."""
    if "[Content_Types].xml" not in names:
        return None
    return _first(_PACKAGE_FOLDERS, {name.partition("/")[0] for name in names})


def _first(table: dict[str, str], names: Collection[str]) -> str | None:
    return next((extension for name, extension in table.items() if name in names), None)
