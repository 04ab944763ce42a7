"""The files of a folder that are somebody's documents."""

import hashlib
import os
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path, PurePosixPath
from typing import Literal

from tools.errors import UnreadableFile

Outcome = Literal["added", "unchanged", "replaced", "failed", "skipped"]
"""What became of a file; skipped are links to folders, and pipes."""
_LINKED = "a link to a folder, which is not followed; ingest the folder that it leads to."
_NO_FILE = "not a regular file, but a pipe, a socket or a device."
_BROKEN = "a link that leads nowhere or back to itself; mend or delete it."
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


def unread_in(root: Path) -> Iterator[tuple[str, Outcome, str]]:
    """What a folder has that is neither a file nor a folder of its own: its source, and why.

    A broken link may have been somebody's document, so it has failed; the others are skipped.
    """
    for path in sorted(root.rglob("*")) if root.is_dir() else ():
        relative = path.relative_to(root)
        is_own = path.is_file() or (path.is_dir() and not path.is_symlink())
        if is_own or any(map(is_passed_over, relative.parts)):
            continue
        source = _decoded(relative.as_posix())
        if path.is_dir():
            yield source, "skipped", _LINKED
        elif path.exists():
            yield source, "skipped", _NO_FILE
        else:
            yield source, "failed", _BROKEN


def hash_and_date(path: Path, source: str) -> tuple[str, datetime]:
    """The hash of a file's content, and when it was last changed.

    Raises:
        UnreadableFile: it cannot be opened.
    """
    try:
        with path.open("rb") as file:
            modified = os.fstat(file.fileno()).st_mtime
            content_hash = hashlib.file_digest(file, "sha256").hexdigest()
            return content_hash, datetime.fromtimestamp(modified, tz=UTC)
    except OSError as error:
        raise UnreadableFile(
            f"{PurePosixPath(source).name}: the file cannot be opened ({error.strerror}); check that it exists and "
            "that you may read it."
        ) from error


def is_passed_over(name: str) -> bool:
    """Whether a file or folder of that name is hidden or a program's own."""
    low = name.lower()
    return low.startswith((".", _LOCK)) or low.endswith(_UNFINISHED) or low in _OF_THE_SYSTEM


def _decoded(name: str) -> str:
    """A file name as storable text; invalid UTF-8 is replaced."""
    return os.fsencode(name).decode(errors="replace")
