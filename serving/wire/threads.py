"""Conversations as a caller lists, reads and judges them."""

from datetime import datetime
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field

from serving.wire.answer import Answer, Route, Status
from serving.wire.from_tools import FromTools


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
    """The new title of a thread."""

    model_config = ConfigDict(extra="forbid")

    title: Annotated[str, Field(min_length=1, max_length=200)]


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
