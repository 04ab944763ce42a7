"""A set of questions with expected answers, one JSON object per line."""

import hashlib
import re
from collections import Counter
from collections.abc import Iterable, Sequence
from math import isfinite
from pathlib import Path
from typing import Annotated, Self

from pydantic import (
    AfterValidator,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    field_validator,
    model_validator,
)

from agent.evaluation.dataset import read_lines
from agent.evaluation.rows import TOLERANCE
from serving.process.whole_file import write_whole
from serving.wire.answer import Route
from serving.wire.question import Mode, well_written
from tools.errors import BadInput
from tools.sql.cells import Cell

SHEETS = (".csv", ".xlsx")
"""The endings of spreadsheets that a set can be written as."""


def _listed(given: object) -> object:
    return [given] if isinstance(given, str) else given


def _asked(question: str) -> str:
    """The question as it can be asked.

    Raises:
        ValueError: it is empty, too long, or no Unicode.
    """
    if not (written := well_written(question)):
        raise ValueError("the question is empty")
    return written


Several = Annotated[tuple[str, ...], BeforeValidator(_listed)]
"""Texts; one alone may be written without a list."""
Asked = Annotated[str, AfterValidator(_asked)]


class Spot(BaseModel):
    """A place in a document where the answer stands: its text, its page, or the document alone.

    `source` is the document's, or the end of it.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    source: str
    page: int | None = None
    text: str = ""


class SetCase(BaseModel):
    """A question, how to ask it, and the right answer.

    `after` are the questions that come before it on its thread. `mode`, `databases` and
    `collections` narrow where the answer may come from, as in a question.

    `without` are columns that are taken away for this question, `database.table.column`: only this
    process can, and no service.

    What is right: `declined`, that it is declined; `says`, patterns that the answer all holds, its
    numbers without thousands separators; `sql`, statements of which one gives the right rows, run
    in `database` (empty: the only one); or those `rows` themselves, in their order where they are
    `ordered`; `spans`, where in the documents it stands; `reference`, the right answer in free
    words, which only a judge can compare; `routes`, the ways that are right.

    A case without a person's `accepted` is a draft: it is not asked. One that was `dropped` stays, so
    that it is not drafted again. `kind` and `group` sort it in reports, `note` is for people.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    id: Annotated[str, Field(min_length=1)]
    question: Asked
    kind: str = ""
    group: str = ""
    after: Annotated[tuple[Asked, ...], BeforeValidator(_listed)] = ()
    mode: Mode = "auto"
    databases: Several = ()
    collections: Several = ()
    without: Several = ()
    declined: bool = False
    says: Several = ()
    database: str = ""
    sql: Several = ()
    rows: tuple[tuple[Cell, ...], ...] | None = None
    ordered: bool = False
    tolerance: float = Field(default=TOLERANCE, ge=TOLERANCE, allow_inf_nan=False)
    further_columns: bool = True
    spans: tuple[Spot, ...] = ()
    reference: str = ""
    routes: tuple[Route, ...] = ()
    accepted: bool = False
    dropped: bool = False
    note: str = ""

    @field_validator("says")
    @classmethod
    def _patterns(cls, says: tuple[str, ...]) -> tuple[str, ...]:
        for pattern in says:
            try:
                re.compile(pattern)
            except re.error as error:
                raise ValueError(f"{pattern!r} is not a pattern: {error}") from error
        return says

    @field_validator("rows")
    @classmethod
    def _finite(
        cls, rows: tuple[tuple[Cell, ...], ...] | None
    ) -> tuple[tuple[Cell, ...], ...] | None:
        if any(
            isinstance(cell, float) and not isfinite(cell) for row in rows or () for cell in row
        ):
            raise ValueError("a number is not finite")
        return rows

    @model_validator(mode="after")
    def _right_is_one_thing(self) -> Self:
        if self.accepted and self.dropped:
            raise ValueError("it is both accepted and dropped")
        if self.declined and (self.says or self.has_rows or self.spans or self.reference):
            raise ValueError("a case to be declined cannot have a right answer")
        if self.sql and self.rows is not None:
            raise ValueError("give the right statement or the right rows, not both")
        if self.accepted and not (
            self.declined
            or self.says
            or self.has_rows
            or self.spans
            or self.reference
            or self.routes
        ):
            raise ValueError("it has no expected answer")
        return self

    @property
    def is_draft(self) -> bool:
        """Whether a person has yet to decide on it."""
        return not (self.accepted or self.dropped)

    @property
    def has_rows(self) -> bool:
        """Whether it has expected rows."""
        return bool(self.sql) or self.rows is not None

    @property
    def needs_judge(self) -> bool:
        """Whether only free words say what is right."""
        return bool(self.reference) and not (self.says or self.has_rows or self.spans)

    @property
    def asked(self) -> str:
        """The question as a person reads it, behind those that it refers to."""
        return " ".join((*self.after, self.question))

    @property
    def heading(self) -> str:
        """The line of a report that it counts under."""
        return self.group or self.kind or "questions"


def read_set(path: Path) -> list[SetCase]:
    """The cases of a set, drafts too.

    Raises:
        BadInput: the file cannot be read, a line is not a case, or two have one id.
    """
    if path.suffix.lower() in SHEETS:
        raise BadInput(
            f"{str(path)!r} is a spreadsheet. Bring it into a set first: "
            f"`docsql eval import {path} {path.with_suffix('.jsonl')}`."
        )
    cases = read_lines(path, SetCase)
    check_ids(cases, path)
    return cases


def check_ids(cases: Iterable[SetCase], path: Path) -> None:
    """Check that ids differ.

    Raises:
        BadInput: two cases have one id.
    """
    twice = [id_ for id_, times in Counter(case.id for case in cases).items() if times > 1]
    if twice:
        raise BadInput(f"{path}: several cases have the id {twice[0]!r}; ids must differ.")


def write_set(path: Path, cases: Iterable[SetCase]) -> None:
    """Write a set, whole or not at all.

    Raises:
        BadInput: it cannot be written.
    """
    lines = [f"{case.model_dump_json(exclude_defaults=True)}\n" for case in cases]
    try:
        write_whole(path, "".join(lines))
    except OSError as error:
        raise BadInput(f"{str(path)!r} cannot be written ({error.strerror}).") from error


def accepted(cases: Sequence[SetCase], path: Path) -> list[SetCase]:
    """The cases that a person has accepted.

    Raises:
        BadInput: there is none.
    """
    found = [case for case in cases if case.accepted]
    if not cases:
        raise BadInput(f"{str(path)!r} has no questions. `docsql eval new {path}` drafts some.")
    if not found:
        raise BadInput(
            f"No case of {str(path)!r} is accepted, and drafts are not asked. "
            f"Accept some with `docsql eval review {path}`."
        )
    return found


def digest_of(cases: Sequence[SetCase]) -> str:
    """A fingerprint of the questions and their expected answers."""
    lines = "\n".join(case.model_dump_json() for case in cases)
    return hashlib.sha256(lines.encode()).hexdigest()
