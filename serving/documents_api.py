"""The /documents routes: what was ingested, and more of it."""

import shutil
import threading
from collections.abc import Callable
from pathlib import Path, PurePosixPath
from tempfile import TemporaryDirectory
from typing import Annotated

from fastapi import APIRouter, Depends, Form, Request, UploadFile

from serving.library import Library
from serving.schema import DocumentContent, DocumentInfo, FileOutcome
from tools.errors import BadInput


def documents_router(
    open_for: Callable[[Request], Library], *, default_collection: str
) -> APIRouter:
    """List, read, upload and delete documents; the handlers run in threads, the store waits.

    `open_for` gives the library as whoever sent a request may see it.
    """
    router = APIRouter(prefix="/documents", tags=["documents"])
    writing = threading.Lock()

    @router.get("", summary="Every document")
    def listed(library: Annotated[Library, Depends(open_for)]) -> list[DocumentInfo]:
        return library.documents()

    @router.get("/{document_id}", summary="A document with its passages")
    def content(
        library: Annotated[Library, Depends(open_for)], document_id: str
    ) -> DocumentContent:
        return library.document(document_id)

    @router.post("", summary="Ingest one file under the name `source`")
    def upload(
        library: Annotated[Library, Depends(open_for)],
        file: UploadFile,
        source: Annotated[str, Form(max_length=1024)],
        collection: Annotated[str, Form(max_length=128)] = default_collection,
        groups: Annotated[list[str] | None, Form(max_length=64)] = None,
    ) -> FileOutcome:
        with TemporaryDirectory() as folder:
            _copy(file, Path(folder) / _safe(source))
            with writing:
                (outcome,) = library.ingest(
                    [Path(folder)],
                    collection=collection,
                    groups=None if groups is None else frozenset(groups),
                )
            return outcome

    @router.delete("/{document_id}", summary="Forget a document")
    def delete(library: Annotated[Library, Depends(open_for)], document_id: str) -> DocumentInfo:
        with writing:
            return library.delete(document_id)

    return router


def _copy(file: UploadFile, path: Path) -> None:
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        copy = path.open("wb")
    except OSError as error:  # a part of the name is longer than the file system takes
        raise BadInput(f"{file.filename!r} cannot be stored: {error.strerror}.") from error
    with copy:
        shutil.copyfileobj(file.file, copy)


def _safe(source: str) -> PurePosixPath:
    """The name of an uploaded file, relative and inside of wherever it is put."""
    path = PurePosixPath(source)
    hidden = any(part.startswith(".") for part in path.parts)  # ".." among them
    if not path.name or path.is_absolute() or hidden or "\x00" in source:
        raise BadInput(f"{source!r} is no name for a document; give a relative, visible path.")
    return path
