"""Events of `/agent/stream`, with one answer or failure at the end."""

from typing import Annotated, Literal

from pydantic import BaseModel, Field, TypeAdapter, ValidationError

from serving.wire.answer import Answer, Approval, Citation, Query


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


class Reasoning(BaseModel):
    """The next piece of what a model thinks at a step, before it replies; no part of the answer."""

    event: Literal["reasoning"] = "reasoning"
    step: str
    call: str = ""
    text: str


class Retrying(BaseModel):
    """A model server did not take a request; it is asked again in `after_s` seconds.

    `attempt` of `tries` comes next; `message` names the server.
    """

    event: Literal["retrying"] = "retrying"
    reason: Literal["overloaded", "failed"]
    message: str
    attempt: int
    tries: int
    after_s: float


class Token(BaseModel):
    """The next piece of the answer's text."""

    event: Literal["token"] = "token"
    text: str


class ApprovalRequest(BaseModel):
    """The turn waits for a person."""

    event: Literal["approval_request"] = "approval_request"
    approval: Approval


class Answered(BaseModel):
    """The whole answer; the last event."""

    event: Literal["answer"] = "answer"
    answer: Answer


class Failed(BaseModel):
    """The turn failed; the last event. `act` says who can fix it."""

    event: Literal["error"] = "error"
    message: str
    act: Literal["you", "operator"]


TurnStep = Annotated[
    StepStarted | StepFinished | SqlWritten | RowsRead | PassagesFound | Reasoning,
    Field(discriminator="event"),
]
"""A step of a turn as a thread keeps it."""

Event = Annotated[
    StepStarted
    | StepFinished
    | SqlWritten
    | RowsRead
    | PassagesFound
    | Reasoning
    | Retrying
    | Token
    | ApprovalRequest
    | Answered
    | Failed,
    Field(discriminator="event"),
]
"""An event of `/agent/stream`: a JSON object, discriminated by `event`.

Later versions may have more of them, so that a client passes over those that it does not know.
"""

_events: TypeAdapter[Event] = TypeAdapter(Event)


def event_of(told: object) -> Event | None:
    """An event as it came; None for a kind that only a later version of the service has.

    Raises:
        ValidationError: it is of a known kind, and not well formed.
    """
    try:
        return _events.validate_python(told)
    except ValidationError as error:
        if any(problem["type"] == "union_tag_invalid" for problem in error.errors()):
            return None
        raise
