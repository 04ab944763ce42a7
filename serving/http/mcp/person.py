"""Whoever sits at an MCP client, asked about statements that need approval."""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Protocol

from serving.http.mcp.messages import Json
from serving.wire.answer import Approval
from serving.wire.question import Decision
from tools.errors import BadInput

REJECTED = "The statement was rejected and did not run."


@dataclass(frozen=True, slots=True)
class Form:
    """A statement that waits, under an id; one that a model wrote may be edited."""

    id: str
    message: str
    may_edit: bool

    @property
    def params(self) -> Json:
        """The parameters of MCP's `elicitation/create`."""
        asked: Json = {"approve": {"type": "boolean", "title": "Run this statement?"}}
        if self.may_edit:
            said = "Leave it empty to run the statement as it is."
            asked["sql"] = {"type": "string", "title": "Run this instead", "description": said}
        schema = {"type": "object", "properties": asked, "required": ["approve"]}
        return {"message": self.message, "requestedSchema": schema}


@dataclass(frozen=True, slots=True)
class Wait:
    """A call that waits for a person; its name is empty where the request says all of it again."""

    forms: Sequence[Form]
    database: str
    call: str = ""


class Person(Protocol):
    """Decides on statements; `goes_on` names the call that an earlier request began."""

    @property
    def goes_on(self) -> str:
        """The name of the call that waits, or nothing."""
        ...

    async def decide(self, wait: Wait) -> dict[str, Any]:
        """The results of MCP's elicitation, by form.

        Raises:
            BadInput: nobody can be asked, or nobody answered.
            InputRequired: the client has to send the request again, with the answers.
        """
        ...


class InputRequired(Exception):  # no fault
    """The request ends with forms, and goes on with their answers in another one."""

    def __init__(self, wait: Wait) -> None:
        super().__init__(wait.call)
        self.wait = wait


@dataclass(frozen=True, slots=True)
class Nobody:
    """A client that cannot ask anybody."""

    goes_on: str = ""

    async def decide(self, wait: Wait) -> dict[str, Any]:
        raise BadInput(
            f"Statements on {wait.database!r} need a person's approval, which this client cannot ask "
            "for. Use a client that supports elicitation, the chat page or /agent."
        )


@dataclass(frozen=True, slots=True)
class OnRetry:
    """A client that ends the request, asks, and sends it again with the answers."""

    goes_on: str
    answers: Json

    async def decide(self, wait: Wait) -> dict[str, Any]:
        if any(form.id not in self.answers for form in wait.forms):
            raise InputRequired(wait)
        return {form.id: self.answers.pop(form.id) for form in wait.forms}


def can_ask(capabilities: object) -> bool:
    """Whether a client that declares this can show somebody a form."""
    if not isinstance(capabilities, dict):
        return False
    asks: object = capabilities.get("elicitation")  # pyright: ignore[reportUnknownVariableType]
    return isinstance(asks, dict) and (not asks or "form" in asks)


def form_of(approval: Approval) -> Form:
    """A statement that was written for a question."""
    problem = f"{approval.problem}\n\n" if approval.problem else ""
    said = f"{problem}{approval.explanation}\n\n{approval.sql}\n\n{approval.reach}"
    return Form(approval.id, said, may_edit=True)


def form_for(sql: str, database: str, reach: str) -> Form:
    """A statement that a client sent; the answer counts for this very statement."""
    shown = f"{sql}\n\n{reach}"
    id_ = hashlib.sha256(f"{database}\n{sql}".encode()).hexdigest()[:32]
    return Form(id_, shown, may_edit=False)


def decision_in(answer: object) -> Decision:
    """What a person said in a form; whoever sends it away rejects.

    Raises:
        BadInput: the form was closed without a word, or filled in wrongly.
    """
    match answer:
        case {"action": "accept", "content": {"approve": True, "sql": str(sql)}} if sql.strip():
            return Decision(action="edit", sql=sql)
        case {"action": "accept", "content": {"approve": True}}:
            return Decision(action="approve")
        case {"action": "accept", "content": {"approve": False}} | {"action": "decline"}:
            return Decision(action="reject")
        case {"action": "cancel"}:
            raise BadInput("Nobody decided on the statement, so it did not run.")
        case _:
            raise BadInput("The answer to the form needs `approve`, which is true or false.")
