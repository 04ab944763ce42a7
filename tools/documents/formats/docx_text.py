"""The text of a Word document's elements, with its notes and charts."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, cast

from docx.document import Document as WordDocument
from docx.oxml.parser import parse_xml

from tools.documents.block import Block, tidy
from tools.documents.formats.chart import read_chart

Element = Any
"""An lxml element, which has no types here."""

_BLANKS = {"tab": "\t", "br": "\n", "cr": "\n", "noBreakHyphen": "-"}
_NOT_TEXT = frozenset(["pPr", "rPr", "del", "moveFrom", "txbxContent", "Fallback"])
_KINDS = {"footnote": "Footnote", "endnote": "Endnote"}


def text_of(element: Element) -> str:
    """The text within, tracked insertions and fields with it, text boxes without."""
    return "".join(_runs(element))


def local_name(element: Element) -> str:
    """An element's name without its namespace."""
    return str(element.tag).rpartition("}")[2]


def _runs(element: Element) -> Iterator[str]:
    for child in element:
        name = local_name(child)
        if name == "t":
            yield child.text or ""
        elif name in _BLANKS:
            yield _BLANKS[name]
        elif name not in _NOT_TEXT:
            yield from _runs(child)


@dataclass(frozen=True, slots=True)
class DocxReferences:
    """References that python-docx does not resolve: notes by kind and id, charts by id."""

    notes: Mapping[tuple[str, str], str]
    charts: Mapping[str, Element]

    @classmethod
    def of(cls, document: WordDocument) -> "DocxReferences":
        """Read the parts of notes and charts that a document has."""
        notes, charts = dict[tuple[str, str], str](), dict[str, Element]()
        for id_, relation in document.part.rels.items():
            kind = relation.reltype.rpartition("/")[2]
            if relation.is_external:
                continue
            if kind in ("footnotes", "endnotes"):
                for note in cast(Any, parse_xml(relation.target_part.blob)):
                    notes[kind[:-1], _attribute(note, "id")] = tidy(_note_text(note))
            elif kind == "chart":
                charts[id_] = parse_xml(relation.target_part.blob)
        return cls(notes, charts)

    def blocks(self, element: Element, section: tuple[str, ...]) -> Iterator[Block]:
        """The references of a paragraph or table, in order."""
        for child in element.iter():
            name = local_name(child)
            kind = name.removesuffix("Reference")
            if kind in _KINDS and name != kind:
                text = self.notes.get((kind, _attribute(child, "id")), "")
                if text:
                    yield Block("paragraph", f"{_KINDS[kind]}: {text}", section=section)
            elif (
                name == "chart" and (chart := self.charts.get(_attribute(child, "id"))) is not None
            ):
                yield from _chart(chart, section)


def _note_text(note: Element) -> str:
    return "\n".join(text_of(part) for part in note)


def _chart(chart: Element, section: tuple[str, ...]) -> Iterator[Block]:
    title, text = read_chart(chart)
    if title:
        yield Block("paragraph", title, section=section)
    if text:
        yield Block("table", text, section=section, has_header=True)


def _attribute(element: Element, name: str) -> str:
    """An attribute in whatever namespace: w:id and r:id are both of them ids."""
    found = (v for key, v in element.attrib.items() if str(key).rpartition("}")[2] == name)
    return str(next(found, ""))
