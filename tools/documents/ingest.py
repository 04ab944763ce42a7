import hashlib
import os
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Future
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from pathlib import Path, PurePosixPath
from typing import Literal

from tools.documents.access import access_key, may_see
from tools.documents.originals import Originals
from tools.documents.passage import Document
from tools.documents.readers import Readers
from tools.documents.reading import ReadDocument, Task
from tools.documents.store import DocumentStore, StoredVersions
from tools.errors import BadInput, UnreadableFile

Outcome = Literal["added", "unchanged", "replaced", "failed"]

_AHEAD = 4
"""Files that may be read, a worker, before they are written."""
_LONGEST_NAME = 128


@dataclass(frozen=True, slots=True)
class FileReport:
    """What became of one file.

    `reason` says why a file failed, in a sentence that names it, or what of a file was left out;
    `is_unsupported`, that it failed because files of its type are not read.
    """

    source: str
    outcome: Outcome
    document_id: str
    passages: int = 0
    reason: str = ""
    is_unsupported: bool = False


@dataclass(frozen=True, slots=True)
class IngestReport:
    """What became of every file, in the order in which they were read."""

    collection: str
    files: tuple[FileReport, ...]

    def count(self, outcome: Outcome) -> int:
        return sum(file.outcome == outcome for file in self.files)

    @property
    def passages(self) -> int:
        """How many passages this run wrote."""
        return sum(file.passages for file in self.files if file.outcome != "unchanged")


def ingest(
    paths: Iterable[Path],
    *,
    store: DocumentStore,
    collection: str,
    on_progress: Callable[[FileReport], None] | None = None,
    readers: Readers | None = None,
    groups: frozenset[str] | None = None,
    seen: frozenset[str] | None = None,
    originals: Originals | None = None,
    sharing: AbstractContextManager[object] | None = None,
) -> IngestReport:
    """Bring files, and the files of folders, into a collection; one bad file stops nothing.

    A document is known by its collection and its source, which is its path below the folder that
    was given, or its name. A file whose content the store holds is left alone, so that an
    interrupted run is simply started again. Hidden files and folders are passed over. Files are
    read by `readers`, or by child processes of the usual number and rules.
    `groups` may see the documents where access control is on; None leaves to each document those
    that it has, and a new one has none. A document that the groups `seen` do not see (None: all see
    all) is not replaced; its name is taken. The files themselves are kept in `originals`. Where
    others may write to the collection at the same time, all of them pass the same lock, `sharing`.

    Raises:
        BadInput: the name of the collection or of a group cannot be one.
        Unavailable: the store or the embedding server fails; what was written stays.
    """
    if not collection.strip() or len(collection) > _LONGEST_NAME:
        raise BadInput(
            f"{collection!r} is no name for a collection: give it 1 to {_LONGEST_NAME} characters."
        )
    access_key(groups or ())  # says what is wrong with a name before anything is read
    reports = list[FileReport]()
    try:
        with nullcontext(readers) if readers else Readers() as pool:
            run = _Run(
                store=store,
                collection=collection,
                readers=pool,
                groups=groups,
                seen=seen,
                originals=originals,
                sharing=sharing,
            )
            for report in run.take(found for root in paths for found in files_in(root)):
                reports.append(report)
                if on_progress:
                    on_progress(report)
    finally:
        if any(report.outcome in ("added", "replaced") for report in reports):
            store.flush()
    return IngestReport(collection, tuple(reports))


def document_id(collection: str, source: str) -> str:
    """The id of a file in a collection, the same for every content it has had."""
    return hashlib.sha256(f"{collection}\0{source}".encode()).hexdigest()[:32]


def files_in(root: Path) -> Iterator[tuple[Path, str]]:
    """The files under a root with their sources, in the order of their paths; hidden ones left out."""
    if not root.is_dir():
        yield root, _decoded(root.name)
        return
    for path in sorted(root.rglob("*")):
        relative = path.relative_to(root)
        if path.is_file() and not any(part.startswith(".") for part in relative.parts):
            yield path, _decoded(relative.as_posix())


def _decoded(name: str) -> str:
    """A name of whatever bytes as text that can be stored; what is not UTF-8 is replaced."""
    return os.fsencode(name).decode(errors="replace")


@dataclass(frozen=True, slots=True)
class _Pending:
    """A file that is being read; `before` is what the store held of it when that began."""

    task: Task
    result: Future[ReadDocument]
    modified_at: datetime
    groups: frozenset[str]
    before: StoredVersions | None


@dataclass(slots=True, kw_only=True)
class _Run:
    store: DocumentStore
    collection: str
    readers: Readers
    groups: frozenset[str] | None
    seen: frozenset[str] | None
    originals: Originals | None
    sharing: AbstractContextManager[object] | None
    _stored: dict[str, StoredVersions] = field(default_factory=dict[str, StoredVersions])
    _taken: dict[str, Path] = field(default_factory=dict[str, Path])

    def __post_init__(self) -> None:
        if self.sharing is None:
            self._stored = self.store.versions(self.collection)

    def take(self, files: Iterable[tuple[Path, str]]) -> Iterator[FileReport]:
        """Reports in the order of the files, of which some are read ahead of those written."""
        waiting = deque[FileReport | _Pending]()
        ahead = _AHEAD * self.readers.workers
        for path, source in files:
            if not self._is_repeated(path, source):
                waiting.append(self._begin(path, source))
            while len(waiting) > ahead or (waiting and _is_done(waiting[0])):
                yield self._finish(waiting.popleft())
        while waiting:
            yield self._finish(waiting.popleft())

    def _is_repeated(self, path: Path, source: str) -> bool:
        other = self._taken.get(source)
        return other is not None and other.absolute() == path.absolute()

    def _begin(self, path: Path, source: str) -> "FileReport | _Pending":
        identity = document_id(self.collection, source)
        try:
            self._claim(path, source)
            content_hash, modified_at = _examine(path, source)
            before = self._look_up(identity, source)
        except UnreadableFile as error:
            return FileReport(source, "failed", identity, reason=str(error))
        groups = self.groups
        if groups is None:
            groups = before.groups if before else frozenset[str]()
        if before and before.are(content_hash, groups=groups):
            self._keep(path, identity, content_hash)
            return FileReport(source, "unchanged", identity)
        task = Task(str(path), identity, self.collection, source, content_hash)
        return _Pending(task, self.readers.submit(task), modified_at, groups, before)

    def _claim(self, path: Path, source: str) -> None:
        other = self._taken.setdefault(source, path)
        if other != path:
            raise UnreadableFile(
                f"{source}: {str(path)!r} and {str(other)!r} would be the same document; give the "
                "folder that holds both, or use two collections."
            )

    def _look_up(self, identity: str, source: str) -> StoredVersions | None:
        """What the store holds of a document; where others write too, now and not at the start."""
        if self.sharing is None:
            before = self._stored.get(identity)
        else:
            before = self.store.versions(self.collection, document_id=identity).get(identity)
        if before and not may_see(self.seen, before.groups):
            raise UnreadableFile(
                f"{source}: the name is taken in this collection; give the file another one."
            )
        return before

    def _finish(self, file: "FileReport | _Pending") -> FileReport:
        if isinstance(file, FileReport):
            return file
        task, read = file.task, file.result.result()
        if read.reason:
            kept = " What was ingested of it before stays." if file.before else ""
            return FileReport(
                task.source,
                "failed",
                task.document_id,
                reason=read.reason + kept,
                is_unsupported=read.is_unsupported,
            )
        try:
            fitted = tuple(self.store.fit(read.passages))
            if fitted != read.passages:  # what was found of them is of other texts
                read = replace(read, passages=fitted, terms=None)
            with self.sharing or nullcontext():
                outcome = self._write(file, read)
        except BadInput as error:
            said = str(error) if isinstance(error, UnreadableFile) else f"{task.source}: {error}"
            return FileReport(task.source, "failed", task.document_id, reason=said)
        return FileReport(task.source, outcome, task.document_id, len(read.passages), read.note)

    def _write(self, file: _Pending, read: ReadDocument) -> Outcome:
        task = file.task
        before = self._look_up(task.document_id, task.source) if self.sharing else file.before
        document = Document(
            id=task.document_id,
            collection=self.collection,
            source=task.source,
            title=read.title,
            content_hash=task.content_hash,
            passages=len(read.passages),
            ingested_at=datetime.now(UTC),
            modified_at=file.modified_at,
            language=read.language,
            groups=file.groups,
        )
        # The file comes first and an older one goes last, as with the passages.
        self._keep(Path(task.path), document.id, document.content_hash)
        self.store.write(document, read.passages, terms=read.terms, is_new=before is None)
        if self.originals and before:
            self.originals.forget(document.id, but=document.content_hash)
        return "replaced" if before else "added"

    def _keep(self, path: Path, identity: str, content_hash: str) -> None:
        if self.originals:
            self.originals.keep(path, document_id=identity, content_hash=content_hash)


def _is_done(file: FileReport | _Pending) -> bool:
    return isinstance(file, FileReport) or file.result.done()


def _examine(path: Path, source: str) -> tuple[str, datetime]:
    """The hash of a file's content, and when it was last changed."""
    try:
        with path.open("rb") as file:
            modified = os.fstat(file.fileno()).st_mtime
            content_hash = hashlib.file_digest(file, "sha256").hexdigest()
            return content_hash, datetime.fromtimestamp(modified, tz=UTC)
    except OSError as error:
        raise UnreadableFile(
            f"{PurePosixPath(source).name}: the file cannot be opened ({error.strerror}); check that it exists and "
            "that you may read it."
        ) from error
