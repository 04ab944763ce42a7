import json
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import cast

from tools.documents.block import LoadedDocument, tidy
from tools.documents.formats.encoding import Decoded, decode_file
from tools.documents.formats.structure import Value, write_blocks
from tools.errors import UnreadableFile

_LINES = frozenset([".jsonl", ".ndjson"])
_MORE_FOLLOWS = "Extra data"
"""The parser's message for a second value, as in JSON Lines named .json."""
_MOST_NAMED = 5


def read_json(path: Path) -> LoadedDocument:
    """A JSON value, or one in each line; the title is its own where it has one.

    Raises:
        UnreadableFile: the text is not JSON; the message names the line.
    """
    decoded = decode_file(path)
    if path.suffix.lower() in _LINES:
        return _read_lines(path, decoded)
    try:
        value = cast(Value, json.loads(decoded.text))
    except ValueError as error:
        if isinstance(error, json.JSONDecodeError) and error.msg == _MORE_FOLLOWS:
            return _read_lines(path, decoded)
        raise UnreadableFile(
            f"{path.name}: the file is not JSON ({_complaint(error)}); correct it."
        ) from error
    return LoadedDocument(_title(value) or path.stem, tuple(write_blocks(value)), decoded.notes)


def _read_lines(path: Path, decoded: Decoded) -> LoadedDocument:
    """The lines that are JSON; a note names the others."""
    values, complaints = list[Value](), list[tuple[int, str]]()
    for number, line in enumerate(decoded.text.split("\n"), start=1):
        try:
            if line.strip():
                values.append(cast(Value, json.loads(line)))
        except (RecursionError, ValueError) as error:
            complaints.append((number, _complaint(error, line=number)))
    if complaints and not values:
        raise UnreadableFile(f"{path.name}: the file is not JSON ({complaints[0][1]}); correct it.")
    notes = (*decoded.notes, *_notes(complaints))
    return LoadedDocument(path.stem, tuple(write_blocks(values)), notes)


def _notes(complaints: Sequence[tuple[int, str]]) -> Iterator[str]:
    if complaints:
        numbers = [str(number) for number, _ in complaints[:_MOST_NAMED]]
        more = len(complaints) - len(numbers)
        rest = f" and {more} more" if more else ""
        yield f"not JSON, left out: line(s) {', '.join(numbers)}{rest} ({complaints[0][1]})"


def _complaint(error: RecursionError | ValueError, *, line: int = 0) -> str:
    match error:
        case json.JSONDecodeError():
            return f"{error.msg}, line {line or error.lineno}"
        case RecursionError():
            return f"nested too deeply, line {line}"
        case _:
            return str(error)


def _title(value: Value) -> str:
    title = value.get("title") if isinstance(value, dict) else None
    return tidy(title) if isinstance(title, str) else ""
