from dataclasses import dataclass, field
from datetime import datetime


@dataclass(frozen=True, slots=True)
class Document:
    """One ingested file as the store knows it.

    A changed file keeps its `id` and gets a new `content_hash` (SHA-256 of the file's bytes,
    hexadecimal). `modified_at` is when the file
    was last changed, as far as that is known; `language` is an ISO 639 code, or empty. `groups` may see it where access control is on; with
    none, nobody does who is not in charge of the documents. `company`, `period` and `kind` are what
    it says of itself, empty where that is not sure.
    """

    id: str
    collection: str
    source: str
    title: str
    content_hash: str
    passages: int
    ingested_at: datetime
    modified_at: datetime | None = None
    language: str = ""
    groups: frozenset[str] = frozenset()
    company: str = ""
    period: str = ""
    kind: str = ""


@dataclass(frozen=True, slots=True)
class Passage:
    """A stretch of a document that can be quoted and found again.

    `ordinal` counts from 0 within the document; `page` counts from 1 where the format has pages;
    `section` is the path of headings above the text, joined with " > ", or empty. `company`, `period`
    and `kind` are the document's.
    """

    id: str
    document_id: str
    collection: str
    source: str
    title: str
    content_hash: str
    ordinal: int
    page: int | None
    section: str
    text: str
    company: str = ""
    period: str = ""
    kind: str = ""


@dataclass(frozen=True, slots=True)
class FoundPassage:
    """A passage with the score that its search gave it; higher is better, searches differ in scale.

    `similarity` is the cosine between its vector and the question's, or more than that where it was
    not among the nearest; None without a vector, or where nobody knows what the model's cosines mean.
    """

    passage: Passage
    score: float
    similarity: float | None = None

    def scored(self, score: float) -> "FoundPassage":
        """A copy with another score; cheaper than `replace`."""
        return FoundPassage(self.passage, score, self.similarity)


@dataclass(frozen=True, slots=True)
class SearchResult:
    """The passages of a search, best first; `warnings` say what it had to do without."""

    passages: list[FoundPassage]
    warnings: list[str] = field(default_factory=list[str])
