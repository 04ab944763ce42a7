from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

from bs4 import BeautifulSoup
from bs4.dammit import EncodingDetector
from bs4.element import NavigableString, PageElement, PreformattedString, Tag

from tools.documents.block import Block, BlockKind, LoadedDocument, Outline, tidy, write_table
from tools.documents.formats.encoding import Decoded, decode_bytes
from tools.documents.formats.grid import Cell, lay_out
from tools.documents.formats.signs import settled, with_header

_CLUTTER = (
    "script, style, noscript, template, svg, iframe, object, nav, footer, aside, form, button, "
    "dialog, [hidden], [style*='display:none' i], [style*='display: none' i], [aria-hidden=true], [role=navigation], [role=banner] nav, "
    "[role=contentinfo], [role=search]"
)
_LEAVES = ["h1", "h2", "h3", "h4", "h5", "h6", "p", "table", "ul", "ol", "dl", "pre"]
_CONTAINERS = """address article blockquote body center dd details div dt fieldset figcaption figure
header hr html li main section summary tbody td th thead tr"""
_BLOCKS = [*_LEAVES, *_CONTAINERS.split()]


def read_html(path: Path) -> LoadedDocument:
    """The main content of a page: navigation, footers and scripts are left out."""
    decoded = decode_page(path.read_bytes())
    soup = parse_html(decoded.text)
    title = _title(soup) or path.stem
    return LoadedDocument(title, tuple(read_blocks(soup)), decoded.notes)


def decode_page(data: bytes, *, declared: str = "") -> Decoded:
    """A page's text; `declared` is what it was sent with, which counts before what it says itself."""
    own = EncodingDetector.find_declared_encoding(data, is_html=True)
    return decode_bytes(data, declared=declared or own or "")


def parse_html(content: str) -> BeautifulSoup:
    """A page as a tree."""
    return BeautifulSoup(content, "html.parser")


def read_blocks(soup: BeautifulSoup, outline: Outline | None = None) -> list[Block]:
    """The blocks of a page or of a part of one, below the headings that `outline` has open."""
    for clutter in soup.select(_CLUTTER):
        clutter.extract()
    walk = _Walk(outline or Outline())
    walk.into(soup.find("main") or soup.body or soup)
    return walk.blocks


def _title(soup: BeautifulSoup) -> str:
    """The first main heading, which readers see; a page's <title> often ends in the site's name."""
    found = soup.find("h1") or soup.find("title")
    return tidy(found.get_text(" ")) if found else ""


@dataclass(slots=True)
class _Walk:
    outline: Outline
    blocks: list[Block] = field(default_factory=list[Block])

    def into(self, node: Tag) -> None:
        inline: list[str] = []
        for child in node.children:
            if isinstance(child, Tag) and _holds_blocks(child):
                self._add("paragraph", tidy("".join(inline)))
                inline.clear()
                self._block(child)
            else:
                inline.append(_inline_text(child))
        self._add("paragraph", tidy("".join(inline)))

    def _block(self, node: Tag) -> None:
        match node.name:
            case "h1" | "h2" | "h3" | "h4" | "h5" | "h6":
                self._heading(node)
            case "table" if not node.find("table"):
                self._table(node)
            case "ul" | "ol":
                self._add("list", "\n".join(_items(node, depth=0)))
            case "dl":
                self._add("list", "\n".join(_definitions(node)))
            case "pre":
                self._add("code", node.get_text().strip("\n"))
            case _:
                self.into(node)

    def _heading(self, node: Tag) -> None:
        text = tidy(node.get_text(" "))
        if text:
            self.outline.enter(int(node.name[1]), text)
            self._add("heading", text)

    def _table(self, node: Tag) -> None:
        rows = [row.find_all(["td", "th"]) for row in node.find_all("tr")]
        named = node.find("caption")
        caption = tidy(named.get_text(" ")) if named else ""
        laid = lay_out([_cell(cell) for cell in row] for row in rows)
        table = settled([[tidy(cell) for cell in row] for row in laid])
        title, table, has_header = with_header(table)
        caption = " ".join(filter(None, (caption, title)))
        top = next((row for row in rows if len(row) > 1), rows[0] if rows else None)
        has_header = has_header or (top is not None and all(cell.name == "th" for cell in top))
        self._add("table", write_table(table), has_header=has_header, caption=caption)

    def _add(
        self, kind: BlockKind, text: str, *, has_header: bool = False, caption: str = ""
    ) -> None:
        if text.strip():
            path = self.outline.path
            self.blocks.append(Block(kind, text, None, path, has_header, caption))


def _cell(node: Tag) -> Cell:
    return Cell(node.get_text(" "), _span(node.get("colspan")), _span(node.get("rowspan")))


def _span(value: object) -> int:
    return int(value) if isinstance(value, str) and value.isdecimal() else 1


def _holds_blocks(node: Tag) -> bool:
    return node.name in _BLOCKS or node.find(_BLOCKS) is not None


def _inline_text(node: PageElement) -> str:
    match node:
        case PreformattedString():  # a comment, a doctype
            return ""
        case NavigableString():
            return str(node)
        case Tag(name="br"):
            return "\n"
        case Tag():
            return node.get_text()
        case _:
            return ""


def _items(node: Tag, *, depth: int) -> Iterator[str]:
    for item in node.find_all("li", recursive=False):
        nested = item.find_all(["ul", "ol"], recursive=False)
        for inner in nested:
            inner.extract()
        text = tidy(item.get_text(" "))
        if text:
            yield f"{'  ' * depth}- {text}"
        for inner in nested:
            yield from _items(inner, depth=depth + 1)


def _definitions(node: Tag) -> Iterator[str]:
    term = ""
    for part in node.find_all(["dt", "dd"]):
        if part.name == "dt":
            term = tidy(part.get_text(" "))
        else:
            yield f"{term}: {tidy(part.get_text(' '))}"
