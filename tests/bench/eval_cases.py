"""Questions with what is right, and the verdict on what came of them."""

import re
from collections.abc import Sequence
from pathlib import Path
from typing import Literal, TypeVar

from pydantic import BaseModel, ConfigDict

from agent.evaluation.dataset import read_lines

Verdict = Literal["right", "right, unverified", "wrong", "unverified", "declined", "failed"]
VERDICTS: tuple[Verdict, ...] = (
    "right",
    "right, unverified",
    "wrong",
    "unverified",
    "declined",
    "failed",
)
SAMPLE = Path(__file__).parents[1] / "fixtures" / "evals" / "sample.jsonl"

THOUSANDS = re.compile(r"(?<=\d)[,\u202f](?=\d{3}\b)")
Item = TypeVar("Item")
CITED = re.compile(r"\[\d+\]")


class SampleCase(BaseModel):
    """A question about the sample; `after` are those asked before it in its thread.

    `expect` are patterns that a right answer all holds, numbers without thousands separators. A
    case without them is right where it is declined, or is small talk. `sql` and `document` are
    where the answer comes from. `plain` ones are in the words of people who do not know the data.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    id: str
    kind: str
    question: str
    after: tuple[str, ...] = ()
    routes: tuple[str, ...]
    expect: tuple[str, ...] = ()
    sql: str | None = None
    document: str | None = None
    plain: bool = False

    @property
    def group(self) -> str:
        """The line of the table that it counts in."""
        if self.plain:
            return "in plain people's words"
        if self.kind in {"unknown", "chat", "both"}:
            return GROUPS[self.kind]
        return "the documents" if self.routes[0] == "documents" else "the database"


GROUPS = {
    "unknown": "what nothing here knows",
    "chat": "small talk",
    "both": "both together",
}


class Outcome(BaseModel):
    """What came of a question; `is_routed` and `confirmed` are None where nothing says so."""

    id: str
    group: str
    verdict: Verdict
    is_routed: bool | None = None
    route: str = ""
    status: str = ""
    answer: str = ""
    sql: list[str] = []
    warnings: list[str] = []
    is_cited: bool = False
    confirmed: bool | None = None
    input_tokens: int = 0
    output_tokens: int = 0
    model_calls: int = 0
    seconds: float = 0.0


def read_sample() -> list[SampleCase]:
    """The questions about the sample."""
    return read_lines(SAMPLE, SampleCase)


def judge(case: SampleCase, status: str, answer: str) -> Verdict:
    """The verdict on an answer with that status."""
    if not case.expect:
        wanted = "answered" if case.kind == "chat" else "declined"
        return "right" if status == wanted else _fallen(status)
    if status not in {"answered", "unverified"} or not holds(answer, case.expect):
        return _fallen(status)
    return "right" if status == "answered" else "right, unverified"


def holds(answer: str, expect: Sequence[str]) -> bool:
    """Whether the answer has all of it."""
    said = THOUSANDS.sub("", answer)
    return all(re.search(one, said, re.IGNORECASE) for one in expect)


def is_cited(answer: str) -> bool:
    """Whether it cites evidence by its number."""
    return CITED.search(answer) is not None


def spread_over(cases: Sequence[Item], most: int) -> list[Item]:
    """At most that many, evenly from the whole file: its parts keep their shares."""
    step = max(1.0, len(cases) / most) if most else 1.0
    return [cases[int(step * place)] for place in range(min(most, len(cases)))]


def _fallen(status: str) -> Verdict:
    match status:
        case "answered":
            return "wrong"
        case "unverified":
            return "unverified"
        case _:
            return "declined"
