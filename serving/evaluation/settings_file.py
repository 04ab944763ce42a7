"""Writes one setting into docsql.toml, and leaves the rest of the file as it is."""

import re
import tomllib
from pathlib import Path
from typing import Any

from serving.process.whole_file import write_whole
from tools.errors import BadInput, Unavailable

SECTION, NAME = "answers", "least_confidence"
VARIABLE = "DOCSQL_ANSWERS__LEAST_CONFIDENCE"
_HEADER = re.compile(rf"^[ \t]*\[[ \t]*{SECTION}[ \t]*\][^\n]*$", re.MULTILINE)
_NEXT = re.compile(r"^[ \t]*\[", re.MULTILINE)
_LINE = re.compile(rf"^[ \t]*{NAME}[ \t]*=[^\n]*$", re.MULTILINE)


def write_least_confidence(path: Path, value: float) -> None:
    """Set the least confidence of an answer that is given.

    Raises:
        BadInput: the file is written in a way that this does not understand; it stays as it was.
        Unavailable: it cannot be read or written.
    """
    try:
        before = path.read_text(encoding="utf-8") if path.exists() else ""
        write_whole(path, with_least_confidence(before, value))
    except OSError as error:
        raise Unavailable(f"{str(path)!r} cannot be written ({error.strerror}).") from error
    except (tomllib.TOMLDecodeError, UnicodeDecodeError, ValueError) as error:
        raise BadInput(
            f"{str(path)!r} has a form that DocSQL does not edit. Write "
            f"`{NAME} = {value:g}` under [{SECTION}] yourself."
        ) from error


def with_least_confidence(text: str, value: float) -> str:
    """The file with this value, and everything else as it was.

    Raises:
        ValueError: the value cannot be put into this file so.
    """
    changed = _changed(text, f"{NAME} = {value:g}")
    meant: dict[str, Any] = tomllib.loads(text)
    meant[SECTION] = {**meant.get(SECTION, {}), NAME: value}
    if tomllib.loads(changed) != meant:
        raise ValueError(text)
    return changed


def _changed(text: str, line: str) -> str:
    header = _HEADER.search(text)
    if header is None:
        above = f"{text.rstrip()}\n\n" if text.strip() else ""
        return f"{above}[{SECTION}]\n{line}\n"
    following = _NEXT.search(text, header.end())
    end = following.start() if following else len(text)
    old = _LINE.search(text, header.end(), end)
    if old:
        return f"{text[: old.start()]}{line}{text[old.end() :]}"
    return f"{text[: header.end()]}\n{line}{text[header.end() :]}"
