"""What the documents could answer, seen before they are asked: evidence for the choice of a tool."""

from collections.abc import Callable, Sequence
from functools import cache

from serving.models.embedded.chat.heard import Heard, Quotable, quotable
from serving.models.embedded.chat.quotations import quotations

_MAYBE = 0.5

DocumentPreview = Callable[[str], float]
"""How well the documents answer a question or a part of it: the best sentence's score, 0 for none."""


def unseen(_: str) -> float:
    """Nothing is known of the documents: they may answer."""
    return _MAYBE


def preview_of(passages: Sequence[Quotable]) -> DocumentPreview:
    """What these passages could answer."""

    @cache  # of a turn: the plan weighs the question, and the advice tells what it weighed
    def quoted(text: str) -> float:
        return max((found.score for found in quotations(text, passages)), default=0.0)

    return quoted


async def preview_documents(heard: Heard) -> DocumentPreview:
    """What the passages that the caller may see could answer."""
    found = await heard.search() if heard.search else None
    if found is None:
        return unseen
    return preview_of([quotable(number, one) for number, one in enumerate(found, start=1)])
