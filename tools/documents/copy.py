"""Collections from one store to another, row by row as they are: nothing is read or embedded again."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from tools.documents.passage import Document
from tools.documents.scope import SearchScope
from tools.documents.store import DocumentStore
from tools.errors import BadInput, Unavailable, UnknownName

_ASKED = 5
"""Documents that both stores are asked about in the end."""
_FOUND_WITHIN = 10
"""Places among which a passage's own words must find it."""


@dataclass(frozen=True, slots=True)
class CopyReport:
    """The result of a copy: documents and passages of the source that the target has now.

    `copied` documents were written now, the others existed; `asked` were searched for in both
    stores.
    """

    documents: int
    passages: int
    copied: int
    asked: int


def copy(
    source: DocumentStore,
    target: DocumentStore,
    *,
    collection: str | None = None,
    on_document: Callable[[], None] = lambda: None,
) -> CopyReport:
    """Copy the documents of a collection, or of all, with their vectors and groups, and check them.

    A document that the target has completely is skipped, so an interrupted copy can be repeated;
    other documents in the target stay. `on_document` is called after each document.

    Raises:
        BadInput: source and target are one store.
        UnknownName: the source has no such collection.
        Unavailable: a store fails, or the target does not hold what was written to it.
    """
    if source.address == target.address:
        raise BadInput(f"{target.address} is the current store; name another one.")
    documents = source.documents(
        SearchScope(collections=None if collection is None else (collection,))
    )
    if not documents:
        raise UnknownName(f"There are no documents to copy in {collection or source.address!r}.")
    copied = 0
    for name in dict.fromkeys(document.collection for document in documents):
        there = target.versions(name)
        for document in (each for each in documents if each.collection == name):
            before = there.get(document.id)
            is_there = before is not None and before.are(
                document.content_hash, groups=document.groups
            )
            if not is_there:
                rows = source.rows(document.id)
                target.write_rows(document, rows, is_new=before is None)
                copied += 1
            on_document()
    if copied:
        target.flush()
    passages = _count(documents, target)
    return CopyReport(len(documents), passages, copied, _ask(documents, source, target))


def _count(documents: Sequence[Document], target: DocumentStore) -> int:
    """How many passages of the documents the target holds, which has to be all of them."""
    for name in dict.fromkeys(document.collection for document in documents):
        there = target.versions(name)
        for document in (each for each in documents if each.collection == name):
            found = there.get(document.id)
            if not found or not found.are(document.content_hash, groups=document.groups):
                raise Unavailable(
                    f"{target.address} does not hold all of {document.source!r} after the copy; "
                    "run it again."
                )
    return sum(document.passages for document in documents)


def _ask(documents: Sequence[Document], source: DocumentStore, target: DocumentStore) -> int:
    """Search for some documents in the words of their first passages, in both stores."""
    chosen = documents[:: max(1, len(documents) // _ASKED)][:_ASKED]
    for document in chosen:
        first = source.passages(document.id)[0]
        scope = SearchScope(collections=(document.collection,))
        in_source, in_target = (
            first.id
            in {
                hit.passage.id for hit in store.search(first.text, scope=scope, limit=_FOUND_WITHIN)
            }
            for store in (source, target)
        )
        if in_source and not in_target:
            raise Unavailable(
                f"{target.address} does not find {document.source!r} by its own words, as "
                f"{source.address} does; its search index may not be ready. Run the copy again."
            )
    return len(chosen)
