"""Names in a source: which can be paths of documents, and which are skipped."""

from collections.abc import Iterable
from pathlib import PurePosixPath

from tools.sources.listing import ACCESS_FILE, Entry, Listing, SourceLimits

_LONGEST = 1_000
"""Bytes of a path; the store keeps a little more."""
_LONGEST_PART = 255
"""Bytes of a file's name, as file systems have it."""


def why_refused(path: str) -> str:
    """Why a path cannot be one of a document, or empty: an object store allows any text."""
    if any(part in {"", ".", ".."} for part in path.split("/")):
        return "the path has an empty part or dots for a part; rename it"
    if any(ord(letter) < 32 or 0xD800 <= ord(letter) < 0xE000 for letter in path):
        return "the path has characters that cannot be shown; rename it"
    parts = [part.encode() for part in path.split("/")]
    if len(path.encode()) > _LONGEST or max(map(len, parts)) > _LONGEST_PART:
        return f"the path is longer than {_LONGEST} bytes, or a name longer than {_LONGEST_PART}"
    return ""


def listing_of(entries: Iterable[Entry], limits: SourceLimits) -> Listing:
    """The files of a source, sorted into documents, access lists and unusable files."""
    kept, access, refused = dict[str, Entry](), dict[str, Entry](), dict[str, str]()
    lacking = ""
    for entry in entries:  # to the end: an access file may come last
        if PurePosixPath(entry.path).name == ACCESS_FILE:
            access[entry.path] = entry
        elif reason := why_refused(entry.path) or _too_large(entry, limits):
            refused[entry.path] = reason
        elif len(kept) == limits.files:
            lacking = _too_many(limits)
        else:
            kept[entry.path] = entry
    return Listing(kept, access, refused, lacking)


def _too_large(entry: Entry, limits: SourceLimits) -> str:
    if entry.size is None or entry.size <= limits.file_bytes:
        return ""
    return f"the file is larger than {limits.file_bytes // 1024**2} MB (`file_mb` of the source)"


def _too_many(limits: SourceLimits) -> str:
    return (
        f"it has more than {limits.files} files (`most_files` of the source); the rest is left out"
    )
