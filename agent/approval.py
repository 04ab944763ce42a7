"""Approval: when it is required, what the person sees, and how they can decide."""

from dataclasses import dataclass
from typing import Literal, assert_never

from tools.sql.estimate import Estimate

Action = Literal["approve", "edit", "reject"]


@dataclass(frozen=True, slots=True)
class ApprovalRule:
    """Whose statements wait for a person: nobody's, everybody's, or those that read much.

    `rows` is how many rows a statement may be thought to read without being asked about.
    """

    when: Literal["never", "always", "by_cost"] = "never"
    rows: int = 10_000

    @property
    def may_ask(self) -> bool:
        """Whether a person may be asked: what runs then is what they were shown, or could be."""
        return self.when != "never"

    def asks(self, estimate: Estimate) -> bool:
        """Whether a statement with this estimate needs approval; one without an estimate does."""
        match self.when:
            case "never":
                return False
            case "always":
                return True
            case "by_cost":
                return estimate.rows is None or estimate.rows > self.rows
            case _:
                assert_never(self.when)


UNASKED = ApprovalRule()
"""The rule of a database that names none."""


@dataclass(frozen=True, slots=True)
class Request:
    """A statement that waits for a person.

    `explanation` is made from the statement itself, never by a model; `problem` says why an edited
    one could not be taken, and is empty where there is none; `call` is the tool call's id.
    """

    call: str
    database: str
    sql: str
    explanation: str
    tables: tuple[str, ...]
    estimated_rows: int | None
    problem: str = ""


@dataclass(frozen=True, slots=True)
class ApprovalDecision:
    """A person's decision; `sql` is the edited statement, if any."""

    action: Action
    sql: str = ""


Decision = ApprovalDecision
"""The name of `ApprovalDecision` in the checkpoints of earlier versions."""
