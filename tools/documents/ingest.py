import hashlib
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Literal

from tools.documents.chunk import chunk
from tools.documents.load import load
from tools.documents.passage import Document
from tools.documents.store import DocumentStore, StoredVersions
from tools.errors import BadInput, UnreadableFile

Outcome = Literal["added", "unchanged", "replaced", "failed"]

_LONGEST_NAME = 128


@dataclass(frozen=True, slots=True)
class FileReport:
    """What became of one file; a failed one has a `reason`, a sentence that names the file."""

    source: str
    outcome: Outcome
    document_id: str
    passages: int = 0
    reason: str = ""


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
) -> IngestReport:
    """Bring files, and the files of folders, into a collection; one bad file stops nothing.

    A document is known by its collection and its source, which is its path below the folder that
    was given, or its name. A file whose content the store holds is left alone, so that an
    interrupted run is simply started again. Hidden files and folders are passed over.

    Raises:
        BadInput: the collection's name is empty or too long.
        Unavailable: the store or the embedding server fails; what was written stays.
    """
    if not collection.strip() or len(collection) > _LONGEST_NAME:
        raise BadInput(
            f"{collection!r} is no name for a collection: give it 1 to {_LONGEST_NAME} characters."
        )
    run = _Run(store, collection, store.versions(collection))
    reports = list[FileReport]()
    try:
        for root in paths:
            for path, source in files_in(root):
                reports.append(run.take(path, source))
                if on_progress:
                    on_progress(reports[-1])
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
        yield root, root.name
        return
    for path in sorted(root.rglob("*")):
        relative = path.relative_to(root)
        if path.is_file() and not any(part.startswith(".") for part in relative.parts):
            yield path, relative.as_posix()


class _Run:
    def __init__(
        self, store: DocumentStore, collection: str, stored: dict[str, StoredVersions]
    ) -> None:
        self._store = store
        self._collection = collection
        self._stored = stored
        self._taken = dict[str, Path]()

    def take(self, path: Path, source: str) -> FileReport:
        identity = document_id(self._collection, source)
        try:
            self._claim(path, source)
            return self._bring(path, source, identity)
        except UnreadableFile as error:
            return FileReport(source, "failed", identity, reason=str(error))

    def _claim(self, path: Path, source: str) -> None:
        other = self._taken.setdefault(source, path)
        if other.absolute() != path.absolute():
            raise UnreadableFile(
                f"{source}: {str(path)!r} and {str(other)!r} would be the same document; give the "
                "folder that holds both, or use two collections."
            )

    def _bring(self, path: Path, source: str, identity: str) -> FileReport:
        content_hash = _hash(path)
        before = self._stored.get(identity)
        if before and before.are(content_hash):
            return FileReport(source, "unchanged", identity)
        loaded = load(path)
        passages = chunk(
            loaded,
            document_id=identity,
            collection=self._collection,
            source=source,
            content_hash=content_hash,
        )
        document = Document(
            id=identity,
            collection=self._collection,
            source=source,
            title=loaded.title,
            content_hash=content_hash,
            passages=len(passages),
            ingested_at=datetime.now(UTC),
        )
        self._store.write(document, passages, is_new=before is None)
        self._stored[identity] = StoredVersions(
            frozenset([content_hash]), frozenset([content_hash])
        )
        return FileReport(source, "replaced" if before else "added", identity, len(passages))


def _hash(path: Path) -> str:
    try:
        with path.open("rb") as file:
            return hashlib.file_digest(file, "sha256").hexdigest()
    except OSError as error:
        raise UnreadableFile(
            f"{path.name}: the file cannot be opened ({error.strerror}); check that it exists and "
            "that you may read it."
        ) from error
