"""The certificate of a conversation: a readable file that this installation can verify."""

import json
from hashlib import sha256
from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field

from serving.wire.answer import Query, Status

Source = Literal["question", "cell", "rows", "column", "passage", "calculated", "nothing"]
Digest = Annotated[str, Field(pattern=r"^[0-9a-f]{64}$")]


class Strict(BaseModel):
    """A part of a certificate; unknown fields are errors."""

    model_config = ConfigDict(extra="forbid")


class Derivation(Strict):
    """Where a number of an answer comes from.

    `text` stands at `start` in the answer. `source` is the question itself; a `cell` (of `row` and
    `column` of the evidence of that `number`); how many `rows` it has; the `column`'s sum or mean
    (`how`); a `passage`; `calculated` from several of these; or `nothing` that was found.
    """

    text: str
    start: int
    source: Source
    number: int | None = None
    row: int | None = None
    column: str | None = None
    how: Literal["sum", "mean"] | None = None


class CertifiedQuery(Strict):
    """A statement that ran. `rows` is the digest of its rows, `schema` that of the tables it reads.

    `schema_fingerprint` is empty where the database could not be asked for it.
    """

    number: int
    database: str
    sql: str
    row_count: int
    truncated: bool
    rows: Digest
    schema_fingerprint: str


class CertifiedPassage(Strict):
    """A passage that was evidence; `text` is the digest of its text, `content` of its document."""

    number: int
    document_id: str
    passage_id: str
    title: str
    source: str
    page: int | None
    content: str
    text: Digest


class CertifiedAnswer(Strict):
    """One question with its answer and all of its evidence."""

    question: str
    asked_at: str
    answer: str
    status: Status
    queries: list[CertifiedQuery]
    passages: list[CertifiedPassage]
    numbers: list[Derivation]


class Certificate(Strict):
    """A conversation's answers; `signature` is Ed25519 over all other fields, both in hexadecimal."""

    version: Literal[1]
    thread: str
    issued_at: str
    answers: list[CertifiedAnswer]
    public_key: Annotated[str, Field(pattern=r"^[0-9a-f]{64}$")]
    signature: Annotated[str, Field(pattern=r"^[0-9a-f]{128}$")]


def signed_bytes(fields: dict[str, Any]) -> bytes:
    """The signed bytes: all fields except the signature, as JSON with sorted keys and no spaces."""
    kept = {name: value for name, value in fields.items() if name != "signature"}
    return json.dumps(kept, sort_keys=True, separators=(",", ":"), ensure_ascii=True).encode()


def digest_of_rows(query: Query) -> str:
    """SHA-256 of a query's columns and rows, cells as JSON.

    The rows are sorted: without ORDER BY a database may give the same ones in another order.
    """
    rows = sorted(json.dumps(row, separators=(",", ":")) for row in query.rows)
    return sha256(json.dumps([query.columns, rows], separators=(",", ":")).encode()).hexdigest()


def digest_of_text(text: str) -> str:
    """SHA-256 of a text in UTF-8."""
    return sha256(text.encode()).hexdigest()
