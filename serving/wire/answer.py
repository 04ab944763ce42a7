"""The answer to a question, with its evidence."""

from typing import Literal

from pydantic import BaseModel

Status = Literal["answered", "declined", "needs_approval", "unverified"]
Route = Literal["sql", "documents", "both", "chat"]

CellType = Literal[
    "integer",
    "decimal",
    "float",
    "boolean",
    "text",
    "date",
    "timestamp",
    "time",
    "interval",
    "bytes",
    "json",
    "mixed",
    "unknown",
]


class Citation(BaseModel):
    """A passage that the answer may cite as `[number]`; `text` is verbatim from the document.

    `company`, `period` and `kind` are what its document says of itself, empty where that is not sure.
    """

    number: int
    passage_id: str
    document_id: str
    collection: str
    source: str
    title: str
    content_hash: str
    page: int | None = None
    section: str = ""
    text: str
    score: float
    company: str = ""
    period: str = ""
    kind: str = ""


class UsedMetric(BaseModel):
    """A figure of a database's semantic model, with the one expression that defines it.

    `version` is that of the model as it was then, the one that `docsql model show` begins with.
    """

    name: str
    expression: str
    version: str = ""


class VerifiedBy(BaseModel):
    """The query that a person verified and whose statement was used.

    `by` and `at` say who verified it and on which day, empty where that is unknown; `filled` says
    what the question has instead of its words.
    """

    question: str
    by: str = ""
    at: str = ""
    filled: dict[str, str] = {}

    def __str__(self) -> str:
        who = ", ".join(filter(None, [f"by {self.by}" if self.by else "", self.at]))
        filled = ", ".join(f"{new} for {old}" for old, new in self.filled.items())
        said = f"verified query: {self.question}"
        return "; ".join(filter(None, [f"{said} ({who})" if who else said, filled]))


class SheetOrigin(BaseModel):
    """A document whose rows a statement reads; `sheet` is what its table is called there, if anything."""

    document_id: str
    source: str
    sheet: str = ""

    def __str__(self) -> str:
        return f"{self.source}, {self.sheet}" if self.sheet else self.source


class Query(BaseModel):
    """A statement that ran, with its rows, cited as `[number]`.

    Cells are JSON: a decimal is a string of its exact digits, a date is ISO 8601, bytes are their
    size in words, and so is a whole number from 2^53 on. `types` says what the cells of each column
    are, in the order of `columns`: `integer`, `decimal`, `float`, `boolean`, `text`, `date`,
    `timestamp`, `time`, `interval`, `bytes`, `json`, `mixed` or, where every cell is null,
    `unknown`. With `truncated`, `total_rows` are all rows that the statement has, null where
    counting them takes too long. `writer` names what wrote the statement, empty where a person
    did. `confidence`, from 0 to 1, is how likely it answers the question; null where that is
    unknown. `confirmed` is true where a second reading of the question gave the same rows, false
    where it gave others, and null where there was none to compare. `metrics` are the figures of
    the database's semantic model whose very expressions stand in the statement, whoever wrote it;
    `meanings` says, by column, what the model says of its values, written as text. `verified` is the
    query that a person verified and that this one is, with the question's own values. `origins`
    are the sheets of documents that the statement reads, where its database was loaded from them.
    """

    number: int
    database: str
    sql: str
    columns: list[str]
    types: list[CellType] = []
    rows: list[list[str | int | float | bool | None]]
    truncated: bool
    total_rows: int | None = None
    writer: str = ""
    confidence: float | None = None
    confirmed: bool | None = None
    metrics: list[UsedMetric] = []
    meanings: dict[str, dict[str, str]] = {}
    verified: VerifiedBy | None = None
    origins: list[SheetOrigin] = []
    elapsed_s: float


class Chart(BaseModel):
    """How the rows of the query of that `number` are best seen.

    `x` is the column that names or dates the points, `series` are the columns that are measured;
    with `split_by`, every value of that column is a series. A table has none of them. `instead_of` is
    what the question asked for, where that cannot be drawn.
    """

    number: int
    kind: Literal["bar", "line", "pie", "table"]
    x: str | None = None
    series: list[str] = []
    split_by: str | None = None
    instead_of: Literal["bar", "line", "pie", "chart"] | None = None


class Approval(BaseModel):
    """A statement that waits for a person; resume with its `id`.

    `explanation` is read off the statement, not written by a model. `estimated_rows` are those
    that the database expects to read, None where it cannot tell. `problem` says why an edited
    statement could not be taken; `call` is the tool call's id, as in the events.
    """

    id: str
    call: str
    database: str
    explanation: str
    sql: str
    tables: list[str]
    estimated_rows: int | None = None
    problem: str = ""

    @property
    def reach(self) -> str:
        """One line on what the statement would read."""
        rows = self.estimated_rows
        expected = "unknown" if rows is None else f"about {rows:,}"
        return f"{self.database} · tables: {', '.join(self.tables) or 'none'} · rows to read: {expected}"


class Usage(BaseModel):
    """Tokens as the model servers counted them; zero where no language model was asked.

    `estimated_tokens` is how many of them no server counted, which are estimated from the texts.
    """

    input_tokens: int = 0
    output_tokens: int = 0
    model_calls: int = 0
    estimated_tokens: int = 0


class Answer(BaseModel):
    """The answer to a question, with its evidence.

    `models` names the model behind each part; `timings` are seconds by step, and `total`.
    `suggestions` are questions that can be answered: in place of one that was declined, or as
    examples. `approvals` are all statements that wait, `approval` the first of them. `error` is why
    a question of a batch has no answer, where others of the batch have.
    """

    answer: str
    status: Status
    citations: list[Citation] = []
    queries: list[Query] = []
    charts: list[Chart] = []
    approval: Approval | None = None
    approvals: list[Approval] = []
    warnings: list[str] = []
    route: Route
    models: dict[str, str]
    usage: Usage = Usage()
    thread_id: str
    answer_id: str = ""
    suggestions: list[str] = []
    timings: dict[str, float] = {}
    error: str = ""
