"""How likely a statement answers its question: a logistic regression over what is known of it.

Trained by `make confidence` (tests/bench/train_confidence.py); at run time it is a dot product.
"""

import json
import math
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from importlib.resources import files

_WEIGHTS = "confidence.json"


@dataclass(frozen=True, slots=True)
class Confidence:
    """Weights by the names of features; below `threshold` a statement is not worth showing."""

    bias: float = 0.0
    threshold: float = 0.5
    weights: Mapping[str, float] = field(default_factory=dict[str, float])

    @staticmethod
    @lru_cache(maxsize=1)
    def trained() -> "Confidence":
        """The weights that the package brings."""
        text = files("serving.models.embedded").joinpath(_WEIGHTS).read_text(encoding="utf-8")
        return Confidence(**json.loads(text))

    def of(self, features: Mapping[str, float]) -> float:
        """The probability that a statement with these features is right; unknown ones count 0."""
        score = self.bias + sum(w * features.get(name, 0.0) for name, w in self.weights.items())
        return 1 / (1 + math.exp(-max(-30.0, min(30.0, score))))
