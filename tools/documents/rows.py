"""A passage as a row of Milvus, and a row as a passage or a document."""

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

from tools.documents.access import access_key, groups_in
from tools.documents.fields import TEXT_FIELDS
from tools.documents.particulars.beside import told_beside
from tools.documents.passage import Document, Passage
from tools.documents.terms import index_terms

Row = Mapping[str, Any]

PARTICULARS = ["company", "period", "kind"]
_SHARED = ["document_id", "collection", "source", "title", "content_hash", *PARTICULARS]
PASSAGE_FIELDS = ["id", *_SHARED, "ordinal", "page", "section", "text"]
DOCUMENT_FIELDS = [*_SHARED, "passages", "ingested_at", "modified_at", "language", "access"]


def passage_terms(passage: Passage, *, language: str) -> str:
    """The search terms of a passage."""
    # A title weighs twice: it is short, and says what the whole document is about.
    indexed = f"{passage.title}\n{passage.title}\n{passage.section}\n{passage.text}"
    return index_terms(f"{particulars_beside(passage)}\n{indexed}", language=language)


def particulars_beside(passage: Passage) -> str:
    """The company, period and kind of a passage's document, as far as its title does not say them."""
    return told_beside(passage.title, passage.company, passage.period, passage.kind)


def particulars_of(passages: Sequence[Passage]) -> dict[str, str]:
    """The company, period and kind of a document, which each of its passages has."""
    first = next(iter(passages), None)
    return {name: getattr(first, name) for name in PARTICULARS} if first else {}


def to_row(passage: Passage, document: Document, *, terms: str) -> dict[str, Any]:
    """The Milvus row of a passage without its vector; a text too long for its field is cut."""
    row: dict[str, Any] = {name: getattr(passage, name) for name in PASSAGE_FIELDS}
    row["terms"] = terms
    row["language"] = document.language
    row["passages"] = document.passages
    row["ingested_at"] = int(document.ingested_at.timestamp())
    row["modified_at"] = int(document.modified_at.timestamp()) if document.modified_at else None
    for name, length in TEXT_FIELDS.items():
        if name in row:
            row[name] = _shorten(row[name], length)
    row["access"] = access_key(document.groups)
    return row


def stored_source(source: str) -> str:
    """A source as a row has it."""
    return _shorten(source, TEXT_FIELDS["source"])


def to_passage(row: Row) -> Passage:
    """The passage of a row that has `PASSAGE_FIELDS`."""
    return Passage(**{name: row[name] for name in PASSAGE_FIELDS})


def score_of(hit: Row) -> float:
    """The score of a search's hit."""
    # Milvus Lite gives a BM25 score as a negative distance, a server as it is.
    return abs(float(hit["distance"]))


def to_document(row: Row) -> Document:
    """The document of a row that has `DOCUMENT_FIELDS`."""
    return Document(
        id=row["document_id"],
        collection=row["collection"],
        source=row["source"],
        title=row["title"],
        content_hash=row["content_hash"],
        passages=row["passages"],
        ingested_at=_time(row["ingested_at"]),
        modified_at=None if row["modified_at"] is None else _time(row["modified_at"]),
        language=row["language"],
        groups=groups_in(row["access"]),
        **{name: row[name] for name in PARTICULARS},
    )


def _time(seconds: int) -> datetime:
    return datetime.fromtimestamp(seconds, tz=UTC)


def _shorten(text: str, length: int) -> str:
    encoded = text.encode()
    return text if len(encoded) <= length else encoded[:length].decode(errors="ignore")
