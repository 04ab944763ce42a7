"""The files of a source, and whether the list is complete."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Protocol

from tools.errors import Unavailable

ACCESS_FILE = ".docsql-access.yaml"


@dataclass(frozen=True, slots=True)
class Entry:
    """A file of a source.

    `path` is counted from the source's address; `address` is what its library calls it. `version`
    changes when the content does (an etag, or time and size), and is empty where the source cannot
    tell.
    """

    path: str
    address: str
    version: str = ""
    size: int | None = None
    modified: datetime | None = None


@dataclass(frozen=True, slots=True)
class Listing:
    """The files of a source by path.

    `lacking` says why it may not be all of them, so that nothing is taken for removed. `refused` are
    those that cannot be taken, with the reason. `access` are the access files.
    """

    entries: Mapping[str, Entry]
    access: Mapping[str, Entry] = field(default_factory=dict[str, Entry])
    refused: Mapping[str, str] = field(default_factory=dict[str, str])
    lacking: str = ""


@dataclass(frozen=True, slots=True)
class SourceLimits:
    """The most that is taken of a source: files, bytes of one, and seconds of waiting."""

    files: int = 100_000
    file_bytes: int = 200 * 1024**2
    seconds: float = 60.0


class NothingThere(Unavailable):
    """Nothing is stored at a source's address: it was emptied, or is wrong."""


class SourceFiles(Protocol):
    """An opened source. Every method may wait for a server."""

    def list(self) -> Listing:
        """What is there now.

        Raises:
            NothingThere: the server has nothing at this address.
            Unavailable: it cannot be listed.
        """
        ...

    def fetch(self, entry: Entry, target: Path) -> None:
        """Write a file's content to a path.

        Raises:
            Unavailable: it cannot be read now.
            TooLarge: it exceeds the limit.
        """
        ...
