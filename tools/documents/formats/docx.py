import re
import zipfile
from collections.abc import Iterator
from itertools import groupby
from pathlib import Path
from typing import cast

import docx
from docx.document import Document as WordDocument
from docx.opc.exceptions import PackageNotFoundError
from docx.oxml.table import CT_Tbl
from docx.oxml.text.paragraph import CT_P
from docx.table import Table
from docx.text.paragraph import Paragraph

from tools.compat.docx import WordCell, cell_element, table_element
from tools.documents.block import Block, BlockKind, LoadedDocument, Outline, tidy, write_table
from tools.documents.formats.docx_text import DocxReferences, Element, local_name, text_of
from tools.documents.formats.package import Package, open_package
from tools.documents.formats.signs import with_header
from tools.errors import UnreadableFile

_HEADING_STYLE = re.compile(r"heading ?([1-9])", re.IGNORECASE)
_WRAPPERS = frozenset(["sdt", "sdtContent", "customXml", "ins", "moveTo"])
_OLE_MAGIC = bytes.fromhex("d0cf11e0a1b11ae1")


def read_docx(path: Path) -> LoadedDocument:
    """Paragraphs and tables in their order; headings and lists by their styles.

    Raises:
        UnreadableFile: the file is locked with a password, or not a Word document.
    """
    document, package = _open(path)
    blocks = tuple(_merge_lists(_blocks(document)))
    headings = (block.text for block in blocks if block.kind == "heading")
    title = next(headings, "") or package.title or path.stem
    return LoadedDocument(title, blocks, package.notes, company=package.company)


def _open(path: Path) -> tuple[WordDocument, Package]:
    with path.open("rb") as file:
        # Office wraps an encrypted document into an OLE container, which is what .doc files are.
        if file.read(len(_OLE_MAGIC)) == _OLE_MAGIC:
            raise UnreadableFile(
                f"{path.name}: the document is locked with a password or is an old .doc file; "
                "save it as .docx without a password."
            )
    try:
        package = open_package(path)
        with package.file:
            return docx.Document(package.file), package
    except (PackageNotFoundError, zipfile.BadZipFile) as error:
        raise UnreadableFile(
            f"{path.name}: the file is damaged or is not a Word document; open it in Word or "
            "LibreOffice and save it again."
        ) from error


def _blocks(document: WordDocument) -> Iterator[Block]:
    outline, beside = Outline(), DocxReferences.of(document)
    for item in _items(document.element.body, document):
        if isinstance(item, Table):
            yield from _table(item, outline.path)
            yield from beside.blocks(table_element(item), outline.path)
            continue
        text, level = tidy(text_of(_element(item))), _heading_level(item)
        if text and level is not None:
            outline.enter(level, text)
        kind: BlockKind = "paragraph"
        if level is not None:
            kind = "heading"
        elif _is_list_item(item):
            kind, text = "list", f"- {text}"
        if text:
            yield Block(kind, text, section=outline.path)
        for boxed in _boxes(_element(item)):
            yield Block("paragraph", boxed, section=outline.path)
        yield from beside.blocks(_element(item), outline.path)


def _table(table: Table, section: tuple[str, ...], above: str = "") -> Iterator[Block]:
    """A table, and behind it those within its cells, each called after its row and column."""
    laid = [list(map(tidy, _cells(table, row))) for row in range(len(table.rows))]
    title, rows, has_header = with_header(laid)
    caption = " ".join(filter(None, (above, title)))
    if text := write_table(rows):
        yield Block("table", text, section=section, has_header=True, caption=caption)
    heads = rows[0] if has_header or len(rows) > 1 else []
    for number, cells in enumerate(laid):
        for place, inner in _inner(table, number):
            names = [*cells[:1], heads[place] if 0 < place < len(heads) and number else ""]
            yield from _table(inner, section, ": ".join(filter(None, names)))


def _inner(table: Table, row: int) -> Iterator[tuple[int, Table]]:
    """The tables within the cells of a row, each once, with the cell's place."""
    seen = set[int]()
    for place, cell in enumerate(table.rows[row].cells):
        if id(cell_element(cell)) not in seen:
            seen.add(id(cell_element(cell)))
            yield from ((place, inner) for inner in cell.tables)


def _items(parent: Element, document: WordDocument) -> Iterator[Paragraph | Table]:
    """The body, including content controls, which python-docx skips."""
    for child in parent:
        if isinstance(child, CT_P):
            yield Paragraph(child, document)
        elif isinstance(child, CT_Tbl):
            yield Table(child, document)
        elif local_name(child) in _WRAPPERS:
            yield from _items(child, document)


def _element(paragraph: Paragraph) -> Element:
    return paragraph.paragraph_format.element


def _boxes(element: Element) -> Iterator[str]:
    """The texts of text boxes; Word stores each a second time, for programs of before 2010."""
    for child in element:
        if local_name(child) == "txbxContent":
            yield "\n".join(filter(None, (tidy(text_of(part)) for part in child)))
        elif local_name(child) != "Fallback":
            yield from filter(None, _boxes(child))


def _cells(table: Table, row: int) -> list[str]:
    """A merged cell is repeated in every place it covers, except that a full-width one appears once."""
    missing = [""] * table.rows[row].grid_cols_before
    cells = table.rows[row].cells
    elements = {id(cell_element(cell)) for cell in cells}
    texts = [_cell_text(cell) for cell in cells]
    return [*missing, *(texts[:1] if len(elements) == 1 else texts)]


def _cell_text(cell: WordCell) -> str:
    texts = list[str]()
    for item in cell.iter_inner_content():
        if not isinstance(item, Table):
            texts += [text_of(_element(item)), *_boxes(_element(item))]
    return "\n".join(texts)


def _heading_level(paragraph: Paragraph) -> int | None:
    name = paragraph.style.name if paragraph.style else None
    if name == "Title":
        return 0
    found = _HEADING_STYLE.fullmatch(name or "") or _HEADING_STYLE.fullmatch(_style_id(paragraph))
    return int(found.group(1)) if found else None


def _style_id(paragraph: Paragraph) -> str:
    """The style that the paragraph names, which the file may lack."""
    found = cast(list[str], _element(paragraph).xpath("./w:pPr/w:pStyle/@w:val"))
    return found[0] if found else ""


def _is_list_item(paragraph: Paragraph) -> bool:
    name = paragraph.style.name if paragraph.style else None
    return (name or "").startswith("List") or bool(
        paragraph.paragraph_format.element.xpath("./w:pPr/w:numPr")
    )


def _merge_lists(blocks: Iterator[Block]) -> Iterator[Block]:
    for (kind, section), run in groupby(blocks, key=lambda block: (block.kind, block.section)):
        if kind == "list":
            yield Block("list", "\n".join(block.text for block in run), section=section)
        else:
            yield from run
