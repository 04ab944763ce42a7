"""Files that a person asked a command for."""

from pathlib import Path

from serving.process.whole_file import write_whole
from tools.errors import BadInput


def write_for_user(path: Path, text: str) -> None:
    """Write the file whole, whoever may read it by the person's own umask.

    Raises:
        BadInput: it cannot be written.
    """
    try:
        write_whole(path, text)
    except OSError as error:
        raise BadInput(f"{str(path)!r} cannot be written ({error.strerror}).") from error
