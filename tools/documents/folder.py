"""The files of a folder that are somebody's documents."""

import os
from collections.abc import Iterator
from pathlib import Path

_LOCK = "~$"
"""The name prefix of the lock files of Office."""
_UNFINISHED = ("~", ".tmp", ".swp", ".part", ".crdownload")
"""Name suffixes of temporary files of editors and browsers."""
_OF_THE_SYSTEM = frozenset(["desktop.ini", "thumbs.db", "ehthumbs.db", "__macosx", "$recycle.bin"])


def files_in(root: Path) -> Iterator[tuple[Path, str]]:
    """The files under a root with their sources, in the order of their paths.

    Hidden ones are left out, and so is what programs leave beside the files that they work on.
    """
    if not root.is_dir():
        if not root.name.startswith(_LOCK):  # as `ingest *.docx` names it too
            yield root, _decoded(root.name)
        return
    for path in sorted(root.rglob("*")):
        relative = path.relative_to(root)
        if path.is_file() and not any(map(is_passed_over, relative.parts)):
            yield path, _decoded(relative.as_posix())


def is_passed_over(name: str) -> bool:
    """Whether a file or folder of that name is hidden or a program's own."""
    low = name.lower()
    return low.startswith((".", _LOCK)) or low.endswith(_UNFINISHED) or low in _OF_THE_SYSTEM


def _decoded(name: str) -> str:
    """A file name as storable text; invalid UTF-8 is replaced."""
    return os.fsencode(name).decode(errors="replace")
