import fcntl
from pathlib import Path

from tools.compat.milvus_lite import LOCK_FILE


def is_locked(directory: Path) -> bool:
    """Whether somebody has a Milvus Lite directory open, this process included.

    Milvus Lite finds out as well, but seconds later, after its own import, and with a traceback.
    """
    try:
        file = (directory / LOCK_FILE).open("rb+")
    except OSError:
        return False
    with file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            return True
        # Closing the file gives the lock back.
        return False


def locked(path: Path | str) -> str:
    """The error for a directory that is in use."""
    return (
        f"The vector store {path} is in use by DocSQL's service or another command; an embedded "
        "store serves one process at a time. Stop the other one, or go through its service."
    )
