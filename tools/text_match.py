"""How near the words of texts come to those of a question, as a model sees what each means."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol


@dataclass(frozen=True, slots=True)
class TextMatch:
    """How near a text comes to a question.

    `told` has a cosine for each of the question's telling word pieces, `mean` is that of all of
    them, `common` of the others; `back` says how near the question comes to the text's own pieces,
    of which there are `pieces`.
    """

    told: Sequence[float]
    mean: float
    common: float
    back: float
    pieces: int


class TextMatcher(Protocol):
    """A model that compares a question with texts, word by word."""

    def match(self, question: str, texts: Sequence[str]) -> list[TextMatch]:
        """How near each text comes to the question."""
        ...
