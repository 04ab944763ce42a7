"""Conversations as a caller lists, reads and judges them."""

from datetime import datetime
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field

from serving.wire.answer import Answer, Route, Status
from serving.wire.documents import UploadReport
from serving.wire.events import TurnStep
from serving.wire.from_tools import FromTools
from serving.wire.question import MaxTokens, Mode, Names, Temperature


class ThreadInfo(FromTools):
    """A conversation of the caller's; its title is the first question unless it was renamed.

    `excerpt` is where a search found its words, if they are not all in the title.
    """

    id: str
    title: str
    created_at: datetime
    updated_at: datetime
    turns: int
    excerpt: str = ""


class ThreadList(BaseModel):
    """Threads, the latest first; `next` continues the list, None at its end."""

    threads: list[ThreadInfo]
    next: str | None = None


class ThreadSettings(BaseModel):
    """How the questions of a thread are answered, as in a question."""

    model_config = ConfigDict(extra="forbid")

    mode: Mode = "auto"
    use_knowledge: bool = True
    databases: Names = None
    collections: Names = None
    temperature: Temperature = None
    max_tokens: MaxTokens = None


class Rating(BaseModel):
    """What its reader said of an answer."""

    rating: Literal["up", "down"]
    comment: str = ""


class ThreadTurn(BaseModel):
    """A question with its answer as it was given, citations and rows included.

    `steps` led to it, in order: a search's passages have the beginnings of their texts, and a
    statement that ran has no rows, which the answer's query of the same statement has.
    """

    question: str
    asked_at: datetime
    answer: Answer
    steps: list[TurnStep] = []
    feedback: Rating | None = None


class ThreadUpload(BaseModel):
    """Files that were uploaded in a conversation, and what became of each.

    `has_question` says that they were sent with a question: that of the first turn after them.
    """

    added_at: datetime
    report: UploadReport
    has_question: bool = False


class ThreadContent(BaseModel):
    """A conversation with its answers and their evidence, oldest first.

    `unanswered` is its last question if that has no answer: it is being answered, it was stopped, or
    it broke off. With `awaits_approval`, an MCP client's call waits on it for a person's decision,
    which that client sends. `settings` are those of the last question, or those that were set since.
    """

    thread: ThreadInfo
    turns: list[ThreadTurn]
    uploads: list[ThreadUpload] = []
    unanswered: str = ""
    awaits_approval: bool = False
    settings: ThreadSettings = ThreadSettings()


class ThreadChange(BaseModel):
    """A new title of a thread, or other settings; what is left out stays."""

    model_config = ConfigDict(extra="forbid")

    title: Annotated[str, Field(max_length=200, min_length=1)] | None = None
    settings: ThreadSettings | None = None


class ThreadDeleted(BaseModel):
    """Deleted rows by table; a query confirmed that none is left."""

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
