"""Syncs of sources into an opened library, as `docsql sync` and `docsql ingest URL` show them."""

import shutil
from collections.abc import Callable, Generator, Iterable
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from serving.cli.command_group import console, errors
from serving.config.settings import Settings
from serving.wire.documents import FileOutcome
from serving.wire.sources import SourceReport
from tools.errors import BadInput, Unavailable

if TYPE_CHECKING:
    from serving.client import ServiceClient
    from serving.parts.library import DocumentLibrary
    from serving.parts.sources import NamedSource
    from serving.parts.sync import Ingest, OnFile
    from tools.documents.readers import FileReaders

_NO_READING = frozenset(["unchanged"])


@dataclass(frozen=True, slots=True)
class Syncs:
    """Syncs sources into an opened library, and reports at the terminal."""

    library: "DocumentLibrary | ServiceClient"
    settings: Settings
    workers: int | str
    is_shown: bool
    prune: bool = True
    allow_empty: bool = False

    def run(
        self, sources: "Iterable[NamedSource]", on_file: "OnFile" = lambda _: None
    ) -> list[SourceReport]:
        """Sync one source after the other; a failure does not stop the others."""
        reports = list[SourceReport]()
        with self._readers() as readers:
            for source in sources:
                report = self._one(source, readers, on_file)
                reports.append(report)
                if self.is_shown:
                    _print_report(report)
        return reports

    def take_urls(
        self, urls: Iterable[str], collection: str, groups: frozenset[str] | None, depth: int
    ) -> list[FileOutcome]:
        """Sync the URLs given to `docsql ingest`."""
        from serving.parts.sources import source_at

        outcomes = list[FileOutcome]()
        sources = [
            source_at(self.settings, url, collection=collection, groups=groups, depth=depth)
            for url in urls
        ]
        for report in self.run(sources, outcomes.append):
            failed = {outcome.source for outcome in outcomes if outcome.outcome == "failed"}
            outcomes += [
                FileOutcome(source=each.path, outcome="failed", reason=each.reason)
                for each in (*report.failed, *report.unsupported)
                if each.path not in failed
            ]
            outcomes += [
                FileOutcome(source=report.url, outcome="failed", reason=warning)
                for warning in report.warnings
            ]
        return outcomes

    def _one(
        self, source: "NamedSource", readers: "FileReaders | None", on_file: "OnFile"
    ) -> SourceReport:
        from serving.parts.sources import open_source
        from serving.parts.sync import SourceSync
        from tools.sources.record import SourceRecord, open_record

        try:
            with open_record(self.settings.data) as connection, _emptied(self._folder) as folder:
                record = SourceRecord(connection, f"{source.collection}\n{source.address.shown}")
                with open_source(source, record, folder) as files:
                    return SourceSync(
                        source=source,
                        files=files,
                        library=self.library,
                        ingest=self._ingest(source, readers),
                        record=record,
                        folder=folder,
                        on_file=self._noting(on_file),
                        removes=self.prune,
                        allow_empty=self.allow_empty,
                    ).run()
        except (BadInput, Unavailable) as error:
            return SourceReport(
                source=source.name,
                url=source.address.shown,
                collection=source.collection,
                warnings=[f"Nothing was changed: {error}"],
            )

    @property
    def _folder(self) -> Path:
        return self.settings.data / "arriving"

    def _noting(self, on_file: "OnFile") -> "OnFile":
        def note(outcome: FileOutcome) -> None:
            from serving.cli.terminal import print_outcome

            on_file(outcome)
            if self.is_shown and outcome.outcome not in _NO_READING:
                print_outcome(console, outcome)

        return note

    @contextmanager
    def _readers(self) -> "Generator[FileReaders | None]":
        from serving.parts.documents import open_readers
        from serving.parts.library import DocumentLibrary

        if isinstance(self.library, DocumentLibrary):
            with open_readers(self.settings, self.workers) as readers:
                yield readers
        elif isinstance(self.workers, str):
            raise BadInput(
                f"The service at {self.library.url} is running and parses files itself. Stop it to "
                f"sync with --workers {self.workers}."
            )
        else:
            yield None

    def _ingest(self, source: "NamedSource", readers: "FileReaders | None") -> "Ingest":
        from serving.parts.library import DocumentLibrary
        from tools.documents.folder import files_in

        library, root = self.library, source.address.shown

        def here(
            folders: Iterable[Path],
            groups: frozenset[str] | None,
            note: Callable[[FileOutcome], None],
        ) -> None:
            if isinstance(library, DocumentLibrary):
                library.ingest(
                    folders,
                    collection=source.collection,
                    on_file=note,
                    readers=readers,
                    groups=groups,
                    root=root,
                )
                return
            found = (file for folder in folders for file in files_in(folder))
            library.upload(
                found,
                collection=source.collection,
                groups=groups,
                on_file=note,
                root_of=lambda _path, _source: root,
            )

        return here


@contextmanager
def _emptied(folder: Path) -> Generator[Path]:
    """An empty folder for arriving files, cleared of what a killed sync left."""
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    try:
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _print_report(report: SourceReport) -> None:
    from serving.cli.terminal import without_escapes

    for moved in report.moved:
        _say(f"{'moved':>9}  {moved.before} -> {moved.path}")
    for path in report.removed:
        _say(f"{'removed':>9}  {path}")
    for path in report.withheld:
        _say(f"{'withheld':>9}  {path}")
    counts = {
        "new": report.added,
        "changed": report.changed,
        "moved": len(report.moved),
        "removed": len(report.removed),
        "unchanged": report.unchanged,
        "withheld": len(report.withheld),
        "unsupported": len(report.unsupported),
        "failed": len(report.failed),
    }
    said = ", ".join(f"{count} {what}" for what, count in counts.items() if count) or "no files"
    _say(f"{report.source}: {said}.", style="bold")
    if report.failed:
        _say("The next sync tries failed files again.")
    for warning in report.warnings:
        errors.print(
            f"docsql: {without_escapes(report.source)}: {without_escapes(warning)}",
            style="yellow",
            markup=False,
            highlight=False,
            soft_wrap=True,
        )


def _say(text: str, style: str = "default") -> None:
    from serving.cli.terminal import without_escapes

    console.print(without_escapes(text), style=style, markup=False, highlight=False, soft_wrap=True)
