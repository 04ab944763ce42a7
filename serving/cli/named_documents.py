"""The documents that a person means by an id, a path on this machine, or a path as it is listed."""

from collections.abc import Iterator, Sequence
from pathlib import Path, PurePosixPath

from serving.wire.documents import DocumentInfo
from tools.documents.identity import is_at, place_of, real_folder


def documents_named(name: str, documents: Sequence[DocumentInfo]) -> list[DocumentInfo]:
    """The document of that id, or else the file there or all files below that folder.

    A path on this machine is tried first: it names one file, while two folders may list the same.
    """
    if not name.strip():  # an unset variable of a script is not the folder that it runs in
        return []
    for found in (
        [each for each in documents if each.id == name],
        [each for each in documents if _is_on_disk(each, Path(name))],
        [each for each in documents if _is_below(each.source, name)],
    ):
        if found:
            return found
    return []


def _is_on_disk(document: DocumentInfo, path: Path) -> bool:
    """Whether a document was ingested from this file, or from a file in this folder."""
    return any(
        is_at(document.id, place_of(document.collection, root, document.source))
        for root, rest in _places(path)
        if not rest or _is_below(document.source, rest)
    )


def _places(path: Path) -> Iterator[tuple[str, str]]:
    """The folders that a source may be counted from, with the path from there."""
    whole = path.absolute()
    for folder in (whole, *whole.parents):
        rest = PurePosixPath(*whole.parts[len(folder.parts) :])
        yield real_folder(folder), "" if folder == whole else str(rest)


def _is_below(source: str, path: str) -> bool:
    named, given = PurePosixPath(source), PurePosixPath(path)
    return named == given or given in named.parents
