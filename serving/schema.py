"""What travels on the wire: one question in, typed events and one answer out."""

from datetime import datetime
from typing import Annotated, Any, Literal, Self

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, field_validator, model_validator
from pydantic.json_schema import SkipJsonSchema
from pydantic_core import PydanticCustomError

Mode = Literal["auto", "chat", "sql", "documents"]
Status = Literal["answered", "declined", "needs_approval", "unverified"]
Route = Literal["sql", "documents", "both", "chat"]

MAX_QUESTION = 8_000
"""Characters; far above any question, far below what would stall a model."""


def _not_empty(question: str) -> None:
    if not question.strip():
        raise PydanticCustomError("empty", "The question is empty; write what you want to know")


def _well_written(question: str) -> str:
    question = question.strip()
    if len(question) > MAX_QUESTION:
        raise PydanticCustomError(
            "too_long",
            "The question has {length} characters, more than the {most} that are taken; "
            "put long text into a document and ingest it",
            {"length": f"{len(question):,}", "most": f"{MAX_QUESTION:,}"},
        )
    try:
        question.encode()
    except UnicodeEncodeError as error:
        said = "The question has half of a character (a lone surrogate); send it as Unicode"
        raise PydanticCustomError("no_unicode", said) from error
    return question


# A bound outside the union is a 500 in LangServe, and a plain `X | None` blanks its playground.
Temperature = Annotated[float, Field(ge=0, le=2)] | SkipJsonSchema[None]
MaxTokens = Annotated[int, Field(ge=1, le=8192)] | SkipJsonSchema[None]
Names = list[str] | SkipJsonSchema[None]
ThreadId = Annotated[str, Field(min_length=1, max_length=128)] | SkipJsonSchema[None]


def _without_null_defaults(described: dict[str, Any]) -> None:
    """The playground fills in every default, and then finds that null is no string."""
    for field in described["properties"].values():
        if field.get("default", ...) is None:
            del field["default"]


class Decision(BaseModel):
    """What a person says to a statement that waits for approval."""

    model_config = ConfigDict(extra="forbid", json_schema_extra=_without_null_defaults)

    action: Literal["approve", "edit", "reject"]
    sql: str | SkipJsonSchema[None] = None

    @model_validator(mode="after")
    def _sql_comes_with_an_edit_alone(self) -> Self:
        if (self.action == "edit") != bool((self.sql or "").strip()):
            said = "'sql' is the statement to run instead: it comes with 'edit', and only with it"
            raise PydanticCustomError("sql", said)
        return self


class Question(BaseModel):
    """One question, and how it may be answered.

    `mode` forces a route; `use_knowledge` false keeps documents and databases out; `databases`
    and `collections` narrow what may be used, None or no name meaning all of them. A question that names a
    `thread_id` of an earlier one is a follow-up to it. With `resume`, the statements that wait on
    `thread_id` are decided on by their approvals' ids, and the turn that asked for them goes on:
    nothing else of the question counts then.
    """

    model_config = ConfigDict(extra="forbid", json_schema_extra=_without_null_defaults)

    question: Annotated[str, AfterValidator(_well_written)] = ""
    thread_id: ThreadId = None
    mode: Mode = "auto"
    use_knowledge: bool = True
    databases: Names = None
    collections: Names = None
    temperature: Temperature = None
    max_tokens: MaxTokens = None
    resume: dict[str, Decision] | SkipJsonSchema[None] = None

    @model_validator(mode="after")
    def _something_is_asked(self) -> Self:
        if not self.resume:
            _not_empty(self.question)
        elif self.thread_id is None:
            said = "A resume needs the 'thread_id' of the answer that asked for the approval"
            raise PydanticCustomError("no_thread", said)
        return self

    @field_validator("databases", "collections")
    @classmethod
    def _no_name_is_no_choice(cls, names: list[str] | None) -> list[str] | None:
        return names or None  # a form that nobody filled in sends an empty list


class Citation(BaseModel):
    """A passage that the answer may cite as `[number]`; `text` stands in the document as it is."""

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


class Query(BaseModel):
    """A statement that ran, with its rows, cited as `[number]`.

    Cells are JSON: a decimal is a string of its exact digits, a date is ISO 8601, bytes are their
    size in words.
    """

    number: int
    database: str
    sql: str
    columns: list[str]
    rows: list[list[str | int | float | bool | None]]
    truncated: bool
    elapsed_s: float


class Chart(BaseModel):
    """How the rows of the query of that `number` are best seen.

    `x` is the column that names or dates the points, `series` are the columns that are measured;
    with `split_by`, every value of that column is a series. A table has none of them.
    """

    number: int
    kind: Literal["bar", "line", "pie", "table"]
    x: str | None = None
    series: list[str] = []
    split_by: str | None = None


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
        """What of which database the statement would read, in a line."""
        rows = self.estimated_rows
        expected = "unknown" if rows is None else f"about {rows:,}"
        return f"{self.database} · tables: {', '.join(self.tables) or 'none'} · rows to read: {expected}"


class Usage(BaseModel):
    """Tokens as the model servers counted them; zero where no language model was asked."""

    input_tokens: int = 0
    output_tokens: int = 0
    model_calls: int = 0


class Answer(BaseModel):
    """What came of a question, with what it rests on.

    `models` names what stood behind each part; `timings` are seconds by step, and `total`.
    `approvals` are all statements that wait, `approval` the first of them.
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
    timings: dict[str, float] = {}


class StepStarted(BaseModel):
    """A node has begun; `call` tells parallel calls of one round apart, empty outside of calls."""

    event: Literal["step_started"] = "step_started"
    step: str
    call: str = ""
    detail: str = ""


class StepFinished(BaseModel):
    """A node is done; `detail` says in words what came of it."""

    event: Literal["step_finished"] = "step_finished"
    step: str
    call: str = ""
    detail: str = ""
    seconds: float


class SqlWritten(BaseModel):
    """A statement was written; it has not passed the gate yet. `attempt` counts from 1."""

    event: Literal["sql"] = "sql"
    call: str
    database: str
    sql: str
    attempt: int


class RowsRead(BaseModel):
    """A statement ran."""

    event: Literal["rows"] = "rows"
    call: str
    query: Query


class PassagesFound(BaseModel):
    """A search came back; an empty list says that nothing was found."""

    event: Literal["passages"] = "passages"
    call: str
    query: str
    passages: list[Citation]


class Token(BaseModel):
    """The next piece of the answer's text."""

    event: Literal["token"] = "token"
    text: str


class ApprovalRequest(BaseModel):
    """The turn waits for a person."""

    event: Literal["approval_request"] = "approval_request"
    approval: Approval


class Answered(BaseModel):
    """The whole answer; nothing follows it."""

    event: Literal["answer"] = "answer"
    answer: Answer


class Failed(BaseModel):
    """The turn ended without an answer; nothing follows it. `act` says who can mend it."""

    event: Literal["error"] = "error"
    message: str
    act: Literal["you", "operator"]


Event = Annotated[
    StepStarted
    | StepFinished
    | SqlWritten
    | RowsRead
    | PassagesFound
    | Token
    | ApprovalRequest
    | Answered
    | Failed,
    Field(discriminator="event"),
]
"""What `/agent/stream` yields, one JSON object an event, told apart by `event`."""


class FromTools(BaseModel):
    """Read from the object of tools/ that has the same fields, among others."""

    model_config = ConfigDict(from_attributes=True)


class DocumentInfo(FromTools):
    """An ingested file; `content_hash` is SHA-256 of its bytes."""

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
    """A passage among its neighbours; `is_quoted` marks the one that was asked for."""

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
    """What became of one file; `is_unsupported`: it failed because its type is not read."""

    source: str
    outcome: Literal["added", "unchanged", "replaced", "failed"]
    passages: int = 0
    document_id: str = ""
    reason: str = ""
    is_unsupported: bool = False


class UploadReport(BaseModel):
    """What became of the files of one upload, in their order."""

    collection: str
    files: list[FileOutcome]


class FileTaken(BaseModel):
    """One more file of an upload is done: the `number`th of `total`."""

    event: Literal["file"] = "file"
    number: int
    total: int
    outcome: FileOutcome


class UploadFinished(BaseModel):
    """The whole upload is done; nothing follows it."""

    event: Literal["finished"] = "finished"
    report: UploadReport


UploadEvent = Annotated[FileTaken | UploadFinished | Failed, Field(discriminator="event")]
"""What `POST /documents` streams to a client that accepts `text/event-stream`."""


class ThreadInfo(FromTools):
    """A conversation of the caller's; its title is the first question unless it was renamed."""

    id: str
    title: str
    created_at: datetime
    updated_at: datetime
    turns: int


class ThreadList(BaseModel):
    """Threads, the latest first; `next` continues the list, None at its end."""

    threads: list[ThreadInfo]
    next: str | None = None


class ThreadTurn(BaseModel):
    """A question with its answer as it was given, citations and rows included."""

    question: str
    asked_at: datetime
    answer: Answer


class ThreadContent(BaseModel):
    """A conversation with its answers and their evidence, oldest first."""

    thread: ThreadInfo
    turns: list[ThreadTurn]


class ThreadTitle(BaseModel):
    """What a thread is to be called."""

    model_config = ConfigDict(extra="forbid")

    title: Annotated[str, Field(min_length=1, max_length=200)]


class ThreadDeleted(BaseModel):
    """What was deleted, as rows by table; that none is left was looked up afterwards."""

    id: str
    deleted: dict[str, int]


class Feedback(BaseModel):
    """A word on one answer, by its `answer_id`; a second one replaces the first."""

    model_config = ConfigDict(extra="forbid")

    answer_id: Annotated[str, Field(min_length=1, max_length=64)]
    rating: Literal["up", "down"]
    comment: Annotated[str, Field(max_length=4000)] = ""


class FeedbackRecord(Feedback):
    """A word on an answer with where that came from: the models by part, the evidence by id."""

    given_at: datetime
    thread_id: str
    question: str
    answer: str
    status: Status
    route: Route
    models: dict[str, str]
    evidence: list[str]


class DatabaseInfo(BaseModel):
    """A connected database; `problem` is empty where it answers.

    `golden_problems` are sentences about golden queries that are not used.
    """

    name: str
    description: str
    problem: str = ""
    golden_problems: list[str] = []


class Dependency(BaseModel):
    """A part that the service needs something of; `problem` is empty where it answers."""

    name: str
    what: str
    ready: bool
    problem: str = ""


class Readiness(BaseModel):
    """What stands behind the service, part by part; `problems` are those of model servers.

    `found` is what was found out about the chat models' servers, by their address; `dependencies`
    is every part that may fail by itself: databases, documents, threads, model servers.
    """

    ready: bool
    models: dict[str, str]
    found: dict[str, str] = {}
    problems: dict[str, str] = {}
    databases: list[DatabaseInfo]
    collections: list[str]
    dependencies: list[Dependency] = []

    def for_strangers(self) -> Self:
        """Whether it is ready and no name of anything: what a probe may know."""
        return type(self)(ready=self.ready, models={}, databases=[], collections=[])


class CallerInfo(FromTools):
    """A verified caller."""

    id: str
    groups: list[str]
    scopes: list[str]

    @field_validator("groups", "scopes", mode="before")
    @classmethod
    def _in_order(cls, names: frozenset[str]) -> list[str]:
        return sorted(names)


class Problem(BaseModel):
    """The body of every error; `act` says who can mend it."""

    error: str
    act: Literal["you", "operator"]


class UploadProblem(Problem):
    """No file of an upload could be taken in; `files` say why, one by one."""

    files: list[FileOutcome]
