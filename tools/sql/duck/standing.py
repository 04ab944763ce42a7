"""Whether files are still what they were when their schema was looked at.

The engine opens a file anew for each statement. A load that replaces a file of CSV by one with the
same header changes the rows alone, which is what a statement reads; every other change makes the
schema old.
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

_LONGEST_LINE = 65_536
_DELIMITERS = (b",", b";", b"\t", b"|")

FileState = tuple[int, int, int]
_Found = tuple[str, FileState, bytes]


@dataclass(frozen=True, slots=True)
class FoundFiles:
    """For each file: its table, what it was, and the header of plain CSV."""

    files: Mapping[Path, _Found]

    @classmethod
    def of(cls, files: Sequence[tuple[str, Path]]) -> "FoundFiles":
        """Look at files with the names of their tables.

        Raises:
            OSError: one cannot be read.
        """
        return cls({path: (table, _state(path), _header(path)) for table, path in files})

    def states(self, tables: Collection[str]) -> Mapping[Path, FileState] | None:
        """What the files of these tables are by now; None where their schema is no longer right."""
        read = {table.lower() for table in tables}
        found: dict[Path, FileState] = {}
        for path, (table, state, header) in self.files.items():
            if table.lower() not in read:
                continue
            try:
                found[path] = _state(path)
                is_right = found[path] == state or (header and _header(path) == header)
            except OSError:
                return None
            if not is_right:
                return None
        return found

    def replaced(self, states: Mapping[Path, FileState]) -> bool:
        """Whether a file of these was replaced since the schema was looked at, by one with its header."""
        return any(self.files[path][1] != state for path, state in states.items())


def _state(path: Path) -> FileState:
    status = path.stat()
    return status.st_ino, status.st_mtime_ns, status.st_size


def _header(path: Path) -> bytes:
    """The first line of plain CSV if it can only be its header; else nothing.

    A title, a comment or a name with a line end above or in it would leave the header itself unseen.
    """
    if path.suffix.lower() not in (".csv", ".tsv"):
        return b""
    with path.open("rb") as file:
        first, second = file.readline(_LONGEST_LINE), file.readline(_LONGEST_LINE)
    begins_with_name = first[:1].isalpha() or first[:1] == b"_"
    is_whole = begins_with_name and first.endswith(b"\n") and b'"' not in first
    counts = [(first.count(each), second.count(each)) for each in _DELIMITERS]
    is_of_columns = any(one and one == other for one, other in counts)
    return first if is_whole and is_of_columns else b""
