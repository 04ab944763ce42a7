"""Sentences beside a question that say nothing of the data: "I have to introduce myself."."""

import re
from collections.abc import Callable

SENTENCES = re.compile(r"(?<=[.!?])\s+")
_ASKS = re.compile(
    r"(?:and |so |but |or |ok |then |please )*(?:how|what|which|who|whose|whom|when|where|why|list|show|give"
    r"|count|find|tell|name|is|are|was|were|do|does|did|has|have|can|could|may|will|would|i(?:'d| would) like"
    r"|i (?:need|want)|we (?:need|want)|wie|was|welche[rsn]?|wer|wem|wen|wann|wo|zeig|liste|nenne)\b",
    re.IGNORECASE,
)
RESTRICTS = re.compile(
    r"(?:and |but |please |bitte |aber |und )*(?:only|just|not|no|without|except|nur|ohne|nicht|keine?[nrs]?|außer)\b",
    re.IGNORECASE,
)
"""How a sentence begins that says which rows are meant: nothing of it may be lost."""


def without_asides(question: str, speaks_of_data: Callable[[str], bool]) -> str:
    """The sentences that ask, with those that speak of the data; all where none asks."""
    sentences = [one for one in SENTENCES.split(question.strip()) if one]
    asking = [one.endswith("?") or bool(_ASKS.match(one)) for one in sentences]
    if any(asking) and any(map(RESTRICTS.match, sentences)):
        return question
    if all(asking) or not any(asking):
        return question
    told = zip(sentences, asking, strict=True)
    return " ".join(one for one, asks in told if asks or speaks_of_data(one))
