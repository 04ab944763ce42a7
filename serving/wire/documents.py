"""Documents, their passages, and what became of an upload."""

from datetime import datetime
from typing import Annotated, Literal

from pydantic import BaseModel, Field

from serving.wire.events import Failed
from serving.wire.from_tools import FromTools
from serving.wire.problem import Problem


class DocumentInfo(FromTools):
    """An ingested file; `content_hash` is SHA-256 of its bytes.

    `company`, `period` and `kind` are what it says of itself, empty where that is not sure.
    `tables` are those that its sheets were loaded as, each with its database: `sales_tables.prices`.
    In a list, `is_own` says that the caller uploaded it.
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
    tables: list[str] = Field(default=[])
    company: str = ""
    period: str = ""
    kind: str = ""
    is_own: bool = False


class PassageInfo(FromTools):
    """A passage of a document, in the order of the text."""

    id: str
    ordinal: int
    page: int | None
    section: str
    text: str


class DocumentContent(BaseModel):
    """A document with all of its passages."""

    document: DocumentInfo
    passages: list[PassageInfo]


class DeletedDocument(DocumentInfo):
    """A document that was deleted, with how many passages were; a query has found none left."""

    deleted_passages: int


class ContextPassage(PassageInfo):
    """A passage in context; `is_quoted` marks the requested one."""

    is_quoted: bool


class PassageInContext(BaseModel):
    """A passage with those around it, in reading order.

    `file` is the path on this service of the file itself, at the passage's page where it is a PDF;
    empty where it was not kept.
    """

    document: DocumentInfo
    passages: list[ContextPassage]
    file: str = ""


class FileOutcome(FromTools):
    """The outcome of one file; `is_unsupported`: it failed because its type is not supported.

    Links to folders, and pipes, are skipped.
    """

    source: str
    outcome: Literal["added", "unchanged", "replaced", "failed", "skipped"]
    passages: int = 0
    document_id: str = ""
    reason: str = ""
    is_unsupported: bool = False


class UploadReport(BaseModel):
    """The outcomes of an upload, in the order of its files."""

    collection: str
    files: list[FileOutcome]


class FileTaken(BaseModel):
    """One more file of an upload is done: the `number`th of `total`."""

    event: Literal["file"] = "file"
    number: int
    total: int
    outcome: FileOutcome


class UploadFinished(BaseModel):
    """The whole upload is done; the last event."""

    event: Literal["finished"] = "finished"
    report: UploadReport


UploadEvent = Annotated[FileTaken | UploadFinished | Failed, Field(discriminator="event")]
"""Events of `POST /documents` for a client that accepts `text/event-stream`."""


class UploadProblem(Problem):
    """No file of an upload could be taken in; `files` say why, one by one."""

    files: list[FileOutcome]
