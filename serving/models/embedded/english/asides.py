"""Sentences beside a question that say nothing of the data: "I have to introduce myself."."""

import re
from collections.abc import Callable

_SENTENCES = re.compile(r"(?<=[.!?])\s+")
_ASKS = re.compile(
    r"(?:and |so |but |or |ok |then |please )*(?:how|what|which|who|whose|whom|when|where|why|list|show|give"
    r"|count|find|tell|name|is|are|was|were|do|does|did|has|have|can|could|may|will|would|i(?:'d| would) like"
    r"|i (?:need|want)|we (?:need|want)|wie|was|welche[rsn]?|wer|wem|wen|wann|wo|zeig|liste|nenne)\b",
    re.IGNORECASE,
)


def without_asides(question: str, speaks_of_data: Callable[[str], bool]) -> str:
    """The sentences that ask, with those that speak of the data; all where none asks."""
    sentences = [one for one in _SENTENCES.split(question.strip()) if one]
    asking = [one.endswith("?") or bool(_ASKS.match(one)) for one in sentences]
    if all(asking) or not any(asking):
        return question
    told = zip(sentences, asking, strict=True)
    return " ".join(one for one, asks in told if asks or speaks_of_data(one))
