"""The documents of an opened store as they travel on the wire; `ServiceClient` offers the same."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from pathlib import Path

from serving.schema import DocumentContent, DocumentInfo, FileOutcome, PassageInfo
from tools.documents.ingest import WORKERS, FileReport, ingest
from tools.documents.store import DocumentStore
from tools.errors import UnknownName


@dataclass(frozen=True, slots=True)
class Library:
    """Lists, shows, takes in and forgets documents. Every method may wait for the store."""

    store: DocumentStore

    def documents(self) -> list[DocumentInfo]:
        """Every document, by collection and source."""
        return [DocumentInfo.model_validate(document) for document in self.store.documents()]

    def document(self, document_id: str) -> DocumentContent:
        """One document with its passages.

        Raises:
            UnknownName: there is no document of that id.
        """
        document = self._find(document_id)
        found = self.store.passages(document_id)
        passages = [PassageInfo.model_validate(passage) for passage in found]
        return DocumentContent(document=document, passages=passages)

    def delete(self, document_id: str) -> DocumentInfo:
        """Forget a document; what it was comes back.

        Raises:
            UnknownName: there is no document of that id.
        """
        document = self._find(document_id)
        self.store.delete(document_id)
        return document

    def ingest(
        self,
        paths: Iterable[Path],
        *,
        collection: str,
        on_file: Callable[[FileOutcome], None] = lambda _: None,
        workers: int = WORKERS,
    ) -> list[FileOutcome]:
        """Take files and folders in, read by `workers` processes; a failure is said in its outcome.

        Raises:
            BadInput: the collection's name cannot be one.
        """
        outcomes: list[FileOutcome] = []

        def note(report: FileReport) -> None:
            outcomes.append(FileOutcome.model_validate(report))
            on_file(outcomes[-1])

        ingest(paths, store=self.store, collection=collection, on_progress=note, workers=workers)
        return outcomes

    def _find(self, document_id: str) -> DocumentInfo:
        for document in self.documents():
            if document.id == document_id:
                return document
        raise UnknownName(
            f"There is no document {document_id!r}; `docsql documents list` shows the ids."
        )
