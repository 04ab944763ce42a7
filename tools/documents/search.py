import asyncio
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from difflib import get_close_matches
from functools import partial
from time import monotonic
from typing import Protocol, Self, TypeVar

from opentelemetry.trace import SpanKind

from tools.audit import Audit, DocumentRead, NoAudit
from tools.caller import Caller
from tools.documents.access import AccessControl, may_see
from tools.documents.passage import Document, FoundPassage, Passage, SearchResult
from tools.documents.quotation import drop_duplicates, join_neighbours
from tools.documents.ranking import favour
from tools.documents.reporting import as_reports_say
from tools.documents.row_names import favour_rows
from tools.documents.scope import DocumentFilter, SearchScope
from tools.documents.store import DocumentStore
from tools.documents.titles import shown_titles, with_title
from tools.embeddings import EmbeddingModel
from tools.errors import BadInput, Unavailable, UnknownName
from tools.tracing import span

_THREADS = 2
"""More searches at once make Milvus Lite slower, not faster."""
_LISTED_FOR_S = 10
"""Seconds for which a list of documents may miss what another process has written to a server;
every turn asks for it, and reading it takes as long as there are documents."""
_GROUPS_KEPT = 32
"""Sets of groups for which the list is kept."""
_CANDIDATES_PER_RESULT = 4
_FEWEST_CANDIDATES = 24
_MOST_CANDIDATES = 100

_MILVUS = {"db.system.name": "milvus", "db.operation.name": "search"}

T = TypeVar("T")


class Reranker(Protocol):
    """Judges passages against a query one by one, better than a first search can."""

    @property
    def model_id(self) -> str:
        """The name of the reranker, for answers."""
        ...

    async def rerank(self, query: str, texts: Sequence[str]) -> list[float]:
        """A score for each text, in their order; higher is better, none is negative.

        Raises:
            Unavailable: the server behind it does not answer.
            BadInput: the query is too long for its model.
        """
        ...


class Search:
    """Finds, lists and deletes documents of a store on behalf of a caller.

    The store blocks, so it works in threads of its own; `close` ends them and leaves the store
    open.
    """

    def __init__(
        self,
        store: DocumentStore,
        *,
        reranker: Reranker | None = None,
        access: AccessControl | None = None,
        audit: Audit | None = None,
    ) -> None:
        self._store = store
        self._reranker = reranker
        self._access = access or AccessControl()
        self._audit = audit or NoAudit()
        self._threads = ThreadPoolExecutor(_THREADS, thread_name_prefix="documents")
        self._listed: _Listed | None = None

    async def search(
        self,
        query: str,
        *,
        caller: Caller,
        collections: Sequence[str] | None,
        limit: int,
        wanted: DocumentFilter | None = None,
    ) -> SearchResult:
        """The best passages, best first: of those that say the same one, neighbours as one.

        Where the embedding model or the reranker gives nothing, the search goes on without it and
        says so in a warning.

        Raises:
            UnknownName: a collection does not exist, or no document is as `wanted`.
            Unavailable: the vector store does not answer.
        """
        groups = self._access.groups_of(caller)
        scope = SearchScope(groups, None if collections is None else tuple(collections))
        await self._check(scope, caller)
        if wanted and wanted != DocumentFilter():
            scope = replace(scope, documents=await self._ids(wanted, scope, caller))
        warnings = list[str]()
        model, vector = await self._embed(query, warnings)
        some = max(limit * _CANDIDATES_PER_RESULT, _FEWEST_CANDIDATES)
        candidates = max(limit, min(some, _MOST_CANDIDATES))
        words = as_reports_say(query)
        with span("search milvus", _MILVUS, kind=SpanKind.CLIENT) as traced:
            found = await self._in_thread(
                lambda: self._store.search(
                    words, scope=scope, limit=candidates, vector=vector, model=model
                )
            )
            traced.set_attribute("db.response.returned_rows", len(found))
        titles = (await self._visible(caller)).titles if found else dict[str, str]()
        found = [_titled(each, titles) for each in found] if titles else found
        ranked = await self._rerank(query, found, scope, warnings)
        kept = drop_duplicates(ranked, limit=limit)
        self._audit.documents(_reads(kept, caller))
        return SearchResult(join_neighbours(kept), warnings)

    async def documents(self, *, caller: Caller) -> list[Document]:
        """The documents that a search by this caller may return passages of.

        Those that share a title are given titles that tell them apart.
        """
        return list((await self._visible(caller)).documents)

    async def _visible(self, caller: Caller) -> "_Visible":
        """What the caller may see; several times in every turn, so it is kept by groups."""
        state = (self._store.changes, int(monotonic() / _LISTED_FOR_S))
        listed = self._listed
        if listed is None or listed.state != state:
            # Whoever writes meanwhile has moved the state on.
            read = await self._in_thread(lambda: (self._store.documents(), self._store.covers()))
            listed = self._listed = _Listed(state, *read)
        return listed.to(self._access.groups_of(caller))

    async def passages(self, document_id: str, *, caller: Caller) -> list[Passage]:
        """A document's passages in reading order.

        Raises:
            UnknownName: the document does not exist.
        """
        await self._find(document_id, caller)
        titles = (await self._visible(caller)).titles
        found = await self._in_thread(lambda: self._store.passages(document_id))
        passages = [with_title(each, titles) for each in found]
        self._audit.documents(_reads([FoundPassage(each, 0.0) for each in passages], caller))
        return passages

    async def delete(self, document_id: str, *, caller: Caller) -> int:
        """Delete a document; the number of passages it had.

        Raises:
            UnknownName: the document does not exist.
        """
        await self._find(document_id, caller)
        return await self._in_thread(lambda: self._store.delete(document_id))

    async def collections(self, *, caller: Caller) -> dict[str, int]:
        """The names of the collections with their numbers of documents."""
        return dict(Counter(each.collection for each in await self.documents(caller=caller)))

    def close(self) -> None:
        """Wait for the searches that run, and end their threads."""
        self._threads.shutdown()

    async def _in_thread(self, work: Callable[[], T]) -> T:
        return await asyncio.get_running_loop().run_in_executor(self._threads, work)

    async def _check(self, scope: SearchScope, caller: Caller) -> None:
        if not scope.collections:
            return
        known = await self.collections(caller=caller)
        for name in scope.collections:
            only = replace(scope, collections=(name,))
            # Asking the store takes as long as a search, and the list may be some seconds old.
            if name not in known and not await self._in_thread(partial(self._store.has_any, only)):
                there = ", ".join(sorted(known)) or "none"
                raise UnknownName(f"There is no collection {name!r}. Available: {there}.")

    async def _ids(
        self, wanted: DocumentFilter, scope: SearchScope, caller: Caller
    ) -> tuple[str, ...]:
        within = [
            each
            for each in await self.documents(caller=caller)
            if scope.collections is None or each.collection in scope.collections
        ]
        found = tuple(each.id for each in within if wanted.admits(each))
        if not found:
            names = [each.source for each in within]
            near = get_close_matches(wanted.file or "", names, n=3, cutoff=0.3)
            like = f"; there are: {', '.join(near)}" if near else ""
            raise UnknownName(f"No document is {_described(wanted)}{like}.")
        return found

    async def _find(self, document_id: str, caller: Caller) -> None:
        if not any(each.id == document_id for each in await self.documents(caller=caller)):
            raise UnknownName(
                f"There is no document {document_id!r}. `docsql documents list` shows the ids."
            )

    async def _embed(
        self, query: str, warnings: list[str]
    ) -> tuple[EmbeddingModel | None, list[float] | None]:
        """The model whose turn it is, and the question's vector by it."""
        if not self._store.dense.are_any:
            return None, None
        try:
            # It waits for a server, so it does not take one of the searches' threads.
            return await asyncio.to_thread(self._vector_of, query)
        except (Unavailable, BadInput) as error:
            warnings.append(f"Documents were searched by keywords only. {error}")
            return None, None

    def _vector_of(self, query: str) -> tuple[EmbeddingModel | None, list[float] | None]:
        model = self._store.embeddings
        if model is None or not self._store.may_have_vectors():
            return None, None
        return model, model.embed_query(query)

    async def _rerank(
        self, query: str, found: list[FoundPassage], scope: SearchScope, warnings: list[str]
    ) -> list[FoundPassage]:
        if not self._reranker or not found:
            return favour_rows(as_reports_say(query), found)
        texts = [each.passage.text for each in found]
        try:
            scores = await self._reranker.rerank(query, texts)
        except (Unavailable, BadInput) as error:
            warnings.append(f"The passages were not reranked. {error}")
            return found
        judged = [replace(each, score=score) for each, score in zip(found, scores, strict=True)]
        # A reranker sees a text, and not whose it is.
        weights = await self._in_thread(lambda: self._store.weigh(query, scope))
        return _favoured(sorted(judged, key=lambda each: -each.score), weights)


@dataclass(frozen=True, slots=True)
class _Visible:
    """The documents that some groups may see, and by id the titles of those that need another."""

    documents: Sequence[Document]
    titles: Mapping[str, str]

    @classmethod
    def of(cls, documents: Sequence[Document], covers: Mapping[str, str]) -> Self:
        titles = shown_titles(documents, covers)
        shown = [replace(each, title=titles.get(each.id, each.title)) for each in documents]
        return cls(shown, titles)


class _Listed:
    """All documents in a state of the store."""

    def __init__(
        self, state: tuple[int, int], documents: Sequence[Document], covers: Mapping[str, str]
    ) -> None:
        self.state = state
        self._documents = documents
        self._covers = covers
        self._shown: dict[frozenset[str] | None, _Visible] = {}

    def to(self, groups: frozenset[str] | None) -> _Visible:
        """What these groups may see; None sees everything."""
        if groups not in self._shown:
            seen = [each for each in self._documents if may_see(groups, each.groups)]
            if len(self._shown) >= _GROUPS_KEPT:
                self._shown.clear()
            self._shown[groups] = _Visible.of(seen, self._covers)
        return self._shown[groups]


def _titled(found: FoundPassage, titles: Mapping[str, str]) -> FoundPassage:
    passage = with_title(found.passage, titles)
    return found if passage is found.passage else replace(found, passage=passage)


def _favoured(found: list[FoundPassage], weights: Mapping[str, float]) -> list[FoundPassage]:
    """The passages with those of the right documents first, as far as their scores allow."""
    if not weights:
        return found
    own = {each.passage.id: weights.get(each.passage.document_id, 0.0) for each in found}
    scores = favour({each.passage.id: each.score for each in found}, own)
    favoured = [each.scored(scores[each.passage.id]) for each in found]
    return sorted(favoured, key=lambda each: -each.score)


def _reads(found: Sequence[FoundPassage], caller: Caller) -> list[DocumentRead]:
    """The passages read, by document."""
    passages = dict[tuple[str, str, str], list[str]]()
    for each in found:
        of = each.passage
        passages.setdefault((of.collection, of.document_id, of.source), []).append(of.id)
    return [DocumentRead(caller, *document, tuple(ids)) for document, ids in passages.items()]


def _described(wanted: DocumentFilter) -> str:
    parts = [
        f"named {wanted.file!r}" if wanted.file is not None else "",
        f"from {wanted.since} on" if wanted.since else "",
        f"up to {wanted.until}" if wanted.until else "",
    ]
    return " ".join(filter(None, parts))
