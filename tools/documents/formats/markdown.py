import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

from bs4 import BeautifulSoup
from markdown_it import MarkdownIt
from markdown_it.tree import SyntaxTreeNode

from tools.documents.block import Block, BlockKind, LoadedDocument, Outline, tidy, write_table
from tools.documents.formats.encoding import decode_file
from tools.documents.formats.html import read_blocks

_FRONT_MATTER = re.compile(r"\A---\n(.*?)\n(?:---|\.\.\.)\n", re.DOTALL)
_FRONT_TITLE = re.compile(r"^title:\s*[\"']?(.+?)[\"']?\s*$", re.MULTILINE)


def read_markdown(path: Path) -> LoadedDocument:
    """CommonMark with tables; the title is the front matter's or the first main heading."""
    decoded = decode_file(path)
    source = decoded.text
    front = _FRONT_MATTER.match(source)
    walk = _Walk()
    parser = MarkdownIt("commonmark").enable("table")
    walk.into(SyntaxTreeNode(parser.parse(source[front.end() :] if front else source)))
    title = _front_title(front) or walk.first_heading or path.stem
    return LoadedDocument(title, tuple(walk.blocks), decoded.notes)


def _front_title(front: re.Match[str] | None) -> str:
    found = _FRONT_TITLE.search(front.group(1)) if front else None
    return tidy(found.group(1)) if found else ""


@dataclass(slots=True)
class _Walk:
    first_heading: str = ""
    outline: Outline = field(default_factory=Outline)
    blocks: list[Block] = field(default_factory=list[Block])

    def into(self, node: SyntaxTreeNode) -> None:
        for child in node.children:
            self._block(child)

    def _block(self, node: SyntaxTreeNode) -> None:
        match node.type:
            case "heading":
                self._heading(node)
            case "paragraph":
                self._add("paragraph", _inline_text(node))
            case "table":
                rows = (row.children for part in node.children for row in part.children)
                text = write_table([_inline_text(cell) for cell in row] for row in rows)
                self._add("table", text, has_header=True)
            case "bullet_list" | "ordered_list":
                self._add("list", "\n".join(_items(node, depth=0)))
            case "fence" | "code_block":
                self._add("code", node.content.strip("\n"))
            case "html_block":
                soup = BeautifulSoup(node.content, "html.parser")
                self.blocks.extend(read_blocks(soup, self.outline))
            case _:
                self.into(node)

    def _heading(self, node: SyntaxTreeNode) -> None:
        text = tidy(_inline_text(node))
        if text:
            self.outline.enter(int(node.tag[1]), text)
            self._add("heading", text)
            self.first_heading = self.first_heading or text

    def _add(self, kind: BlockKind, text: str, *, has_header: bool = False) -> None:
        if text.strip():
            block = Block(kind, text, section=self.outline.path, has_header=has_header)
            self.blocks.append(block)


def _inline_text(node: SyntaxTreeNode) -> str:
    return "".join(_inline_parts(node)).strip()


def _inline_parts(node: SyntaxTreeNode) -> Iterator[str]:
    match node.type:
        case "text" | "code_inline" | "image":
            yield node.content
        case "softbreak" | "hardbreak":
            yield " "
        case _:
            for child in node.children:
                yield from _inline_parts(child)


def _items(node: SyntaxTreeNode, *, depth: int) -> Iterator[str]:
    for number, item in enumerate(node.children, start=int(node.attrs.get("start", 1))):
        mark = f"{number}." if node.type == "ordered_list" else "-"
        lists = ("bullet_list", "ordered_list")
        own = (_item_text(child) for child in item.children if child.type not in lists)
        yield f"{'  ' * depth}{mark} {tidy(' '.join(own))}"
        for child in item.children:
            if child.type in lists:
                yield from _items(child, depth=depth + 1)


def _item_text(node: SyntaxTreeNode) -> str:
    return node.content if node.type in ("fence", "code_block") else _inline_text(node)
