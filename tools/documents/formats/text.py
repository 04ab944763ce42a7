import re
from pathlib import Path

from tools.documents.block import Block, LoadedDocument
from tools.documents.formats.encoding import decode

_PARAGRAPH_END = re.compile(r"\n[ \t]*\n\s*")


def read(path: Path) -> LoadedDocument:
    """Paragraphs are what empty lines part."""
    decoded = decode(path)
    return LoadedDocument(path.stem, tuple(paragraphs(decoded.text)), decoded.notes)


def paragraphs(text: str) -> list[Block]:
    """Text whose lines end in newlines, cut where a line is empty."""
    parts = (part.strip() for part in _PARAGRAPH_END.split(text))
    return [Block("paragraph", part) for part in parts if part]
