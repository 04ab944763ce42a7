"""Office packages ([ISO/IEC 29500-2]) as python-docx, python-pptx and openpyxl can open them.

These libraries reject a whole file for a link to a missing part, which programs leave behind when
they strip a thumbnail or a picture, and they know only the Transitional names, not those of the
Strict variant. Such a file is repaired in a copy before they see it.
"""

import io
import posixpath
import re
import zipfile
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import BinaryIO
from xml.etree.ElementTree import Element, ParseError, tostring  # defusedxml parses

import defusedxml.ElementTree as SafeTree

from tools.documents.block import tidy

_TYPES = "[Content_Types].xml"
_CORE = "/metadata/core-properties"
_TITLE = "{http://purl.org/dc/elements/1.1/}title"
_EXTENDED = "/extended-properties"
_COMPANY = "{http://schemas.openxmlformats.org/officeDocument/2006/extended-properties}Company"
_STRICT = b"http://purl.oclc.org/ooxml/"
_STRICT_NAME = re.compile(rb"http://purl\.oclc\.org/ooxml/(\w+)/(\w*)")
_TRANSITIONAL = b"http://schemas.openxmlformats.org/"
_RENAMED = {
    b"extendedProperties": b"extended-properties",
    b"customProperties": b"custom-properties",
}
_READ = frozenset("chart endnotes footnotes notesSlide sharedStrings slide worksheet".split())
"""Relations whose targets have text that is read; nobody misses the others."""

_PASSED_OVER = "worksheet"
"""A relation that openpyxl wants to have, whether the sheet is there or not."""


@dataclass(frozen=True, slots=True)
class Package:
    """A file to open, its own title and company or none, and the parts with text that it lacks."""

    file: BinaryIO
    title: str = ""
    missing: tuple[str, ...] = ()
    company: str = ""

    @property
    def notes(self) -> tuple[str, ...]:
        """Notes for the report."""
        names = ", ".join(self.missing)
        return (f"missing from the file, not read: {names}",) if names else ()


def open_package(path: Path) -> Package:
    """The file itself, or a repaired copy in memory if the libraries would reject it.

    Raises:
        BadZipFile: it is not a ZIP archive.
    """
    with zipfile.ZipFile(path) as archive:
        mending, title = _Mending(archive), _property(archive, _CORE, _TITLE)
        company = _property(archive, _EXTENDED, _COMPANY)
        mending.look()
        missing = tuple(dict.fromkeys(mending.missing))
        if mending.is_needed:
            return Package(mending.copy(), title, missing, company)
    return Package(path.open("rb"), title, missing, company)


@dataclass(slots=True)
class _Mending:
    archive: zipfile.ZipFile
    missing: list[str] = field(default_factory=list[str])
    _relations: dict[str, bytes] = field(default_factory=dict[str, bytes])
    _is_strict: bool = False

    @property
    def is_needed(self) -> bool:
        return bool(self._relations) or self._is_strict

    def look(self) -> None:
        """Find the links that lead nowhere, and whether the names are Strict ones."""
        parts = _parts(self.archive)
        typed = _typed(parts, SafeTree.fromstring(self.archive.read(_TYPES)))
        for name in [name for name in parts.values() if name.endswith(".rels")]:
            data = self.archive.read(name)
            self._is_strict = self._is_strict or _STRICT in data
            mended = self._mend(data, _source_folder(name), typed)
            if mended is not None:
                self._relations[name] = mended

    def copy(self) -> BinaryIO:
        """The package with repaired relations and Transitional names."""
        copy = io.BytesIO()
        with zipfile.ZipFile(copy, "w", zipfile.ZIP_DEFLATED, compresslevel=1) as target:
            for name in _parts(self.archive).values():
                data = self._relations.get(name) or self.archive.read(name)
                if self._is_strict and name.endswith((".xml", ".rels")):
                    data = _STRICT_NAME.sub(_transitional, data)
                target.writestr(name, data)
        copy.seek(0)
        return copy

    def _mend(self, data: bytes, folder: str, parts: Mapping[str, str]) -> bytes | None:
        """Relations without those that lead nowhere; None where all of them lead somewhere."""
        try:
            root: Element = SafeTree.fromstring(data)
        except ParseError:
            return None
        is_changed = False
        for relation in list(root):
            target = relation.get("Target", "")
            found = "" if _is_outside(relation) else parts.get(_place(target, folder).lower())
            if found == "" or found == _place(target, folder):
                continue
            kind = relation.get("Type", "").rpartition("/")[2]
            if found is None and kind in _READ:
                self.missing.append(_place(target, folder))
            if found is None and kind == _PASSED_OVER:
                continue
            is_changed = True
            if found is None:
                root.remove(relation)
            else:
                relation.set("Target", f"/{found}")
        return tostring(root) if is_changed else None


def _parts(archive: zipfile.ZipFile) -> dict[str, str]:
    """The names of the parts by their names in small letters: relations do not mind the case."""
    return {name.lower(): name for name in archive.namelist() if not name.endswith("/")}


def _typed(parts: Mapping[str, str], types: Element) -> dict[str, str]:
    """The parts that have a content type; the libraries refuse a link to one that has none."""
    overrides = {each.get("PartName", "").lower().lstrip("/") for each in types}
    defaults = {each.get("Extension", "").lower() for each in types}
    return {
        low: name
        for low, name in parts.items()
        if low in overrides or posixpath.splitext(low)[1][1:] in defaults
    }


def _property(archive: zipfile.ZipFile, kind: str, tag: str) -> str:
    """A text of the file's properties; of a title, python-docx and python-pptx would make one up."""
    try:
        for relation in SafeTree.fromstring(archive.read("_rels/.rels")):
            if relation.get("Type", "").endswith(kind):
                part = archive.read(_place(relation.get("Target", ""), ""))
                return tidy(SafeTree.fromstring(part).findtext(tag) or "")
    except (KeyError, ParseError):
        pass  # without a title, use its first heading or its name
    return ""


def _source_folder(name: str) -> str:
    """Where the targets of a part's relations count from: word/ for word/_rels/document.xml.rels."""
    return posixpath.dirname(posixpath.dirname(name))


def _place(target: str, folder: str) -> str:
    return posixpath.normpath(posixpath.join("/", folder, target)).lstrip("/")


def _is_outside(relation: Element) -> bool:
    return relation.get("TargetMode") == "External"


def _transitional(strict: "re.Match[bytes]") -> bytes:
    area, name = strict.groups()
    return _TRANSITIONAL + area + b"/2006/" + _RENAMED.get(name, name)
