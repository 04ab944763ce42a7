"""The sample's questions, and what came of questions in the runs behind docs/quality.md."""

import re
from collections.abc import Sequence
from pathlib import Path
from typing import TypeVar

from pydantic import BaseModel

from serving.evaluation.case import SetCase, read_set
from serving.evaluation.verdict import Verdict

SETS = Path(__file__).parents[1] / "fixtures" / "evals"
SAMPLE = SETS / "sample.jsonl"
BOTH = SETS / "both.jsonl"
RULES = SETS / "rules.jsonl"

Item = TypeVar("Item")
CITED = re.compile(r"\[\d+\]")


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


def read_sample() -> list[SetCase]:
    """The questions about the sample."""
    return read_set(SAMPLE)


def is_cited(answer: str) -> bool:
    """Whether it cites evidence by its number."""
    return CITED.search(answer) is not None


def spread_over(cases: Sequence[Item], most: int) -> list[Item]:
    """At most that many, evenly from the whole file: its parts keep their shares."""
    step = max(1.0, len(cases) / most) if most else 1.0
    return [cases[int(step * place)] for place in range(min(most, len(cases)))]
