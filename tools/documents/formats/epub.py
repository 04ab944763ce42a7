import posixpath
import zipfile
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import unquote
from xml.etree.ElementTree import Element  # the type; defusedxml parses

from tools.documents.block import Block, LoadedDocument, Outline, tidy
from tools.documents.formats.html import decode_page, parse_html as parse_html, read_blocks
from tools.documents.formats.xml import parse_xml as parse_xml
from tools.errors import UnreadableFile

_CONTAINER = "META-INF/container.xml"
_ENCRYPTION = "META-INF/encryption.xml"
_PAGES = frozenset(["application/xhtml+xml", "text/html"])


def read_epub(path: Path) -> LoadedDocument:
    """The chapters in the order of the book's spine; other files are left out.

    Raises:
        UnreadableFile: the book is protected, or its parts are not where it says.
    """
    with zipfile.ZipFile(path) as archive:
        names = frozenset(archive.namelist())
        rootfile = parse_xml(archive.read(_CONTAINER), path.name).find(".//{*}rootfile")
        package_name = rootfile.get("full-path", "") if rootfile is not None else ""
        package = parse_xml(archive.read(package_name), path.name)
        chapters = list(_spine(package, posixpath.dirname(package_name)))
        _refuse_protected(archive, chapters, path.name)
        blocks, notes = list[Block](), list[str]()
        outline = Outline()
        for chapter in chapters:
            if chapter in names:
                decoded = decode_page(archive.read(chapter))
                blocks += read_blocks(parse_html(decoded.text), outline)
                notes += (f"{chapter}: {note}" for note in decoded.notes)
    missing = sum(chapter not in names for chapter in chapters)
    if missing:
        notes.append(f"{missing} of {len(chapters)} chapters are missing")
    title = package.findtext(".//{http://purl.org/dc/elements/1.1/}title", "")
    return LoadedDocument(tidy(title) or path.stem, tuple(blocks), tuple(notes))


def _spine(package: Element, folder: str) -> Iterator[str]:
    files = {
        item.get("id"): posixpath.normpath(posixpath.join(folder, unquote(item.get("href", ""))))
        for item in package.iterfind(".//{*}manifest/{*}item")
        if item.get("media-type") in _PAGES
    }
    for reference in package.iterfind(".//{*}spine/{*}itemref"):
        if reference.get("idref") in files:
            yield files[reference.get("idref")]


def _refuse_protected(archive: zipfile.ZipFile, chapters: list[str], name: str) -> None:
    """Fonts are often scrambled, which harms nobody; chapters only where the book is protected."""
    if _ENCRYPTION not in archive.namelist():
        return
    encrypted = parse_xml(archive.read(_ENCRYPTION), name).iterfind(".//{*}CipherReference")
    if any(unquote(reference.get("URI", "")) in chapters for reference in encrypted):
        raise UnreadableFile(f"{name}: the book is protected against copying (DRM).")
