import re
from pathlib import Path

from tools.documents.block import Block, LoadedDocument
from tools.documents.formats.encoding import decode_file
from tools.documents.formats.hyphenation import rejoin

_PARAGRAPH_END = re.compile(r"\n[ \t]*\n\s*")


def read_text(path: Path) -> LoadedDocument:
    """Paragraphs are what empty lines part."""
    decoded = decode_file(path)
    return LoadedDocument(path.stem, tuple(paragraphs(decoded.text)), decoded.notes)


def paragraphs(text: str) -> list[Block]:
    """Text whose lines end in newlines, cut where a line is empty; a word that a line cut is whole."""
    parts = (part.strip() for part in _PARAGRAPH_END.split(text))
    return [Block("paragraph", rejoin(part)) for part in parts if part]
