"""Files that a person asked a command for."""

from pathlib import Path

from serving.process.private import open_for_user
from tools.errors import BadInput


def write_for_user(path: Path, text: str) -> None:
    """Write the file, whoever may read it by the person's own umask.

    Raises:
        BadInput: it cannot be written.
    """
    try:
        with open_for_user(path) as file:
            file.write(text)
    except OSError as error:
        raise BadInput(f"{str(path)!r} cannot be written ({error.strerror}).") from error
