"""Statements that waited for a person until a later question dropped them."""

from collections.abc import Sequence

from serving.wire.answer import Answer

_DROPPED = "A later question dropped what was waiting for approval. It did not run."


def without_dropped(answers: Sequence[Answer]) -> list[Answer]:
    """A thread's answers, oldest first, of which only the last one can still wait."""
    return [*map(_settled, answers[:-1]), *answers[-1:]]


def _settled(answer: Answer) -> Answer:
    """What became of an answer once another question followed it."""
    if answer.status != "needs_approval":
        return answer
    ended: dict[str, object] = {
        "approval": None,
        "approvals": [],
        "status": "declined",
        "answer": _said(answer),
    }
    return answer.model_copy(update=ended)


def _said(answer: Answer) -> str:
    fence = "`" * (3 + sum(approval.sql.count("`") for approval in answer.approvals))
    statements = [f"{fence}sql\n{approval.sql}\n{fence}" for approval in answer.approvals]
    return "\n\n".join([_DROPPED, *statements])
