from collections.abc import Iterator
from pathlib import Path
from xml.etree.ElementTree import Element, ParseError  # the type; defusedxml parses

import defusedxml.ElementTree as SafeTree
from bs4.dammit import EncodingDetector
from defusedxml.common import DefusedXmlException

from tools.documents.block import LoadedDocument, tidy
from tools.documents.formats.encoding import decode_bytes
from tools.documents.formats.structure import Value, write_blocks
from tools.errors import UnreadableFile


def read_xml(path: Path) -> LoadedDocument:
    """Elements as nested values, those of one name together; text with markup in it stays whole.

    Raises:
        UnreadableFile: the file is not XML, or declares entities.
    """
    data = path.read_bytes()
    declared = EncodingDetector.find_declared_encoding(data)
    decoded = decode_bytes(data, declared=declared or "")
    root = parse_xml(decoded.text, path.name)
    title = next((tidy("".join(e.itertext())) for e in root.iter() if _name(e) == "title"), "")
    return LoadedDocument(title or path.stem, tuple(write_blocks(_value(root))), decoded.notes)


def parse_xml(data: bytes | str, name: str) -> Element:
    """The root of a document that asks for nothing from outside and unfolds nothing.

    Raises:
        UnreadableFile: it does, or it is not XML; the message names `name`.
    """
    try:
        return SafeTree.fromstring(data)
    except DefusedXmlException as error:
        raise UnreadableFile(
            f"{name}: the XML declares entities, which may unfold without end; save it without."
        ) from error
    except ParseError as error:
        line, _ = error.position
        raise UnreadableFile(f"{name}: the file is not well-formed XML (line {line}).") from error


def _value(element: Element) -> Value:
    if not len(element) and not element.attrib:
        return tidy(element.text or "")
    if _is_mixed(element):
        return tidy("".join(element.itertext()))
    record = dict[str, list[Value]]()
    for name, value in _members(element):
        record.setdefault(name, []).append(value)
    return {name: values[0] if len(values) == 1 else values for name, values in record.items()}


def _members(element: Element) -> Iterator[tuple[str, Value]]:
    for key, value in element.attrib.items():
        yield _local(key), value
    if element.text and element.text.strip():
        yield "text", tidy(element.text)
    for child in element:
        yield _name(child), _value(child)


def _is_mixed(element: Element) -> bool:
    """Whether there is text between the elements, as in <p>so <b>bold</b> that</p>."""
    return any(child.tail and child.tail.strip() for child in element)


def _name(element: Element) -> str:
    return _local(element.tag)


def _local(name: str) -> str:
    return name.rpartition("}")[2]
