"""The body of every error."""

from typing import Literal

from pydantic import BaseModel


class Problem(BaseModel):
    """The body of every error; `act` says who can fix it."""

    error: str
    act: Literal["you", "operator"]
