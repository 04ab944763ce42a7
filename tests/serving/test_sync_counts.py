"""What a sync says where the index does not hold what it should."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from serving.parts.sources import NamedSource
from serving.parts.sync import OnFile, SourceSync
from serving.wire.documents import DeletedDocument, DocumentInfo, FileOutcome
from tools.documents.identity import id_at, place_of
from tools.sources.address import parse_address
from tools.sources.listing import Entry, Listing
from tools.sources.record import SourceRecord, open_record

SOURCE = NamedSource("s", parse_address("s3://bucket/folder"), "c", None)


def _id(path: str) -> str:
    return id_at(place_of("c", SOURCE.address.shown, path), is_only=True)


@dataclass
class Index:
    """Documents; it may forget what it is given, and keep what it is to delete."""

    forgets: bool = False
    keeps: bool = False
    held: dict[str, str] = field(default_factory=dict[str, str])

    def documents(self, *, collection: str | None = None) -> list[DocumentInfo]:
        return [_info(id_, source) for id_, source in self.held.items()]

    def delete(self, document_id: str) -> DeletedDocument:
        source = self.held[document_id]
        if not self.keeps:
            del self.held[document_id]
        return DeletedDocument(**_info(document_id, source).model_dump(), deleted_passages=1)

    def ingest(self, folders: Iterable[Path], _: frozenset[str] | None, done: OnFile) -> None:
        for folder in folders:
            [file] = folder.iterdir()
            if not self.forgets:
                self.held[_id(file.name)] = file.name
            done(FileOutcome(source=file.name, outcome="added", document_id=_id(file.name)))


def _info(id_: str, source: str) -> DocumentInfo:
    now = datetime.now(UTC)
    values: dict[str, Any] = {"id": id_, "collection": "c", "source": source, "title": source}
    return DocumentInfo(**values, passages=1, content_hash="h", ingested_at=now, modified_at=now)


@dataclass(frozen=True)
class Files:
    there: tuple[str, ...]

    def list(self) -> Listing:
        return Listing({name: Entry(name, name, "1", 1) for name in self.there})

    def fetch(self, entry: Entry, target: Path) -> None:
        target.write_text("text", encoding="utf-8")


def _sync(index: Index, record: SourceRecord, folder: Path, *there: str) -> list[str]:
    return (
        SourceSync(
            source=SOURCE,
            files=Files(there),
            library=index,
            ingest=index.ingest,
            record=record,
            folder=folder,
            allow_empty=True,
        )
        .run()
        .warnings
    )


@pytest.mark.parametrize(
    ("forgets", "keeps", "said"),
    [
        (False, False, []),
        (True, False, ["Documents taken that are not in the index: 1. Sync again."]),
        (False, True, ["Documents in the index that should not be: 1. Sync again."]),
    ],
)
def test_the_index_is_counted_after_a_sync(
    tmp_path: Path, *, forgets: bool, keeps: bool, said: list[str]
) -> None:
    index = Index()
    with open_record(tmp_path / "data") as connection:
        record = SourceRecord(connection, "s")
        assert _sync(index, record, tmp_path, "old.txt") == []
        index.forgets, index.keeps = forgets, keeps
        assert _sync(index, record, tmp_path, "new.txt") == said
