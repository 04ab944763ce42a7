"""Questions that a person keeps, to ask again or to share."""

from datetime import datetime
from typing import Annotated

from pydantic import AfterValidator, BaseModel, ConfigDict, Field

from serving.wire.from_tools import FromTools
from serving.wire.question import MAX_QUESTION, well_written

Text = Annotated[str, Field(max_length=MAX_QUESTION, pattern=r"\S"), AfterValidator(well_written)]


class QuestionToSave(BaseModel):
    """A question to keep."""

    model_config = ConfigDict(extra="forbid")

    question: Text


class SavedQuestion(FromTools):
    """A question of the caller's; its `id` is what a link shares."""

    id: str
    question: str
    saved_at: datetime


class SavedQuestions(BaseModel):
    """The caller's questions, the latest first."""

    questions: list[SavedQuestion]


class SharedQuestion(FromTools):
    """The question behind a link, without whose it is."""

    id: str
    question: str
