import json
from pathlib import Path
from typing import cast

from tools.documents.block import LoadedDocument, tidy
from tools.documents.formats.structure import Value, write_blocks
from tools.documents.formats.text import decode
from tools.errors import UnreadableFile

_LINES = frozenset([".jsonl", ".ndjson"])


def read(path: Path) -> LoadedDocument:
    """A JSON value, or one in each line; the title is its own where it has one.

    Raises:
        UnreadableFile: the text is no JSON; the message names the line.
    """
    text = decode(path)
    try:
        if path.suffix.lower() in _LINES:
            value = cast(Value, [json.loads(line) for line in text.split("\n") if line.strip()])
        else:
            value = cast(Value, json.loads(text))
    except json.JSONDecodeError as error:
        raise UnreadableFile(
            f"{path.name}: the file is not JSON ({error.msg}, line {error.lineno}); correct it."
        ) from error
    return LoadedDocument(_title(value) or path.stem, tuple(write_blocks(value)))


def _title(value: Value) -> str:
    title = value.get("title") if isinstance(value, dict) else None
    return tidy(title) if isinstance(title, str) else ""
