"""What the documents could answer, seen before they are asked: evidence for the choice of a tool."""

from collections.abc import Callable, Sequence

from agent.toolbox import DocumentSearch
from serving.models.embedded.chat.heard import Quotable
from serving.models.embedded.chat.quotations import quotations
from tools.caller import Caller
from tools.documents.passage import FoundPassage
from tools.errors import Unavailable, UnknownName

_SEEN = 6
"""Passages that are looked at, as many as one search hands on."""
_MAYBE = 0.5

DocumentPreview = Callable[[str], float]
"""How well the documents answer a question or a part of it: the best sentence's score, 0 for none."""


def unseen(_: str) -> float:
    """Nothing is known of the documents: they may answer."""
    return _MAYBE


def preview_of(passages: Sequence[Quotable]) -> DocumentPreview:
    """What these passages could answer."""

    def quoted(text: str) -> float:
        return max((found.score for found in quotations(text, passages)), default=0.0)

    return quoted


async def preview_documents(
    question: str, documents: DocumentSearch | None, caller: Caller
) -> DocumentPreview:
    """What the passages that the caller may see could answer."""
    if documents is None:
        return unseen
    try:
        found = await documents.search(question, caller=caller, collections=None, limit=_SEEN)
    except (Unavailable, UnknownName):
        return unseen
    return preview_of(
        [_quotable(number, one) for number, one in enumerate(found.passages, start=1)]
    )


def _quotable(number: int, found: FoundPassage) -> Quotable:
    passage = found.passage
    return Quotable(number, passage.title, passage.section, passage.text)
