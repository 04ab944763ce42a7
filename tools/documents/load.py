"""Files in, titles and blocks out; what a format needs is imported when a file of it comes."""

import importlib
import logging
import zlib
from collections.abc import Callable
from pathlib import Path
from typing import cast

from tools.documents.block import Block, LoadedDocument
from tools.errors import UnreadableFile

READERS = {
    ".csv": "csv",
    ".docx": "docx",
    ".htm": "html",
    ".html": "html",
    ".markdown": "markdown",
    ".md": "markdown",
    ".pdf": "pdf",
    ".text": "text",
    ".tsv": "csv",
    ".txt": "text",
}
"""Which module of tools.documents.formats reads which extension."""

_CONVERSIONS = {
    ".doc": "save it as .docx",
    ".odt": "save it as .docx",
    ".pages": "export it as .docx or .pdf",
    ".ppt": "export it as .pdf",
    ".pptx": "export it as .pdf",
    ".rtf": "save it as .docx",
    ".xls": "save its sheets as .csv",
    ".xlsx": "save its sheets as .csv",
}

_DAMAGE = (
    ArithmeticError,
    AssertionError,
    AttributeError,
    EOFError,
    LookupError,
    RuntimeError,
    SyntaxError,
    TypeError,
    ValueError,
    zlib.error,
)
"""What parsers let fall when a file is not what its extension says: lxml raises SyntaxErrors."""

_log = logging.getLogger(__name__)


def load(path: Path) -> LoadedDocument:
    """Read a file by its extension.

    Raises:
        UnreadableFile: the type is not known, or the file gives no text; the message names the
            file and says what to do.
    """
    read = _reader(path)
    try:
        if path.stat().st_size == 0:
            raise UnreadableFile(f"{path.name}: the file is empty; nothing was ingested from it.")
        loaded = read(path)
    except OSError as error:
        reason = error.strerror or type(error).__name__
        raise UnreadableFile(
            f"{path.name}: the file cannot be opened ({reason}); check that it exists and that "
            "you may read it."
        ) from error
    except _DAMAGE as error:
        _log.debug("%s could not be parsed", path, exc_info=True)
        raise UnreadableFile(
            f"{path.name}: the file is damaged or is not a {path.suffix.lower()} file; open it "
            "in its own program and save it again."
        ) from error
    if not any(block.text for block in loaded.blocks):
        raise UnreadableFile(f"{path.name}: the file has no text; nothing was ingested from it.")
    return _without_repeated_title(loaded)


def _reader(path: Path) -> Callable[[Path], LoadedDocument]:
    suffix = path.suffix.lower()
    name = READERS.get(suffix)
    if name is None:
        kind = f"{suffix} files" if suffix else "files without an extension"
        advice = _CONVERSIONS.get(suffix, f"convert it to one of {', '.join(sorted(READERS))}")
        raise UnreadableFile(f"{path.name}: {kind} cannot be read; {advice}.")
    module = importlib.import_module(f"tools.documents.formats.{name}")
    return cast(Callable[[Path], LoadedDocument], module.read)


def _without_repeated_title(loaded: LoadedDocument) -> LoadedDocument:
    """Sections start below the title: the store indexes title, section and text together."""
    blocks = (_below(block, loaded.title) for block in loaded.blocks if block.text)
    return LoadedDocument(
        loaded.title, tuple(b for b in blocks if b.kind != "heading" or b.section)
    )


def _below(block: Block, title: str) -> Block:
    if block.section[:1] != (title,):
        return block
    return Block(block.kind, block.text, block.page, block.section[1:], block.has_header)
