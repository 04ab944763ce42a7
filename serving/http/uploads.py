"""Files that a client sends, on the disk before anything looks at them, and never more than allowed."""

import asyncio
import shutil
import unicodedata
from collections.abc import AsyncGenerator
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from tempfile import TemporaryDirectory

from starlette.datastructures import FormData, UploadFile
from starlette.formparsers import MultiPartException, MultiPartParser
from starlette.requests import ClientDisconnect, Request

from serving.config.settings import Settings
from tools.documents.folder import is_passed_over
from tools.errors import BadInput, TooLarge, UnsupportedType

_IN_MEMORY = 64 * 1024
"""Bytes of each file that are held before it goes to the disk."""
_MOST_FIELDS = 1_000
_LONGEST_SOURCE = 1_024
_LONGEST_ROOT = 4_096
_MULTIPART = "multipart/form-data"


@dataclass(frozen=True, slots=True)
class UploadLimits:
    """Limits of one upload: total bytes, and number of files."""

    size: int
    files: int


@dataclass(frozen=True, slots=True)
class Upload:
    """Files that arrived whole, in a folder that goes away with `discard`."""

    folder: "TemporaryDirectory[str]"
    sources: tuple[str, ...]
    collection: str | None
    groups: frozenset[str] | None
    root: str = ""

    @property
    def path(self) -> Path:
        return Path(self.folder.name)

    def discard(self) -> None:
        """Delete the files."""
        self.folder.cleanup()


def uploads_folder(settings: Settings) -> Path:
    """Where uploads lie until they are read."""
    return settings.data / "uploads"


async def receive_upload(request: Request, *, limits: UploadLimits, folder: Path) -> Upload:
    """Receive a form's `file`s, with a `source` each, and its `collection` and `groups`.

    A source is the name of a document, a relative path; by default the file's own name. After an
    error, nothing stays in `folder`.

    Raises:
        TooLarge: it exceeds the limits; the rest of it was not read.
        UnsupportedType: it is not a form.
        BadInput: the form is broken, has no file, or has an invalid source.
    """
    if not request.headers.get("content-type", "").startswith(_MULTIPART):
        raise UnsupportedType(f"Send the files as a form ({_MULTIPART}), each as a field `file`.")
    if int(request.headers.get("content-length", "0")) > limits.size:
        raise _too_large(limits)
    form = await _parse(request, limits)
    try:
        files = [each for each in form.getlist("file") if isinstance(each, UploadFile)]
        if not files:
            raise BadInput("The form has no field `file`; send the files in it.")
        if len(files) > limits.files:
            raise TooLarge(f"One upload may have at most {limits.files} files. Send fewer at once.")
        sources = _sources(form, files)
        place = TemporaryDirectory(dir=folder)
        try:
            for file, source in zip(files, sources, strict=True):
                await asyncio.to_thread(_store, file, Path(place.name) / source)
        except BaseException:
            place.cleanup()
            raise
        collection = form.get("collection")
        groups = [str(name) for name in form.getlist("groups")]
        return Upload(
            place,
            tuple(map(str, sources)),
            collection if isinstance(collection, str) and collection else None,
            frozenset(groups) if groups else None,
            _root(form),
        )
    finally:
        await form.close()


async def _parse(request: Request, limits: UploadLimits) -> FormData:
    async def counted() -> AsyncGenerator[bytes]:
        taken = 0
        async for piece in request.stream():
            taken += len(piece)
            if taken > limits.size:
                raise _too_large(limits)
            yield piece

    parser = MultiPartParser(
        request.headers, counted(), max_files=limits.files + 1, max_fields=_MOST_FIELDS
    )
    parser.spool_max_size = _IN_MEMORY
    try:
        return await parser.parse()
    except MultiPartException as error:
        if error.message.startswith("Too many files"):
            raise TooLarge(f"{error.message} Send fewer at once.") from error
        raise BadInput(f"The form cannot be read: {error.message}") from error
    except ClientDisconnect as error:
        raise BadInput("The upload was interrupted; nothing was ingested.") from error


def _too_large(limits: UploadLimits) -> TooLarge:
    return TooLarge(
        f"One upload may have at most {limits.size / 10**6:g} MB, all files together. Send fewer "
        "at once; the operator can raise DOCSQL_DOCUMENTS__UPLOAD_MB."
    )


def _sources(form: FormData, files: list[UploadFile]) -> list[PurePosixPath]:
    named = [str(name) for name in form.getlist("source") if name]
    if named and len(named) != len(files):
        raise BadInput(
            f"{len(files)} files came with {len(named)} `source` fields. Send one for each file."
        )
    names = named or [_named(file.filename or "") for file in files]
    sources = [_safe(name) for name in names]
    if len(set(sources)) != len(sources):
        raise BadInput("Two files have the same name. Send a different `source` for each.")
    return sources


def _named(filename: str) -> str:
    """A file's own name: browsers write a quotation mark in it as `%22` (HTML, multipart/form-data)."""
    return filename.replace("%22", '"')


def _root(form: FormData) -> str:
    """The folder that distinguishes equal names; no file is read from it."""
    root = str(form.get("root") or "")
    if len(root) > _LONGEST_ROOT:
        raise BadInput(f"`root` may have at most {_LONGEST_ROOT} characters.")
    return root


def _safe(source: str) -> PurePosixPath:
    """The name of an uploaded file, relative and inside of wherever it is put."""
    path = PurePosixPath(source)
    hidden = any(map(is_passed_over, path.parts))  # ".." among them
    unfit = len(source) > _LONGEST_SOURCE or any(map(_is_no_text, source))
    if not path.name or path.is_absolute() or hidden or unfit:
        raise BadInput(
            f"{source[:80]!r} is not a valid document name. Use a relative path without hidden "
            f"parts, of at most {_LONGEST_SOURCE} characters."
        )
    return path


def _is_no_text(character: str) -> bool:
    """Whether it is a control character or half of a surrogate pair."""
    return unicodedata.category(character) in {"Cc", "Cs"}


def _store(file: UploadFile, path: Path) -> None:
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        with path.open("wb") as copy:
            shutil.copyfileobj(file.file, copy)
    except OSError as error:  # a part of the name is longer than the file system takes
        raise BadInput(f"{path.name[:80]!r} cannot be stored: {error.strerror}.") from error
