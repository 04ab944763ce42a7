from collections import defaultdict, deque
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Future
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from itertools import chain
from pathlib import Path

from tools.documents.access import access_key
from tools.documents.chunk import passage_id
from tools.documents.counting import check_counts
from tools.documents.folder import Outcome, files_in, hash_and_date, unread_in
from tools.documents.identity import (
    has_place,
    id_at,
    id_without_place,
    is_at,
    place_of,
    source_root,
)
from tools.documents.originals import Originals
from tools.documents.passage import Document, Passage
from tools.documents.readers import FileReaders
from tools.documents.reading import ReadDocument, ReadingTask
from tools.documents.rows import Row, particulars_of, stored_source
from tools.documents.store import DocumentStore
from tools.documents.versions import StoredVersions
from tools.errors import BadInput, UnreadableFile
from tools.sheets.store import SheetStore

_Versions = dict[str, StoredVersions]

_AHEAD = 4
"""Files that may be read, a worker, before they are written."""
_LONGEST_NAME = 128


@dataclass(frozen=True, slots=True)
class FileReport:
    """The outcome of one file.

    `reason` says why it failed or was skipped, or what was left out; `is_unsupported` says that it
    failed because its type is not supported. Skipped are links to folders, and pipes. `content_hash`
    is that of a file that was written.
    """

    source: str
    outcome: Outcome
    document_id: str
    passages: int = 0
    reason: str = ""
    is_unsupported: bool = False
    content_hash: str = ""


@dataclass(frozen=True, slots=True)
class IngestReport:
    """The outcome of every file, in the order of parsing."""

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
    readers: FileReaders | None = None,
    groups: frozenset[str] | None = None,
    seen: frozenset[str] | None = None,
    originals: Originals | None = None,
    sharing: AbstractContextManager[object] | None = None,
    root: str | None = None,
    sheets: SheetStore | None = None,
) -> IngestReport:
    """Ingest files and folders into a collection; a bad file does not stop the run.

    A document is known by its collection, the real folder that was given (`root`, if one is named,
    stands for it) and its source, its path below that folder; a file that was given counts from the
    folder it is in. It is looked for among the documents that the groups `seen` see (None: all of
    them): what others have there stays theirs, and nobody is told of it. One that an earlier version
    ingested, without its folder, becomes the first that is ingested under its source.

    A file whose content the store holds is left alone, so that an interrupted run is simply started
    again. Hidden files and what programs leave beside those they
    work on, such as Office's `~$` files, are passed over. Files are
    read by `readers`, or by child processes of the usual number and rules.
    `groups` may see the documents where access control is on; None leaves to each document those
    that it has, and a new one has none. Of several documents of one name,
    that of these groups is replaced. The files themselves are kept in `originals`, and tables that can be
    asked with statements in `sheets`. Where
    others may write to the collection at the same time, all of them pass the same lock, `sharing`.

    Raises:
        BadInput: the name of the collection or of a group cannot be one.
        Unavailable: the store or the embedding server fails; what was written stays.
    """
    if not collection.strip() or len(collection) > _LONGEST_NAME:
        raise BadInput(
            f"{collection!r} is not a valid collection name. Use 1 to {_LONGEST_NAME} characters."
        )
    access_key(groups or ())  # says what is wrong with a name before anything is read
    reports, changes, roots = list[FileReport](), store.changes, list[Path]()
    try:
        with nullcontext(readers) if readers else FileReaders() as pool:
            run = _Run(
                store=store,
                collection=collection,
                readers=pool,
                groups=groups,
                seen=seen,
                originals=originals,
                sharing=sharing,
                root=root,
                sheets=sheets,
            )
            for report in chain(run.take(_files(paths, roots)), unread(roots)):
                reports.append(report)
                if on_progress:
                    on_progress(report)
    finally:
        if store.changes != changes:
            store.flush()
    if sharing is None:  # else somebody may have deleted a document meanwhile
        check_counts(store, {r.document_id: (r.source, r.passages) for r in reports if r.passages})
    return IngestReport(collection, tuple(reports))


def _files(paths: Iterable[Path], roots: list[Path]) -> Iterator[tuple[Path, str]]:
    """The files of each path when its turn comes, as a sync fetches them; `roots` takes the paths."""
    for root in paths:
        roots.append(root)
        yield from files_in(root)


def unread(roots: Iterable[Path]) -> Iterator[FileReport]:
    """What is in folders and is no file, such as a link that leads nowhere."""
    for root in roots:
        for source, outcome, reason in unread_in(root):
            yield FileReport(source, outcome, "", reason=reason)


@dataclass(frozen=True, slots=True)
class _Pending:
    """A file that is being read; `before` is what the store held of it when that began."""

    task: ReadingTask
    result: Future[ReadDocument]
    modified_at: datetime
    before: StoredVersions | None
    place: str
    outdated: str


@dataclass(slots=True, kw_only=True)
class _Run:
    store: DocumentStore
    collection: str
    readers: FileReaders
    groups: frozenset[str] | None
    seen: frozenset[str] | None
    originals: Originals | None
    sharing: AbstractContextManager[object] | None
    root: str | None
    sheets: SheetStore | None
    _roots: dict[tuple[Path, int], str] = field(default_factory=dict[tuple[Path, int], str])
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
            place = place_of(self.collection, self._root(path, source), source)
            if not self._is_repeated(path, place):
                waiting.append(self._begin(path, source, place))
            while len(waiting) > ahead or (waiting and _is_done(waiting[0])):
                yield self._finish(waiting.popleft())
        while waiting:
            yield self._finish(waiting.popleft())

    def _root(self, path: Path, source: str) -> str:
        if self.root is not None:
            return self.root
        key = path.parent, source.count("/")
        if key not in self._roots:  # resolving asks the disk
            self._roots[key] = source_root(path, source)
        return self._roots[key]

    def _is_repeated(self, path: Path, place: str) -> bool:
        other = self._taken.get(place)
        return other is not None and other.absolute() == path.absolute()

    def _begin(self, path: Path, source: str, place: str) -> "FileReport | _Pending":
        identity = self._new_id(place)
        try:
            self._claim(path, source, place)
            content_hash, modified_at = hash_and_date(path, source)
            known = self._look_up(source, place)
        except UnreadableFile as error:
            return FileReport(source, "failed", identity, reason=str(error))
        before, outdated = None, ""
        if known:
            found, before = known
            is_same = before.are(content_hash, groups=self._groups(before))
            if is_same and (placed := self._placed(found, place)):
                self._keep(path, placed, content_hash)
                return FileReport(source, "unchanged", placed)
            identity, outdated = (found, "") if has_place(found) else (identity, found)
            self._stored[stored_source(source)].pop(outdated, None)  # no other folder's any more
        task = ReadingTask(str(path), identity, self.collection, source, content_hash)
        return _Pending(task, self.readers.submit(task), modified_at, before, place, outdated)

    def _new_id(self, place: str) -> str:
        return id_at(place, is_only=self.seen is None)

    def _placed(self, identity: str, place: str) -> str | None:
        """The id of a document that has not changed; one of an earlier version gets a new one.

        None where somebody else was quicker to give it one.
        """
        if has_place(identity):
            return identity
        with self.sharing or nullcontext():
            document = next(iter(self.store.documents(document_id=identity)), None)
            if document is None:
                return None
            placed = replace(document, id=self._new_id(place))
            rows = [_row_within(placed, row) for row in self.store.rows(identity)]
            self.store.write_rows(placed, rows, is_new=True)
            self._forget(identity)
        self._stored[stored_source(document.source)].pop(identity, None)
        return placed.id

    def _forget(self, identity: str) -> None:
        self.store.delete(identity)
        if self.originals:
            self.originals.forget(identity)
        if self.sheets:
            self.sheets.forget(identity)

    def _groups(self, before: StoredVersions | None) -> frozenset[str]:
        """The groups of a document that exists already."""
        if self.groups is not None:
            return self.groups
        return before.groups if before else frozenset[str]()

    def _claim(self, path: Path, source: str, place: str) -> None:
        other = self._taken.setdefault(place, path)
        if other != path:
            raise UnreadableFile(
                f"{source}: {str(path)!r} and {str(other)!r} would be the same document; rename one."
            )

    def _look_up(self, source: str, place: str) -> tuple[str, StoredVersions] | None:
        """The document at a place; where others write too, as it is now and not at the start.

        Raises:
            UnreadableFile: there are several, and it is not clear which of them is meant.
        """
        if self.sharing is None:
            found = self._stored[stored_source(source)]
        else:
            found = self.store.versions(self.collection, source=source, groups=self.seen)
        here = {id_: each for id_, each in found.items() if is_at(id_, place)}
        here = here or {id_: each for id_, each in found.items() if not has_place(id_)}
        meant = here if len(here) < 2 else self._meant(here, source, place)
        return next(iter(meant.items()), None)

    def _meant(self, found: _Versions, source: str, place: str) -> _Versions:
        """Of several documents that came from people who did not see each other's, the one."""
        given = self.groups
        own = (self._new_id(place), id_without_place(self.collection, source))
        choices: list[Callable[[str, StoredVersions], bool]] = [
            lambda _, each: each.groups == given,
            lambda _, each: given is not None and frozenset() < each.groups < given,
            lambda identity, _: self.seen is None and identity in own,
        ]
        for choice in choices:
            chosen = {id_: each for id_, each in found.items() if choice(id_, each)}
            if len(chosen) == 1:
                return chosen
        whose = sorted(", ".join(map(repr, sorted(each.groups))) for each in found.values())
        raise UnreadableFile(
            f"{source}: {len(found)} documents have this name, for {' and for '.join(whose)}; name "
            "the groups of the one you mean, or delete the others."
        )

    def _finish(self, file: "FileReport | _Pending") -> FileReport:
        if isinstance(file, FileReport):
            return file
        task, read = file.task, file.result.result()
        if read.reason:
            kept = " The version ingested before is kept." if file.before else ""
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
        identity, before, outdated = task.document_id, file.before, file.outdated
        if self.sharing:
            found, before = self._look_up(task.source, file.place) or ("", None)
            outdated = "" if not found or has_place(found) else found
            identity = identity if outdated else found or identity
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
            **particulars_of(read.passages),
        )
        # The file comes first and an older one goes last, as with the passages.
        self._keep(Path(task.path), document.id, document.content_hash)
        note = self._load(document, read)
        passages = [_within(document, passage) for passage in read.passages]
        self.store.write(
            document, passages, terms=read.terms, is_new=before is None or bool(outdated)
        )
        if outdated:
            self._forget(outdated)
        elif self.originals and before:
            self.originals.forget(document.id, but=document.content_hash)
        outcome = "replaced" if before else "added"
        written = FileReport(task.source, outcome, document.id, len(passages), note)
        return replace(written, content_hash=task.content_hash)

    def _load(self, document: Document, read: ReadDocument) -> str:
        """Load the tables that can be asked with statements, and say so beside what was left out."""
        if not self.sheets:
            return read.note
        names = self.sheets.put(
            read.data,
            document_id=document.id,
            collection=document.collection,
            source=document.source,
            groups=document.groups,
        )
        said = [f"{name} ({len(t.rows)} rows)" for name, t in zip(names, read.data, strict=True)]
        loaded = f"loaded as data: {', '.join(said)}" if said else ""
        return "; ".join(filter(None, (read.note, loaded)))

    def _keep(self, path: Path, identity: str, content_hash: str) -> None:
        if self.originals:
            self.originals.keep(path, document_id=identity, content_hash=content_hash)


def _within(document: Document, passage: Passage) -> Passage:
    """A passage of a document that others may have begun while its file was read."""
    if passage.document_id == document.id:
        return passage
    id_ = passage_id(document.id, passage.content_hash, passage.ordinal)
    return replace(passage, id=id_, document_id=document.id)


def _row_within(document: Document, row: Row) -> Row:
    """A row of a document under another id."""
    id_ = passage_id(document.id, row["content_hash"], row["ordinal"])
    return {**row, "id": id_, "document_id": document.id}


def _is_done(file: FileReport | _Pending) -> bool:
    return isinstance(file, FileReport) or file.result.done()
