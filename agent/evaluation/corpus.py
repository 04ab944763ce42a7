import hashlib
from collections.abc import Sequence
from datetime import UTC, datetime

from agent.evaluation.dataset import CorpusEntry
from tools.documents.language import detect_language
from tools.documents.passage import Document, Passage
from tools.documents.store import DocumentStore


def store_corpus(entries: Sequence[CorpusEntry], store: DocumentStore, *, collection: str) -> None:
    """Put a corpus into an empty store, a passage an entry whose `source` is the entry's id.

    One document holds them all: what is measured is the search, not the keeping of documents.
    """
    digest = hashlib.sha256("\0".join(entry.id for entry in entries).encode()).hexdigest()
    document = Document(
        id=digest[:32],
        collection=collection,
        source="corpus",
        title="corpus",
        content_hash=digest,
        passages=len(entries),
        ingested_at=datetime.now(UTC),
        language=detect_language("\n".join(entry.text for entry in entries)),
    )
    passages = [_passage(entry, document, ordinal) for ordinal, entry in enumerate(entries)]
    store.write(document, passages, is_new=True)
    store.flush()


def _passage(entry: CorpusEntry, document: Document, ordinal: int) -> Passage:
    return Passage(
        id=hashlib.sha256(f"{document.id}{ordinal}".encode()).hexdigest()[:32],
        document_id=document.id,
        collection=document.collection,
        source=entry.id,
        title=entry.title,
        content_hash=document.content_hash,
        ordinal=ordinal,
        page=None,
        section="",
        text=entry.text,
    )
