"""Identity of a document: its collection, the folder it came from, and its path in that folder.

The folder is the resolved one. A document's id begins with a hash of all three, its place, so the
store can tell a document's folder without storing it.
"""

import hashlib
import os
from pathlib import Path, PurePosixPath
from uuid import uuid4

_MARK = "r"
"""The prefix of ids that contain a place; earlier ids are hexadecimal."""
_PLACE, _WHOLE = 20, 32
"""Characters of a place, and of an id."""


def source_root(path: Path, source: str) -> str:
    """The real folder that a file's source is counted from."""
    depth = len(PurePosixPath(source).parts)
    return real_folder(path.parents[depth - 1])


def real_folder(folder: Path) -> str:
    """A folder's whole path without symbolic links, as text whatever its bytes are."""
    return os.fsencode(folder.resolve()).decode(errors="backslashreplace")


def place_of(collection: str, root: str, source: str) -> str:
    """The id prefixes of all documents that are this file for some caller."""
    return _MARK + _hash(collection, root, source)[: _PLACE - 1]


def id_at(place: str, *, is_only: bool) -> str:
    """An id for a document at a place.

    It is fixed if it `is_only` one there, for a caller who sees every document. Other callers get a
    random one, because the fixed id may belong to a document that is hidden from them.
    """
    return (place + (_hash(place) if is_only else uuid4().hex))[:_WHOLE]


def is_at(document_id: str, place: str) -> bool:
    """Whether a document is the file at that place."""
    return document_id.startswith(place)


def has_place(document_id: str) -> bool:
    """Whether an id tells a place, which those of earlier versions did not."""
    return document_id.startswith(_MARK)


def id_without_place(collection: str, source: str) -> str:
    """The id that earlier versions gave a file."""
    return _hash(collection, source)[:_WHOLE]


def _hash(*parts: str) -> str:
    return hashlib.sha256("\0".join(parts).encode(errors="replace")).hexdigest()
