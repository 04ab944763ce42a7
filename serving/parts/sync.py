"""Brings a source's documents up to date: the same ingestion, fed with files as they arrive."""

import hashlib
import os
import shutil
from collections import deque
from collections.abc import Callable, Iterable, Iterator, Mapping
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import suppress
from dataclasses import dataclass, field, replace
from itertools import groupby
from pathlib import Path, PurePosixPath
from typing import Protocol

from serving.parts.sources import NamedSource
from serving.wire.documents import DeletedDocument, DocumentInfo, FileOutcome
from serving.wire.sources import FailedFile, MovedFile, SourceReport
from tools.documents.identity import is_at, place_of
from tools.errors import DocsqlError, UnknownName
from tools.sources.access_rules import AccessList, groups_for, parse_access
from tools.sources.listing import Entry, Listing, NothingThere, SourceFiles
from tools.sources.plan import SyncPlan, WantedFile, plan_sync
from tools.sources.record import SourceRecord, Taken

_DOWNLOADS = 4
_MOST_FAILURES = 20
"""Failed files in a row after which the rest is left to the next sync."""

OnFile = Callable[[FileOutcome], None]
Ingest = Callable[[Iterable[Path], frozenset[str] | None, OnFile], None]
"""Takes folders of one file each, for groups, and says what became of each file."""


class Library(Protocol):
    """What a sync needs of the documents beside taking files in."""

    def documents(self, *, collection: str | None = None) -> list[DocumentInfo]:
        """The documents of a collection."""
        ...

    def delete(self, document_id: str) -> DeletedDocument:
        """Delete one."""
        ...


@dataclass(frozen=True, slots=True)
class _Arrived:
    wanted: WantedFile
    folder: Path
    content_hash: str


@dataclass(slots=True, kw_only=True)
class SourceSync:
    """One sync of a source. Each ingested file is recorded, so a killed sync can resume."""

    source: NamedSource
    files: SourceFiles
    library: Library
    ingest: Ingest
    record: SourceRecord
    folder: Path
    on_file: OnFile = lambda _: None
    removes: bool = True
    allow_empty: bool = False
    _report: SourceReport = field(init=False)
    _known: dict[str, Taken] = field(default_factory=dict[str, Taken])
    _arrived: dict[str, _Arrived] = field(default_factory=dict[str, _Arrived])
    _moved_from: dict[str, str] = field(default_factory=dict[str, str])
    _in_index: set[str] = field(default_factory=set[str])
    _in_a_row: int = 0

    def run(self) -> SourceReport:
        """Ingest new and changed files, and remove those that are gone.

        Raises:
            Unavailable: the source cannot be listed; then nothing is changed.
        """
        source = self.source
        self._report = SourceReport(
            source=source.name, url=source.address.shown, collection=source.collection
        )
        listing = self._listed()
        lists = self._access_lists(listing)
        self._look_at_index()
        plan = plan_sync(
            listing,
            self._known,
            lambda path: groups_for(path, lists, source.groups),
            documents=self._in_index,
            allow_empty=self.allow_empty,
        )
        self._note_plan(listing, plan)
        self._withhold(plan.withhold)
        self._take(plan.take)
        self._remove(plan.gone if self.removes else ())
        self._check_index()
        return self._report

    def _listed(self) -> Listing:
        try:
            return self.files.list()
        except NothingThere:
            if self.allow_empty and (any(self.record.files()) or any(self._held())):
                return Listing({})
            raise

    def _check_index(self) -> None:
        """Compare what the index holds of this source with what it should hold."""
        held = {document.id for document in self._held()}
        lacking, left = len(self._in_index - held), len(held - self._in_index)
        if lacking:
            self._report.warnings.append(
                f"Documents taken that are not in the index: {lacking}. Sync again."
            )
        if left:
            self._report.warnings.append(
                f"Documents in the index that should not be: {left}. Sync again."
            )

    def _look_at_index(self) -> None:
        """The record, completed with indexed documents that it lacks."""
        self._known = self.record.files()
        for document in self._held():
            self._in_index.add(document.id)
            known = self._known.get(document.source)
            if known is None or known.document_id != document.id:
                self._known[document.source] = Taken(
                    document.source,
                    groups=document.groups,
                    document_id=document.id,
                    content_hash=document.content_hash,
                )

    def _held(self) -> Iterator[DocumentInfo]:
        """The documents of the index that came from here."""
        collection, root = self.source.collection, self.source.address.shown
        for document in self.library.documents(collection=collection):
            if is_at(document.id, place_of(collection, root, document.source)):
                yield document

    def _access_lists(self, listing: Listing) -> Mapping[str, AccessList]:
        found = dict[str, AccessList]()
        for path, entry in listing.access.items():
            access = parse_access(self._access_content(entry))
            folder = str(PurePosixPath(path).parent)
            found["" if folder == "." else folder] = access
            if access.broken:
                self._report.warnings.append(
                    f"{path}: {access.broken}. Nobody sees the files beside and below it until it "
                    "is repaired."
                )
        return found

    def _access_content(self, entry: Entry) -> bytes:
        known = self.record.access_file(entry.path, entry.version)
        if known is not None:
            return known
        target = self.folder / "access"
        self.files.fetch(entry, target)
        self.record.keep_access_file(entry.path, entry.version, content := target.read_bytes())
        return content

    def _note_plan(self, listing: Listing, plan: SyncPlan) -> None:
        for path in plan.same:
            known = self._known[path]
            if known.reason:
                self._report.unsupported.append(FailedFile(path=path, reason=known.reason))
            else:
                self._report.unchanged += 1
        for path, reason in listing.refused.items():
            self._report.failed.append(FailedFile(path=path, reason=reason))
            self.on_file(FileOutcome(source=path, outcome="failed", reason=reason))
        if plan.kept or listing.lacking:
            self._report.warnings.append(f"{plan.kept or listing.lacking}.")
        self._moved_from = {
            self._known[path].content_hash: path
            for path in plan.gone
            if self._known[path].content_hash and self.removes
        }

    def _withhold(self, paths: Iterable[str]) -> None:
        for path in paths:
            self._let_go(path)
            self._report.withheld.append(path)

    def _remove(self, paths: Iterable[str]) -> None:
        moved = {each.before for each in self._report.moved}
        for path in paths:
            self._let_go(path)
            if path not in moved:
                self._report.removed.append(path)

    def _let_go(self, path: str) -> None:
        known = self._known.get(path)
        if known is not None and known.document_id in self._in_index:
            with suppress(UnknownName):
                self.library.delete(known.document_id)
            self._in_index.discard(known.document_id)
        self.record.forget(path)

    def _take(self, wanted: Iterable[WantedFile]) -> None:
        for groups, those in groupby(wanted, key=lambda each: each.groups):
            self.ingest(self._arriving(deque(those)), groups, self._done)

    def _arriving(self, wanted: deque[WantedFile]) -> Iterator[Path]:
        """Folders with one file each, read some ahead of those that are taken."""
        downloads = 1 if self.source.address.is_web else _DOWNLOADS
        waiting = deque[tuple[WantedFile, Future[_Arrived]]]()
        with ThreadPoolExecutor(downloads) as pool:
            while waiting or (wanted and self._in_a_row < _MOST_FAILURES):
                while wanted and len(waiting) < downloads and self._in_a_row < _MOST_FAILURES:
                    waiting.append((wanted[0], pool.submit(self._fetch, wanted.popleft())))
                arrived = self._received(*waiting.popleft())
                if arrived:
                    yield arrived.folder
        if wanted:
            self._report.warnings.append(
                f"{_MOST_FAILURES} files in a row could not be read; {len(wanted)} others are left "
                "to the next sync."
            )

    def _fetch(self, wanted: WantedFile) -> _Arrived:
        entry = wanted.entry
        name = hashlib.sha256(entry.path.encode()).hexdigest()[:16]
        target = self.folder / name / entry.path
        target.parent.mkdir(parents=True, exist_ok=True)
        self.files.fetch(entry, target)
        if entry.modified:
            changed = entry.modified.timestamp()
            os.utime(target, (changed, changed))
        with target.open("rb") as file:
            content_hash = hashlib.file_digest(file, "sha256").hexdigest()
        return _Arrived(wanted, self.folder / name, content_hash)

    def _received(self, wanted: WantedFile, result: "Future[_Arrived]") -> _Arrived | None:
        try:
            arrived = result.result()
        except DocsqlError as error:
            self._in_a_row += 1
            outcome = FileOutcome(source=wanted.entry.path, outcome="failed", reason=str(error))
            self._failed(wanted, outcome)
            return None
        self._in_a_row = 0
        self._arrived[wanted.entry.path] = arrived
        return arrived

    def _done(self, outcome: FileOutcome) -> None:
        arrived = self._arrived.pop(outcome.source)
        if outcome.outcome == "failed":
            self._failed(arrived.wanted, outcome)
        else:
            self._taken(arrived, outcome)
        shutil.rmtree(arrived.folder, ignore_errors=True)

    def _taken(self, arrived: _Arrived, outcome: FileOutcome) -> None:
        wanted, path = arrived.wanted, arrived.wanted.entry.path
        self._in_index.add(outcome.document_id)
        self.record.note(
            Taken(
                path,
                wanted.entry.version,
                wanted.groups,
                outcome.document_id,
                arrived.content_hash,
            )
        )
        self._count(arrived, outcome)
        self.on_file(outcome)

    def _count(self, arrived: _Arrived, outcome: FileOutcome) -> None:
        report, path = self._report, arrived.wanted.entry.path
        report.passages += outcome.passages
        match outcome.outcome:
            case "added" if before := self._moved_from.pop(arrived.content_hash, ""):
                report.moved.append(MovedFile(before=before, path=path))
            case "added":
                report.added += 1
            case "replaced":
                report.changed += 1
            case _:
                report.unchanged += 1

    def _failed(self, wanted: WantedFile, outcome: FileOutcome) -> None:
        """Keep the indexed version, unless somebody sees it who no longer may."""
        path, failed = wanted.entry.path, FailedFile(path=wanted.entry.path, reason=outcome.reason)
        self.on_file(outcome)
        if wanted.is_narrowed:
            self._let_go(path)
        before = wanted.before if wanted.before and not wanted.is_narrowed else Taken(path)
        if outcome.is_unsupported:
            self._report.unsupported.append(failed)
            version, groups = wanted.entry.version, wanted.groups
            self.record.note(replace(before, version=version, groups=groups, reason=failed.reason))
        else:
            self._report.failed.append(failed)
            self.record.note(replace(before, version="", reason=""))
