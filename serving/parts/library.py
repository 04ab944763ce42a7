"""The documents of an opened store as they travel on the wire; `ServiceClient` offers the same."""

from collections.abc import Callable, Iterable, Sequence
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass
from pathlib import Path

from serving.wire.documents import (
    ContextPassage,
    DeletedDocument,
    DocumentContent,
    DocumentInfo,
    FileOutcome,
    PassageInContext,
    PassageInfo,
)
from tools.audit import Audit, DocumentRead, NoAudit
from tools.caller import Caller
from tools.documents.access import EVERYONE
from tools.documents.ingest import FileReport, ingest
from tools.documents.originals import Originals
from tools.documents.passage import Passage
from tools.documents.readers import FileReaders
from tools.documents.same_content import KnownContent
from tools.documents.scope import SearchScope
from tools.documents.store import DocumentStore
from tools.errors import BadInput, UnknownName
from tools.sheets.store import SheetStore

NOBODY = Caller(id="nobody")
NO_AUDIT = NoAudit()


@dataclass(frozen=True, slots=True)
class DocumentLibrary:
    """Lists, shows, ingests and deletes documents. Every method may wait for the store.

    `groups` are the caller's, or None for access to all documents; hidden documents do not exist
    for the caller. `originals` keeps the files, `sheets` their tables as data; `sharing` is locked while a document changes.
    `audit` records what `caller` reads.
    """

    store: DocumentStore
    groups: frozenset[str] | None = None
    originals: Originals | None = None
    sharing: AbstractContextManager[object] | None = None
    caller: Caller = NOBODY
    audit: Audit = NO_AUDIT
    sheets: SheetStore | None = None

    def documents(self, *, collection: str | None = None) -> list[DocumentInfo]:
        """Every document, or those of one collection, by collection and source."""
        found = self.store.documents(self._scope(collection))
        tables = self._tables()
        described = (DocumentInfo.model_validate(document) for document in found)
        return [each.model_copy(update={"tables": tables.get(each.id, [])}) for each in described]

    def _tables(self) -> dict[str, list[str]]:
        """The tables that each document was loaded as."""
        found: dict[str, list[str]] = {}
        for file in self.sheets.files() if self.sheets else ():
            for table in file.tables:
                found.setdefault(table.document_id, []).append(f"{file.name}.{table.name}")
        return found

    def document(self, document_id: str) -> DocumentContent:
        """One document with its passages.

        Raises:
            UnknownName: the document does not exist.
        """
        document = self._find(document_id)
        found = self.store.passages(document_id)
        self._note(document, found)
        passages = [PassageInfo.model_validate(passage) for passage in found]
        return DocumentContent(document=document, passages=passages)

    def passage(self, document_id: str, passage_id: str, *, around: int) -> PassageInContext:
        """A passage with up to `around` passages before and after it.

        Raises:
            UnknownName: the document or the passage does not exist.
        """
        document = self._find(document_id)
        passages = self.store.passages(document_id)
        found = next((p for p in passages if p.id == passage_id), None)
        if found is None:
            raise UnknownName(
                f"There is no passage {passage_id!r} in {document.source!r}; it may have changed "
                "since it was quoted."
            )
        place = passages.index(found)
        shown = passages[max(0, place - around) : place + around + 1]
        self._note(document, shown)
        return PassageInContext(
            document=document,
            passages=[
                ContextPassage(
                    **PassageInfo.model_validate(each).model_dump(), is_quoted=each is found
                )
                for each in shown
            ],
            file=self._address(document, found.page),
        )

    def file(self, document_id: str) -> tuple[DocumentInfo, Path]:
        """A document and its file as it was ingested.

        Raises:
            UnknownName: the document does not exist, or its file was not kept.
        """
        document = self._find(document_id)
        path = self._original(document)
        if path is None:
            raise UnknownName(
                f"The file of {document.source!r} was not kept; ingest it again with "
                "DOCSQL_DOCUMENTS__KEEP_FILES=true."
            )
        self._note(document, ())
        return document, path

    def delete(self, document_id: str) -> DeletedDocument:
        """Delete a document and its file, and return its record.

        Raises:
            UnknownName: the document does not exist.
            Unavailable: a query still finds some of it.
        """
        with self.sharing or nullcontext():
            document = self._find(document_id)
            count = self.store.delete(document_id)
            if self.originals:
                self.originals.forget(document_id)
            if self.sheets:
                self.sheets.forget(document_id)
        return DeletedDocument(**document.model_dump(), deleted_passages=count)

    def ingest(
        self,
        paths: Iterable[Path],
        *,
        collection: str,
        on_file: Callable[[FileOutcome], None] = lambda _: None,
        readers: FileReaders | None = None,
        groups: frozenset[str] | None = None,
        root: str | None = None,
    ) -> list[FileOutcome]:
        """Ingest files and folders, parsed by `readers` or the default pool; failures are outcomes.

        `groups` may see them with access control; None means the caller's groups or, for a caller who
        sees all documents, keeps the groups. `root` is the folder that the files came from, if
        they lie elsewhere.

        Raises:
            BadInput: the name of the collection or of a group cannot be one, or is not theirs to
                give.
        """
        outcomes: list[FileOutcome] = []
        known = KnownContent.of(self.store.documents(self._scope(collection)))

        def note(report: FileReport) -> None:
            outcomes.append(FileOutcome.model_validate(known.told(report)))
            on_file(outcomes[-1])

        ingest(
            paths,
            store=self.store,
            collection=collection,
            on_progress=note,
            readers=readers,
            groups=self._given(groups),
            seen=self.groups,
            originals=self.originals,
            sheets=self.sheets,
            sharing=self.sharing,
            root=root,
        )
        return outcomes

    def _given(self, groups: frozenset[str] | None) -> frozenset[str] | None:
        if self.groups is None:
            return groups
        if groups is None:
            groups = self.groups - {EVERYONE}
        if not groups:
            raise BadInput(
                "You belong to no group, so nobody would see the documents. Use the group "
                f"{EVERYONE!r}."
            )
        if foreign := groups - self.groups:
            raise BadInput(
                f"You are not a member of {', '.join(map(repr, sorted(foreign)))}. You can give "
                f"documents to {', '.join(map(repr, sorted(self.groups)))}."
            )
        return groups

    def _scope(self, collection: str | None = None) -> SearchScope:
        return SearchScope(self.groups, None if collection is None else (collection,))

    def _note(self, document: DocumentInfo, passages: Sequence[Passage]) -> None:
        """Have it written down before anything of it is shown."""
        ids = tuple(passage.id for passage in passages)
        read = DocumentRead(self.caller, document.collection, document.id, document.source, ids)
        self.audit.documents([read])

    def _find(self, document_id: str) -> DocumentInfo:
        for document in self.store.documents(self._scope(), document_id=document_id):
            return DocumentInfo.model_validate(document)
        raise UnknownName(
            f"There is no document {document_id!r}. `docsql documents list` shows the ids."
        )

    def _original(self, document: DocumentInfo) -> Path | None:
        if self.originals is None:
            return None
        return self.originals.find(document_id=document.id, content_hash=document.content_hash)

    def _address(self, document: DocumentInfo, page: int | None) -> str:
        if self._original(document) is None:
            return ""
        at = f"#page={page}" if page and document.source.lower().endswith(".pdf") else ""
        return f"/documents/{document.id}/file{at}"
