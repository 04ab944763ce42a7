"""Files that are written whole or not at all: a full disk leaves what was there."""

import os
import stat
from contextlib import suppress
from errno import EACCES, EBUSY, EPERM
from pathlib import Path

from serving.process.private import open_for_user

_NOT_BESIDE = (EACCES, EBUSY, EPERM)
"""The folder takes no other file, or the file is mounted by itself: it is written where it is."""


def write_whole(path: Path, content: str | bytes) -> None:
    """Replace what a file holds; a new one as the person's own umask wants it.

    A link stays a link. What is no file (a pipe, `/dev/stdout`) is written to.

    Raises:
        OSError: it cannot be written; a file that was there is as it was.
    """
    told = content.encode() if isinstance(content, str) else content
    path = path.resolve()
    if path.exists() and not path.is_file():
        path.write_bytes(told)
        return
    beside = path.with_name(f".{path.name}.new")
    try:
        _write(beside, told)
        with suppress(FileNotFoundError):
            beside.chmod(stat.S_IMODE(path.stat().st_mode))
        beside.replace(path)
    except OSError as error:
        with suppress(OSError):
            beside.unlink()
        if error.errno not in _NOT_BESIDE or not path.exists():
            raise
        path.write_bytes(told)


def _write(path: Path, content: bytes) -> None:
    with open_for_user(path) as file:
        file.buffer.write(content)
        file.flush()
        os.fsync(file.fileno())
