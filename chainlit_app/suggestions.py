"""Questions that can be asked next: buttons below an answer, and what a click on one says."""

import chainlit as cl
from pydantic import BaseModel, ValidationError

from serving.schema import Answer

ASK = "ask"
"""The action behind every button."""


class _Suggestion(BaseModel):
    """What a button carries."""

    question: str


async def offer_questions(answer: Answer, *, message: str) -> None:
    """A button for each question that the answer offers."""
    for question in answer.suggestions:
        payload = _Suggestion(question=question).model_dump()
        button = cl.Action(name=ASK, payload=payload, label=question, icon="corner-down-right")
        await button.send(for_id=message)


def question_of_click(told: object) -> str:
    """The question of a click on a button; empty for anything else."""
    try:
        return _Suggestion.model_validate(told).question.strip()
    except ValidationError:
        return ""
