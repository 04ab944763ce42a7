"""Runs of an evaluation as they lie on the disk, with answers that are right, wrong or missing."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from serving.evaluation.case import SetCase
from serving.evaluation.folder import Described, Run, begin, open_answers, read_run
from serving.evaluation.record import Record
from serving.wire.answer import Answer, Citation, Query

RIGHT, WRONG = "42", "7"


def answer(text: str, status: str = "answered", **more: Any) -> Answer:
    given: dict[str, Any] = {"route": "sql", "models": {}, "thread_id": "x", **more}
    return Answer.model_validate({"answer": text, "status": status, **given})


def query(number: int, *cells: int, confidence: float | None = None) -> Query:
    return Query(
        number=number,
        database="shop",
        sql="SELECT 1",
        columns=["n"],
        types=["integer"],
        rows=[[cell] for cell in cells],
        truncated=False,
        elapsed_s=0.0,
        confidence=confidence,
    )


def cited(number: int, text: str, *, source: str = "faq.md", page: int | None = None) -> Citation:
    return Citation(
        number=number,
        passage_id=f"p{number}",
        document_id="d",
        collection="c",
        source=source,
        title="FAQ",
        content_hash="",
        page=page,
        text=text,
        score=1.0,
    )


def record(id_: str, fell: str, *, confidence: float | None = None) -> Record:
    """The record of a case that fell so: right, wrong, declined or failed."""
    match fell:
        case "failed":
            return Record(id=id_, error="Away.", seconds=1.0)
        case "declined":
            return Record(id=id_, answer=answer("Not found.", "declined"), seconds=1.0)
        case _:
            cell = 42 if fell == "right" else 7
            told = answer(f"{cell} [1].", queries=[query(1, cell, confidence=confidence)])
            return Record(id=id_, answer=told, seconds=1.0)


def make_run(
    folder: Path,
    fallen: Sequence[str],
    *,
    confidences: Mapping[int, float] | None = None,
    questions: str = "What is it?",
) -> Run:
    """A run in which each case fell as it is said."""
    cases = [
        SetCase(
            id=f"case {n}", kind=f"kind {n % 2}", question=questions, says=("42",), accepted=True
        )
        for n in range(len(fallen))
    ]
    described = Described(set="set.jsonl", started_at="2026-01-01", concurrency=1, identity={})
    begin(folder, described, cases, [])
    with open_answers(folder) as answers:
        for n, fell in enumerate(fallen):
            answers.add(record(f"case {n}", fell, confidence=(confidences or {}).get(n)))
    return read_run(folder)
