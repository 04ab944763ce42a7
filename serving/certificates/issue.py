"""Issuing a certificate of a conversation."""

import asyncio
from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path

from serving.certificates.certificate import (
    Certificate,
    CertifiedAnswer,
    CertifiedPassage,
    CertifiedQuery,
    digest_of_rows,
    digest_of_text,
    signed_bytes,
)
from serving.certificates.derivations import Grounds, derivations
from serving.certificates.signing import hexadecimal, signing_key
from serving.wire.answer import Answer, Citation, Query
from serving.wire.threads import ThreadContent, ThreadTurn
from tools.errors import DocsqlError
from tools.sql.introspect import fingerprint
from tools.sql.run import Database


async def issue(
    content: ThreadContent, databases: Mapping[str, Database], data: Path
) -> Certificate:
    """The certificate of a conversation, signed with the key in `data`.

    Raises:
        Unavailable: the key cannot be read or made.
    """
    answers = [await asyncio.to_thread(_certified, turn, databases) for turn in content.turns]
    key = await asyncio.to_thread(signing_key, data)
    fields = {
        "version": 1,
        "thread": content.thread.id,
        "issued_at": datetime.now(UTC).isoformat(timespec="seconds"),
        "answers": [answer.model_dump(mode="json") for answer in answers],
        "public_key": hexadecimal(key.public_key()),
    }
    return Certificate.model_validate({**fields, "signature": key.sign(signed_bytes(fields)).hex()})


def fingerprint_of(sql: str, database: Database | None) -> str:
    """The fingerprint of the tables that a statement reads; empty if unknown."""
    if database is None:
        return ""
    try:
        names = database.check(sql).tables
        return fingerprint(tuple(t for t in database.schema().tables if t.name in names))
    except DocsqlError:
        return ""


def grounds_of(question: str, answer: Answer) -> Grounds:
    """What an answer rests on."""
    return Grounds(question, answer.queries, answer.citations, answer.warnings)


def _certified(turn: ThreadTurn, databases: Mapping[str, Database]) -> CertifiedAnswer:
    answer = turn.answer
    return CertifiedAnswer(
        question=turn.question,
        asked_at=turn.asked_at.isoformat(),
        answer=answer.answer,
        status=answer.status,
        queries=[_query(query, databases.get(query.database)) for query in answer.queries],
        passages=list(map(_passage, answer.citations)),
        numbers=derivations(answer.answer, grounds_of(turn.question, answer)),
    )


def _query(query: Query, database: Database | None) -> CertifiedQuery:
    return CertifiedQuery(
        number=query.number,
        database=query.database,
        sql=query.sql,
        row_count=len(query.rows),
        truncated=query.truncated,
        rows=digest_of_rows(query),
        schema_fingerprint=fingerprint_of(query.sql, database),
    )


def _passage(citation: Citation) -> CertifiedPassage:
    return CertifiedPassage(
        number=citation.number,
        document_id=citation.document_id,
        passage_id=citation.passage_id,
        title=citation.title,
        source=citation.source,
        page=citation.page,
        content=citation.content_hash,
        text=digest_of_text(citation.text),
    )
