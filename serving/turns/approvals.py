"""Statements that wait for a person, between the graph that stopped and the wire."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any, cast

from langchain_core.runnables import RunnableConfig
from langgraph.types import Command, Interrupt

from agent.approval import ApprovalDecision, Request
from agent.graph import Machine
from serving.wire import question
from serving.wire.answer import Approval
from tools.errors import UnknownName

Waiting = dict[str, Approval]
"""Approvals by id, in the order of their calls."""
DROPPED = "This question dropped the statement that was waiting for approval in this conversation."


async def waiting_on(graph: Machine, config: RunnableConfig) -> Waiting:
    """The statements that wait for approval on a thread."""
    state = await graph.aget_state(config)
    return waiting_in(state.interrupts)


def waiting_in(interrupts: Iterable[Interrupt[Any]]) -> Waiting:
    """The graph's interrupts, as shown to a person."""
    return {each.id: _approval(each.id, cast("Request", each.value)) for each in interrupts}


def resume_command(
    resume: Mapping[str, question.Decision], waiting: Mapping[str, Approval]
) -> Command[Any]:
    """The command that resumes the stopped branches; undecided approvals keep waiting.

    Raises:
        UnknownName: nothing waits under one of the ids on the caller's thread.
    """
    for id_ in resume:
        if id_ not in waiting:
            raise UnknownName(_unknown(id_, waiting))
    decided = {id_: ApprovalDecision(said.action, said.sql or "") for id_, said in resume.items()}
    return Command(resume=decided)


def approval_text(approvals: Sequence[Approval]) -> str:
    """The text of an answer that waits for approval, for clients that show only text."""
    count = "A statement waits" if len(approvals) == 1 else f"{len(approvals)} statements wait"
    return "\n\n".join([f"{count} for approval before anything runs.", *map(_told, approvals)])


def _told(approval: Approval) -> str:
    fence = "`" * (3 + approval.sql.count("`"))
    return f"{approval.explanation}\n\n{fence}sql\n{approval.sql}\n{fence}"


def _approval(id_: str, request: Request) -> Approval:
    return Approval(
        id=id_,
        call=request.call,
        database=request.database,
        explanation=request.explanation,
        sql=request.sql,
        tables=list(request.tables),
        estimated_rows=request.estimated_rows,
        problem=request.problem,
    )


def _unknown(id_: str, waiting: Mapping[str, Approval]) -> str:
    if not waiting:
        return (
            f"No statement waits for approval {id_!r} on this thread: it was decided on, or a later "
            "question dropped it. Ask the question again."
        )
    return f"No statement waits for approval {id_!r} on this thread; waiting: {', '.join(waiting)}."
