"""The outcome of a case."""

from typing import Literal

from pydantic import BaseModel

from serving.wire.answer import Answer, CellType, Citation


class Record(BaseModel):
    """The answer to a case with its evidence; without an answer, `error` says why there is none.

    `found` are the passages that the searches of the turn returned, best first. `stands` says of
    each passage that is cited, by its number, whether its text stands in its document.
    """

    id: str
    answer: Answer | None = None
    error: str = ""
    found: list[Citation] = []
    stands: dict[int, bool] = {}
    seconds: float = 0.0


class Judge(BaseModel):
    """Which model judged, and what it was told."""

    model: str
    prompt: str


class Judged(BaseModel):
    """What the judge said of the answer to a case; `of` is a fingerprint of what it was shown.

    `opinion` is None where its reply could not be read.
    """

    id: str
    of: str
    opinion: Literal["right", "wrong"] | None
    reason: str
    tokens: int = 0
    seconds: float = 0.0


class Expected(BaseModel):
    """The rows that are right for a case, as each of its statements gave them."""

    id: str
    tables: list["ExpectedTable"]


class ExpectedTable(BaseModel):
    """Right rows; `order` is how their order counts, as in `agent.evaluation.rows.RowSet`."""

    columns: list[str]
    types: list[CellType] = []
    rows: list[list[str | int | float | bool | None]]
    order: list[int] | None = None
