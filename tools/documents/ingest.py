import hashlib
import os
from collections import defaultdict, deque
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Future
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from pathlib import Path, PurePosixPath
from typing import Literal
from uuid import uuid4

from tools.documents.access import access_key
from tools.documents.chunk import passage_id
from tools.documents.originals import Originals
from tools.documents.passage import Document, Passage
from tools.documents.readers import Readers
from tools.documents.reading import ReadDocument, Task
from tools.documents.rows import stored_source
from tools.documents.store import DocumentStore, StoredVersions
from tools.errors import BadInput, UnreadableFile

Outcome = Literal["added", "unchanged", "replaced", "failed"]
_Versions = dict[str, StoredVersions]

_AHEAD = 4
"""Files that may be read, a worker, before they are written."""
_LOCK = "~$"
"""What the name of the file begins with that Office keeps beside a document while it is open."""
_UNFINISHED = ("~", ".tmp", ".swp", ".part", ".crdownload")
"""What the names of copies end in that editors and browsers work on."""
_OF_THE_SYSTEM = frozenset(["desktop.ini", "thumbs.db", "ehthumbs.db", "__macosx", "$recycle.bin"])
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
    was given, or its name, among the documents that the groups `seen` see (None: all of them). What
    others have under that name stays theirs, and nobody is told of it. A file whose content the store holds is left alone, so that an
    interrupted run is simply started again. Hidden files and what programs leave beside those they
    work on, such as Office's `~$` files, are passed over. Files are
    read by `readers`, or by child processes of the usual number and rules.
    `groups` may see the documents where access control is on; None leaves to each document those
    that it has, and a new one has none. Of several documents of one name,
    that of these groups is replaced. The files themselves are kept in `originals`. Where
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
    """The id that whoever sees every document gives a file, the same for every content of it.

    Who sees less gives one by chance: this one may belong to a document that is hidden from them.
    """
    return hashlib.sha256(f"{collection}\0{source}".encode()).hexdigest()[:32]


def files_in(root: Path) -> Iterator[tuple[Path, str]]:
    """The files under a root with their sources, in the order of their paths.

    Hidden ones are left out, and so is what programs leave beside the files that they work on.
    """
    if not root.is_dir():
        if not root.name.startswith(_LOCK):  # as `ingest *.docx` names it too
            yield root, _decoded(root.name)
        return
    for path in sorted(root.rglob("*")):
        relative = path.relative_to(root)
        if path.is_file() and not any(map(_is_passed_over, relative.parts)):
            yield path, _decoded(relative.as_posix())


def _is_passed_over(name: str) -> bool:
    low = name.lower()
    return low.startswith((".", _LOCK)) or low.endswith(_UNFINISHED) or low in _OF_THE_SYSTEM


def _decoded(name: str) -> str:
    """A name of whatever bytes as text that can be stored; what is not UTF-8 is replaced."""
    return os.fsencode(name).decode(errors="replace")


@dataclass(frozen=True, slots=True)
class _Pending:
    """A file that is being read; `before` is what the store held of it when that began."""

    task: Task
    result: Future[ReadDocument]
    modified_at: datetime
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
    _stored: dict[str, _Versions] = field(default_factory=lambda: defaultdict(dict))
    _taken: dict[str, Path] = field(default_factory=dict[str, Path])

    def __post_init__(self) -> None:
        if self.sharing is None:
            found = self.store.versions(self.collection, groups=self.seen)
            for identity, versions in found.items():
                self._stored[versions.source][identity] = versions

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
        identity = self._new_id(source)
        try:
            self._claim(path, source)
            content_hash, modified_at = _examine(path, source)
            known = self._look_up(source)
        except UnreadableFile as error:
            return FileReport(source, "failed", identity, reason=str(error))
        before = None
        if known:
            identity, before = known
            if before.are(content_hash, groups=self._groups(before)):
                self._keep(path, identity, content_hash)
                return FileReport(source, "unchanged", identity)
        task = Task(str(path), identity, self.collection, source, content_hash)
        return _Pending(task, self.readers.submit(task), modified_at, before)

    def _new_id(self, source: str) -> str:
        return document_id(self.collection, source) if self.seen is None else uuid4().hex

    def _groups(self, before: StoredVersions | None) -> frozenset[str]:
        """Who may see a document of which there is that already."""
        if self.groups is not None:
            return self.groups
        return before.groups if before else frozenset[str]()

    def _claim(self, path: Path, source: str) -> None:
        other = self._taken.setdefault(source, path)
        if other != path:
            raise UnreadableFile(
                f"{source}: {str(path)!r} and {str(other)!r} would be the same document; give the "
                "folder that holds both, or use two collections."
            )

    def _look_up(self, source: str) -> tuple[str, StoredVersions] | None:
        """The document of that name; where others write too, as it is now and not at the start.

        Raises:
            UnreadableFile: there are several, and it is not clear which of them is meant.
        """
        if self.sharing is None:
            found = self._stored[stored_source(source)]
        else:
            found = self.store.versions(self.collection, source=source, groups=self.seen)
        meant = found if len(found) < 2 else self._meant(found, source)
        return next(iter(meant.items()), None)

    def _meant(self, found: _Versions, source: str) -> _Versions:
        """Of several documents that came from people who did not see each other's, the one."""
        given = self.groups
        own = document_id(self.collection, source) if self.seen is None else ""
        choices: list[Callable[[str, StoredVersions], bool]] = [
            lambda _, each: each.groups == given,
            lambda _, each: given is not None and frozenset() < each.groups < given,
            lambda identity, _: identity == own,
        ]
        for choice in choices:
            chosen = {id_: each for id_, each in found.items() if choice(id_, each)}
            if len(chosen) == 1:
                return chosen
        whose = sorted(", ".join(map(repr, sorted(each.groups))) for each in found.values())
        raise UnreadableFile(
            f"{source}: {len(found)} documents have this name, for {' and for '.join(whose)}; name "
            "the groups of the one that is meant, or delete the others."
        )

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
                return self._write(file, read)
        except BadInput as error:
            said = str(error) if isinstance(error, UnreadableFile) else f"{task.source}: {error}"
            return FileReport(task.source, "failed", task.document_id, reason=said)

    def _write(self, file: _Pending, read: ReadDocument) -> FileReport:
        task = file.task
        identity, before = task.document_id, file.before
        if self.sharing:
            identity, before = self._look_up(task.source) or (identity, None)
        document = Document(
            id=identity,
            collection=self.collection,
            source=task.source,
            title=read.title,
            content_hash=task.content_hash,
            passages=len(read.passages),
            ingested_at=datetime.now(UTC),
            modified_at=file.modified_at,
            language=read.language,
            groups=self._groups(before),
        )
        # The file comes first and an older one goes last, as with the passages.
        self._keep(Path(task.path), document.id, document.content_hash)
        passages = [_within(document, passage) for passage in read.passages]
        self.store.write(document, passages, terms=read.terms, is_new=before is None)
        if self.originals and before:
            self.originals.forget(document.id, but=document.content_hash)
        outcome = "replaced" if before else "added"
        return FileReport(task.source, outcome, document.id, len(passages), read.note)

    def _keep(self, path: Path, identity: str, content_hash: str) -> None:
        if self.originals:
            self.originals.keep(path, document_id=identity, content_hash=content_hash)


def _within(document: Document, passage: Passage) -> Passage:
    """A passage of a document that others may have begun while its file was read."""
    if passage.document_id == document.id:
        return passage
    id_ = passage_id(document.id, passage.content_hash, passage.ordinal)
    return replace(passage, id=id_, document_id=document.id)


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
