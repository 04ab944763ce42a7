"""The questions on the page: each can be asked again, or edited, and then what came of it goes."""

from collections.abc import Iterator
from typing import Any, cast

import chainlit as cl
from pydantic import BaseModel, ValidationError

from chainlit_app.compat import session
from chainlit_app.texts.table import words_for
from serving.schema import ThreadTurn

AGAIN = "again"
"""The action behind "Ask again"."""
_KEPT = "asked"


class PageQuestion(BaseModel):
    """A question: its message, its answer if it has one, and what stands below it on the page."""

    message: str
    question: str
    answer: str = ""
    pieces: list[str] = []


class _Click(BaseModel):
    message: str


def remember(message: str, question: str) -> None:
    """A question that is asked now."""
    _keep([*_asked(), PageQuestion(message=message, question=question)])


def remember_all(turns: list[ThreadTurn]) -> None:
    """The questions of an earlier conversation, as `history.py` names their messages."""
    _keep([_of_thread(turn) for turn in turns])


def answered(answer_id: str) -> None:
    """The last question has this answer."""
    if asked := [*_asked()]:
        asked[-1].answer = answer_id or asked[-1].answer
        _keep(asked)


def stands_below(piece: str | None) -> None:
    """Something on the page belongs to the last question."""
    asked = [*_asked()]
    if asked and piece:
        asked[-1].pieces.append(piece)
        _keep(asked)


async def take_back(message: str) -> str | None:
    """Take off the page what came of a question and all that was asked since.

    Gives the answer whose place the next one takes; None where the service kept none.
    """
    asked = [*_asked()]
    at = next((n for n, each in enumerate(asked) if each.message == message), len(asked))
    for each in asked[at:]:
        for piece in each.pieces:
            await session.forget_step(piece)
    _keep(asked[:at])
    if asked[at:]:
        await session.close_beside()
    return next((each.answer for each in asked[at:] if each.answer), None)


def last() -> PageQuestion | None:
    """The question that was asked last."""
    asked = [*_asked()]
    return asked[-1] if asked else None


def of_message(message: str) -> PageQuestion | None:
    """The question that this message asked."""
    return next((each for each in _asked() if each.message == message), None)


def of_answer(answer_id: str) -> PageQuestion | None:
    """The question that has this answer."""
    return next((each for each in _asked() if each.answer == answer_id), None)


def of_click(told: object) -> PageQuestion | None:
    """The question of a click on "Ask again"; None for anything else."""
    try:
        clicked = _Click.model_validate(told)
    except ValidationError:
        return None
    return next((each for each in _asked() if each.message == clicked.message), None)


async def offer_retry(asked: PageQuestion | None, *, below: str, label: str = "") -> None:
    """A button that asks the question again; a small one without a label."""
    if asked is None:
        return
    payload = _Click(message=asked.message).model_dump()
    icon, tooltip = "rotate-ccw", "" if label else words_for("button.again")
    button = cl.Action(name=AGAIN, payload=payload, icon=icon, tooltip=tooltip, label=label)
    await button.send(for_id=below)


def question_id(answer_id: str) -> str:
    """The message of a question in a restored conversation."""
    return f"{answer_id}-question"


def turn_run_id(answer_id: str) -> str:
    """The run that it began."""
    return f"{answer_id}-run"


def fold_id(answer_id: str) -> str:
    """The line over its steps."""
    return f"{answer_id}-steps"


def _of_thread(turn: ThreadTurn) -> PageQuestion:
    id_ = turn.answer.answer_id
    return PageQuestion(
        message=question_id(id_), question=turn.question, answer=id_, pieces=[turn_run_id(id_)]
    )


def _asked() -> Iterator[PageQuestion]:
    kept = cast("list[dict[str, Any]]", cl.user_session.get(_KEPT) or [])
    return map(PageQuestion.model_validate, kept)


def _keep(asked: list[PageQuestion]) -> None:
    """JSON, because Chainlit writes a session down."""
    cl.user_session.set(_KEPT, [each.model_dump() for each in asked])
