"""Sources through fsspec: buckets, containers, SFTP, WebDAV, GitHub. Only this file uses it."""

import importlib
from collections.abc import Generator, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path, PurePosixPath
from typing import Any, cast

from tools.documents.folder import is_passed_over
from tools.errors import TooLarge, Unavailable
from tools.sources.address import PROTOCOLS, SourceAddress, redacted
from tools.sources.credentials import Credentials, filesystem_options
from tools.sources.listing import ACCESS_FILE, Entry, Listing, NothingThere, SourceLimits
from tools.sources.names import listing_of

Info = Mapping[str, Any]

_PIECE = 1024 * 1024
_VERSIONS = (
    "generation",
    "versionId",
    "VersionId",
    "ETag",
    "etag",
    "sha",
    "content_md5",
    "md5Hash",
)
"""Keys of a file's metadata that change with its content, most reliable first."""
_TIMES = ("LastModified", "last_modified", "updated", "mtime", "modified")
_SSH = frozenset(["sftp", "ssh"])
_FLAT = frozenset(["s3", "gs", "gcs"])
"""Stores without folders, which list everything below a prefix at once."""


@dataclass(frozen=True, slots=True)
class FilesystemSource:
    """An opened source. fsspec and what it loads are untyped; their objects do not leave this module."""

    address: SourceAddress
    filesystem: Any
    root: str
    limits: SourceLimits
    secrets: tuple[str, ...] = ()

    def list(self) -> Listing:
        """Every file below the address, or the one that it names."""
        with self._telling("cannot be listed"):
            self.filesystem.invalidate_cache()
            info = self._info() if self.root else {"type": "directory"}
            if info["type"] == "file":
                return listing_of([_entry(info, PurePosixPath(self.root).name)], self.limits)
            return listing_of(self._files(), self.limits)

    def _info(self) -> "Info":
        try:
            return self.filesystem.info(self.root)
        except FileNotFoundError as error:
            bucket = self.root.strip("/").partition("/")[0]
            if self.address.scheme in _FLAT and self.filesystem.exists(bucket):
                raise NothingThere(
                    f"Nothing is stored at {self.address.shown}. Check the address. If it was "
                    "emptied, `docsql sync NAME --allow-empty` removes its documents."
                ) from error
            raise

    def _files(self) -> "Iterator[Entry]":
        for info in self._flat() if self.address.scheme in _FLAT else self._by_folder():
            path = self._below(str(info["name"]))
            if info["type"] != "directory" and path and _is_taken(path, str(info["type"])):
                yield _entry(info, path)

    def _flat(self) -> "Iterator[Info]":
        yield from self.filesystem.find(self.root, detail=True).values()

    def _by_folder(self) -> "Iterator[Info]":
        # `find` of fsspec takes a folder that cannot be listed for an empty one.
        waiting, seen = [self.root], {self.root}
        while waiting:
            for info in self.filesystem.ls(waiting.pop(), detail=True):
                yield info
                folder = str(info["name"]).rstrip("/")
                if info["type"] == "directory" and folder not in seen:
                    seen.add(folder)
                    waiting.append(folder)

    def _below(self, name: str) -> str:
        """The path below the address; empty for entries outside of it."""
        root, name = self.root.strip("/"), name.removeprefix("/")
        if not root:
            return name
        return name.removeprefix(f"{root}/") if name.startswith(f"{root}/") else ""

    def fetch(self, entry: Entry, target: Path) -> None:
        """Write a file's content, as far as it may be long."""
        with self._telling(f"cannot be read at {entry.path!r}"):
            left = self.limits.file_bytes
            with self.filesystem.open(entry.address, "rb") as source, target.open("wb") as file:
                while piece := source.read(_PIECE):
                    left -= len(piece)
                    if left < 0:
                        raise TooLarge(f"the file is larger than {self.limits.file_bytes} bytes")
                    file.write(cast("bytes", piece))

    def close(self) -> None:
        """End an SSH connection, which would stay; the others' end by themselves."""
        if self.address.scheme in _SSH:
            self.filesystem.loop.call_soon_threadsafe(self.filesystem.client.close)

    @contextmanager
    def _telling(self, what: str) -> Generator[None]:
        try:
            yield
        except (TooLarge, Unavailable):
            raise
        except Exception as error:  # each protocol's library raises its own
            raise Unavailable(
                f"{self.address.shown} {what} ({_said(error, self.secrets)})."
            ) from error


def open_filesystem(
    address: SourceAddress, credentials: Credentials, limits: SourceLimits
) -> FilesystemSource:
    """A source by its address and what opens it.

    Raises:
        Unavailable: what speaks the protocol is not installed, or the server does not answer.
    """
    kind = _filesystem_class(address.scheme)
    options = filesystem_options(address, credentials, seconds=limits.seconds)
    secrets = credentials.all_secrets
    try:
        filesystem = kind(**options, skip_instance_cache=True)
    except Exception as error:  # each protocol's library raises its own
        raise Unavailable(
            f"{address.shown} cannot be opened ({_said(error, secrets)}). Check its address and "
            "its credentials."
        ) from error
    return FilesystemSource(address, filesystem, _root(address), limits, secrets)


def _filesystem_class(scheme: str) -> Any:
    module, name = _CLASSES[scheme]
    try:
        return getattr(importlib.import_module(module), name)
    except ImportError as error:
        raise Unavailable(
            f"{scheme}:// needs {PROTOCOLS[scheme]}, of DocSQL's extra `sources`: install it "
            "(`make extras`)."
        ) from error


_CLASSES = {
    "s3": ("s3fs", "S3FileSystem"),
    **dict.fromkeys(("gs", "gcs"), ("gcsfs", "GCSFileSystem")),
    **dict.fromkeys(("abfs", "abfss", "az"), ("adlfs", "AzureBlobFileSystem")),
    **dict.fromkeys(("sftp", "ssh"), ("sshfs", "SSHFileSystem")),
    **dict.fromkeys(("webdav", "webdav+http"), ("webdav4.fsspec", "WebdavFileSystem")),
    "github": ("fsspec.implementations.github", "GithubFileSystem"),
}


def _root(address: SourceAddress) -> str:
    """What the library calls the address."""
    match address.scheme:
        case "sftp" | "ssh":
            return address.path.rstrip("/") or "/"
        case "webdav" | "webdav+http" | "github":
            return address.path.strip("/")
        case _:
            bucket = address.host.split("@", 1)[0] if "@" in address.host else address.host
            return f"{bucket}{address.path}".rstrip("/")


def _is_taken(path: str, kind: str) -> bool:
    """Whether a file may be a document; links lead anywhere, and a closing list is taken anyhow."""
    *folders, name = path.split("/")
    if name == ACCESS_FILE:
        return True
    return kind == "file" and bool(name) and not any(map(is_passed_over, [*folders, name]))


def _entry(info: Info, path: str) -> Entry:
    size, modified = info.get("size"), _modified(info)
    version = next((f"{key}:{info[key]}" for key in _VERSIONS if info.get(key)), "")
    if not version and modified is not None:
        version = f"time:{modified.timestamp()}"
    if version:
        version = f"{version};size:{size}"
    return Entry(path, str(info["name"]), version, size, modified)


def _modified(info: Info) -> datetime | None:
    for found in (info.get(key) for key in _TIMES):
        match found:
            case datetime():
                return found if found.tzinfo else found.replace(tzinfo=UTC)
            case int() | float():
                return datetime.fromtimestamp(found, tz=UTC)
            case str():
                return _parsed(found)
            case _:
                pass
    return None


def _parsed(text: str) -> datetime | None:
    try:
        found = datetime.fromisoformat(text)
    except ValueError:
        return None
    return found if found.tzinfo else found.replace(tzinfo=UTC)


def _said(error: Exception, secrets: tuple[str, ...]) -> str:
    text = (str(error).strip().splitlines() or [""])[0] or type(error).__name__
    return redacted(text, secrets)[:200].rstrip(".")
