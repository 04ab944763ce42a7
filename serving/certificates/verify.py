"""Checking a certificate: its signature, and what its sources say now."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, Protocol, cast

from pydantic import ValidationError

from serving.certificates.certificate import (
    Certificate,
    CertifiedAnswer,
    CertifiedPassage,
    CertifiedQuery,
    Derivation,
    digest_of_rows,
    digest_of_text,
    signed_bytes,
)
from serving.certificates.derivations import Grounds, derivations
from serving.certificates.issue import fingerprint_of
from serving.certificates.signing import is_signed
from serving.wire.answer import Citation, Query
from serving.wire.documents import DocumentContent
from serving.wire.evidence import query as on_the_wire
from tools.caller import Caller
from tools.errors import BadInput, DocsqlError, UnknownName
from tools.sql.count import count_rows
from tools.sql.run import Database
from tools.strict_json import strict_json


class Documents(Protocol):
    """Reads a document by its id."""

    def document(self, document_id: str) -> DocumentContent:
        """A document with its passages.

        Raises:
            UnknownName: there is none, or it is not the caller's to see.
        """
        ...


@dataclass(frozen=True, slots=True)
class Sources:
    """What a certificate is checked against, on behalf of `caller`.

    `documents` may be None for a certificate that names none.
    """

    databases: Mapping[str, Database]
    documents: Documents | None
    caller: Caller


@dataclass(frozen=True, slots=True)
class Verdict:
    """What became of a certificate: `changes` are one sentence each, none where all is as it was."""

    certificate: Certificate
    changes: Sequence[str] = ()


@dataclass(slots=True)
class _Now:
    """What the sources of one answer say now, and how that differs."""

    queries: list[Query] = field(default_factory=list[Query])
    passages: list[Citation] = field(default_factory=list[Citation])
    changes: list[str] = field(default_factory=list[str])


def read(text: str, *, key: str | None) -> Certificate:
    """Read a certificate and check its signature.

    `key` is the public key that it has to be signed with, in hexadecimal.

    Raises:
        BadInput: it is not a certificate, was changed, or was signed with another key.
    """
    try:
        fields = strict_json(text)
        certificate = Certificate.model_validate(fields, strict=True)
    except ValidationError as error:
        first = error.errors()[0]
        place = ".".join(map(str, first["loc"])) or "the file"
        raise BadInput(f"This is not a valid certificate: {place}: {first['msg']}.") from error
    except ValueError as error:
        raise BadInput(f"This is not a valid certificate: {error}.") from error
    if key is None:
        raise BadInput(
            "This installation has not issued any certificate. Give the issuer's public key with `--key`."
        )
    if certificate.public_key != key:
        raise BadInput(
            f"Another installation signed this, with the key {certificate.public_key}. Ask the issuer "
            "whether the key is theirs, then give it with `--key`."
        )
    content = signed_bytes(cast("dict[str, Any]", fields))
    if not is_signed(content, key=key, signature=certificate.signature):
        raise BadInput("The certificate was changed after it was issued: its signature is wrong.")
    return certificate


def compare_with_sources(certificate: Certificate, sources: Sources) -> Verdict:
    """Run the statements, read the passages and derive each number again."""
    changes: list[str] = []
    for at, answer in enumerate(certificate.answers, start=1):
        changes += [f"Answer {at}: {change}" for change in _changes(answer, sources)]
    return Verdict(certificate, changes)


def _changes(answer: CertifiedAnswer, sources: Sources) -> list[str]:
    now = _Now()
    counted = {number.number for number in answer.numbers if number.source == "rows"}
    for query in answer.queries:
        _ask_again(query, sources, now, is_counted=query.truncated and query.number in counted)
    for passage in answer.passages:
        _read_again(passage, sources, now)
    if now.changes:  # then its numbers need not be there any more
        return now.changes
    found = derivations(answer.answer, Grounds(answer.question, now.queries, now.passages))
    if list(map(_place, found)) != list(map(_place, answer.numbers)):
        return ["its numbers are derived from other places now."]
    return []


def _place(derivation: Derivation) -> Derivation:
    """No source shows whether an underived number was calculated or unsupported."""
    if derivation.source != "nothing":
        return derivation
    return derivation.model_copy(update={"source": "calculated"})


def _ask_again(certified: CertifiedQuery, sources: Sources, now: _Now, *, is_counted: bool) -> None:
    """Run the statement; where the answer tells how many rows there are in all, count them as well."""
    said = f"[{certified.number}] database {certified.database}"
    database = sources.databases.get(certified.database)
    if database is None:
        now.changes.append(f"{said} is not connected here.")
        return
    shape = fingerprint_of(certified.sql, database)
    if shape != certified.schema_fingerprint:
        now.changes.append(f"{said}: the tables that the statement reads have changed.")
    try:
        found = database.run(certified.sql, caller=sources.caller)
        if is_counted and found.truncated:
            total = count_rows(database, certified.sql, caller=sources.caller)
            found = replace(found, total_rows=total)
        result = on_the_wire(certified.number, found)
    except DocsqlError as error:
        now.changes.append(f"{said}: the statement does not run any more: {error}")
        return
    if digest_of_rows(result) != certified.rows:
        before, after = certified.row_count, len(result.rows)
        counted = f"{before} then, {after} now" if before != after else f"{after} then and now"
        now.changes.append(f"{said}: the rows have changed ({counted}).")
    now.queries.append(result)


def _read_again(certified: CertifiedPassage, sources: Sources, now: _Now) -> None:
    said = f"[{certified.number}] document {certified.source}"
    try:
        if sources.documents is None:
            raise UnknownName(certified.document_id)
        content = sources.documents.document(certified.document_id)
    except UnknownName:
        now.changes.append(f"{said} is not there any more.")
        return
    same = [
        passage
        for passage in content.passages
        if passage.id == certified.passage_id and digest_of_text(passage.text) == certified.text
    ]
    if not same:
        now.changes.append(f"{said}: the passage has changed.")
        return
    if content.document.content_hash != certified.content:
        now.changes.append(f"{said} has changed; the passage is as it was.")
    now.passages.append(
        Citation(
            number=certified.number,
            passage_id=certified.passage_id,
            document_id=certified.document_id,
            collection=content.document.collection,
            source=certified.source,
            title=certified.title,
            content_hash=certified.content,
            text=same[0].text,
            score=0.0,
        )
    )
