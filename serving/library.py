"""The documents of an opened store as they travel on the wire; `ServiceClient` offers the same."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from pathlib import Path

from serving.schema import DocumentContent, DocumentInfo, FileOutcome, PassageInfo
from tools.documents.access import EVERYONE
from tools.documents.ingest import FileReport, ingest
from tools.documents.readers import Readers
from tools.documents.scope import Scope
from tools.documents.store import DocumentStore
from tools.errors import BadInput, UnknownName


@dataclass(frozen=True, slots=True)
class Library:
    """Lists, shows, takes in and forgets documents. Every method may wait for the store.

    `groups` are those of whoever it is opened for, None where every document is theirs to see:
    what somebody may not see is not there for them.
    """

    store: DocumentStore
    groups: frozenset[str] | None = None

    def documents(self) -> list[DocumentInfo]:
        """Every document, by collection and source."""
        found = self.store.documents(Scope(self.groups))
        return [DocumentInfo.model_validate(document) for document in found]

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
        readers: Readers | None = None,
        groups: frozenset[str] | None = None,
    ) -> list[FileOutcome]:
        """Take files and folders in, read by `readers` or as usual; a failure is said in its outcome.

        `groups` may see them where access control is on; None stands for the groups of whoever the
        library is opened for or, where every document is theirs to see, leaves groups as they are.

        Raises:
            BadInput: the name of the collection or of a group cannot be one, or is not theirs to
                give.
        """
        outcomes: list[FileOutcome] = []

        def note(report: FileReport) -> None:
            outcomes.append(FileOutcome.model_validate(report))
            on_file(outcomes[-1])

        ingest(
            paths,
            store=self.store,
            collection=collection,
            on_progress=note,
            readers=readers,
            groups=self._given(groups),
            seen=self.groups,
        )
        return outcomes

    def _given(self, groups: frozenset[str] | None) -> frozenset[str] | None:
        if self.groups is None:
            return groups
        if groups is None:
            groups = self.groups - {EVERYONE}
        if not groups:
            raise BadInput(
                f"You are in no group, so nobody would see the documents; name {EVERYONE!r}."
            )
        if foreign := groups - self.groups:
            raise BadInput(
                f"You are not in {', '.join(map(repr, sorted(foreign)))}; documents can be given to "
                f"{', '.join(map(repr, sorted(self.groups)))}."
            )
        return groups

    def _find(self, document_id: str) -> DocumentInfo:
        for document in self.documents():
            if document.id == document_id:
                return document
        raise UnknownName(
            f"There is no document {document_id!r}; `docsql documents list` shows the ids."
        )
