"""What the graph asks of a chat model, as the embedded one works on it."""

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass

from langchain_core.messages import BaseMessage

from agent.prompting import as_notes
from agent.task import Role, task_of
from serving.models.embedded.english.length import in_one_line
from tools.documents.passage import FoundPassage
from tools.sql.cells import as_cell
from tools.sql.run import QueryResult

_MOST_ROWS = 50
"""Rows of a result that are looked at."""


@dataclass(frozen=True, slots=True)
class Rows:
    """A result as the evidence shows it; `row_count` counts the rows that are not shown as well.

    `truncated` says that a cap held further rows back, `total_rows` how many there are then;
    `of_sheets` that they were loaded from documents, whose sheets may be called anything.
    """

    number: int
    columns: tuple[str, ...]
    rows: tuple[tuple[str | int | float | bool | None, ...], ...]
    row_count: int
    truncated: bool = False
    total_rows: int | None = None
    of_sheets: bool = False


@dataclass(frozen=True, slots=True)
class Quotable:
    """A passage as the evidence shows it; `number` is what cites it.

    `similarity` is the cosine between it and the question, where that is known, `document` what
    else says which document it is from: the name of its file, and whose, of when and what it is.
    `firm` is whose it is alone.
    """

    number: int
    title: str
    section: str
    text: str
    similarity: float | None = None
    document: str = ""
    firm: str = ""

    @property
    def around(self) -> str:
        """The text with all that it stands under."""
        return "\n".join((self.title, self.section, self.document, self.text))

    @property
    def title_and_file(self) -> tuple[str, str]:
        """The same for all passages of a document."""
        return self.title, self.document


@dataclass(frozen=True, slots=True)
class Heard:
    """A conversation taken apart.

    `earlier` are the exchanges before the question, oldest first; `has_results` says that a round
    of calls has been made, whatever it found; `notes` say line by line what gave nothing.
    """

    role: Role
    question: str
    earlier: tuple[tuple[str, str], ...]
    passages: tuple[Quotable, ...]
    rows: tuple[Rows, ...]
    has_results: bool
    notes: str = ""
    search: Callable[[], Awaitable[Sequence[FoundPassage] | None]] | None = None


def hear(messages: Sequence[BaseMessage]) -> Heard:
    """What a prompt asks for, with its evidence as it is quoted."""
    task = task_of(messages)
    items = list(enumerate(task.evidence, start=1))
    return Heard(
        role=task.role,
        question=in_one_line(task.question),
        earlier=tuple((one["question"], one["answer"]) for one in task.earlier),
        passages=tuple(quotable(n, item) for n, item in items if isinstance(item, FoundPassage)),
        rows=tuple(_rows(n, item) for n, item in items if isinstance(item, QueryResult)),
        has_results=task.has_results,
        notes=as_notes(task.notes),
        search=task.search,
    )


def quotable(number: int, found: FoundPassage) -> Quotable:
    """A passage as an answer quotes it."""
    passage = found.passage
    told = (passage.source, passage.company, passage.period, passage.kind)
    document = "; ".join(filter(None, told))
    return Quotable(
        number,
        passage.title,
        passage.section,
        passage.text,
        found.similarity,
        document,
        passage.company,
    )


def _rows(number: int, result: QueryResult) -> Rows:
    return Rows(
        number,
        tuple(result.columns),
        tuple(tuple(map(as_cell, row)) for row in result.rows[:_MOST_ROWS]),
        len(result.rows),
        result.truncated,
        result.total_rows,
        bool(result.origins),
    )
