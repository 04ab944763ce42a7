"""A secret of this installation in a file of its own, made where it is first needed."""

import os
import secrets
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path


def secret_in(file: Path, make: Callable[[], str]) -> str:
    """The secret that the file holds; where there is none, a new one that only its owner can read.

    Raises:
        OSError: the file cannot be read or written.
    """
    with suppress(FileNotFoundError):
        if kept := file.read_text(encoding="ascii").strip():
            return kept
    file.parent.mkdir(parents=True, exist_ok=True)
    unfinished = file.with_name(f"{file.name}.{secrets.token_hex(4)}")
    opened = os.open(unfinished, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(opened, "w", encoding="ascii") as written:
        written.write(make())
    # Of two that begin at once one has made it, and both read the same.
    with suppress(FileExistsError):
        file.hardlink_to(unfinished)
    unfinished.unlink()
    return file.read_text(encoding="ascii").strip()
