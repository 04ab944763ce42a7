"""How likely the rows of a question answer it: a logistic regression over what is known of them.

Fitted by `make confidence` (tests/bench/train_answers.py) on public questions with their right
statements; at run time it is a dot product. The probability is right on average: of all answers
that are given 0.8, about eight in ten were right on databases that the fit had not seen.
"""

import json
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from importlib.resources import files

from agent.second import Agreement

_SURELY = 4.0
"""Log-odds to which a writer's own likelihood is bounded: 0.982."""


@dataclass(frozen=True, slots=True)
class Known:
    """What is known of an answer: how its readings compare, and what came before it.

    `likelihood` is how likely the writer of the compared statement thinks it right, None where no
    writer can tell. `votes` are the statements that give the rows, 0 where no more were asked for.
    """

    agreement: Agreement
    likelihood: float | None = None
    repairs: int = 0
    is_empty: bool = False
    votes: int = 0

    @property
    def features(self) -> dict[str, float]:
        """The numbers that are weighed, by name."""
        return {
            self.agreement: 1.0,
            f"{self.agreement}_odds": _odds(self.likelihood),
            "repairs": float(min(self.repairs, 2)),
            "empty": float(self.is_empty),
            **({f"{self.agreement}_votes": float(self.votes - 1)} if self.votes else {}),
        }


@dataclass(frozen=True, slots=True)
class AnswerConfidence:
    """Weights by the names of features, and for a share of wrong answers the confidence it takes.

    `bars` are pairs of such a share and the lowest confidence from which no more answers were
    wrong, in the order of the shares.
    """

    weights: Mapping[str, float] = field(default_factory=dict[str, float])
    bars: Sequence[tuple[float, float]] = ()

    @staticmethod
    @lru_cache(maxsize=1)
    def fitted() -> "AnswerConfidence":
        """The weights that the package brings."""
        text = files("agent").joinpath("confidence.json").read_text(encoding="utf-8")
        return AnswerConfidence(**json.loads(text))

    def of(self, known: Known) -> float:
        """The probability that such an answer is right, in two decimals."""
        score = sum(self.weights.get(name, 0.0) * value for name, value in known.features.items())
        return round(1 / (1 + math.exp(-score)), 2)

    def bar(self, risk: float) -> float:
        """The confidence below which an answer is not given where this share may be wrong."""
        reached = [bar for share, bar in self.bars if share <= risk]
        return reached[-1] if reached else 1.0


def _odds(likelihood: float | None) -> float:
    """The log-odds of a probability; nothing is known where there is none."""
    if likelihood is None:
        return 0.0
    bounded = min(max(likelihood, 1e-3), 1 - 1e-3)
    return max(-_SURELY, min(_SURELY, math.log(bounded / (1 - bounded))))
