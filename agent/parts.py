"""What the calls of a turn asked and found, apart: a weak model mixes up what it is given at once."""

import re
from collections.abc import Sequence
from dataclasses import dataclass

from agent.calls import QueryCall, SearchCall
from agent.state import AgentState
from agent.support import CITATION
from agent.toolbox import Evidence
from tools.documents.passage import FoundPassage
from tools.sql.result import QueryResult

_SURE_ENOUGH = 0.64
"""The confidence from which rows are given without a warning.

Of 184 answers about ten databases that the reader was not built with, 1 of 9 below it was right, and
141 of 175 above it.
"""


@dataclass(frozen=True, slots=True)
class AnswerPart:
    """A part of a question with its evidence, and the `numbers` that cite it in the turn."""

    question: str
    evidence: tuple[Evidence, ...]
    numbers: tuple[int, ...]

    @property
    def is_rows(self) -> bool:
        return isinstance(self.evidence[0], QueryResult)

    def cited(self, text: str) -> str:
        """A text about this part alone, with the turn's numbers in its citations."""
        return CITATION.sub(self._in_turn, text)

    def _in_turn(self, citation: re.Match[str]) -> str:
        own = [int(digits) for digits in re.findall(r"\d+", citation[0])]
        known = [self.numbers[one - 1] for one in own if 0 < one <= len(self.numbers)]
        return "".join(f"[{number}]" for number in known)


def answer_parts(state: AgentState, evidence: Sequence[Evidence]) -> list[AnswerPart]:
    """The rows and then the passages, with what was asked for them; empty unless both were found."""
    calls = state.get("calls", [])
    numbered = list(enumerate(evidence, start=1))
    rows = [(number, one) for number, one in numbered if isinstance(one, QueryResult)]
    passages = [(number, one) for number, one in numbered if isinstance(one, FoundPassage)]
    asked = " ".join(call.question for call in calls if isinstance(call, QueryCall))
    searched = " ".join(call.query for call in calls if isinstance(call, SearchCall))
    if not (rows and passages and asked and searched):
        return []
    return [
        AnswerPart(question, tuple(one for _, one in found), tuple(number for number, _ in found))
        for question, found in ((asked, rows), (searched, passages))
        if found
    ]


def is_unsure(result: QueryResult) -> bool:
    """Whether the confidence in rows is too low to give them without a warning."""
    return result.confidence is not None and result.confidence < _SURE_ENOUGH
