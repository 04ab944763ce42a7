"""Texts that are too long for a reranker, judged in parts: the best part speaks for the whole.

So nothing is cut. Known as MaxP: https://arxiv.org/abs/1905.09217
"""

from collections.abc import Callable, Sequence
from itertools import islice

from tools.documents.fitting import SHORTEST, halves
from tools.errors import BadInput

_LEAST_ROOM = 16
"""Tokens: with fewer left beside the query, a part would say too little to be judged."""


def room_beside(query: int, *, limit: int) -> int:
    """How many tokens a text may have beside a query of `query`, of the `limit` that are read.

    Raises:
        BadInput: they are too few.
    """
    if limit - query < _LEAST_ROOM:
        raise BadInput(
            f"The question has {query} tokens, which leaves no room for a passage in the {limit} "
            f"that the reranker reads: make it shorter."
        )
    return limit - query


def in_parts(
    texts: Sequence[str], *, room: int, count: Callable[[list[str]], list[int]]
) -> list[list[str]]:
    """Each text as parts of at most `room` tokens, as `count` has them."""
    parts = [[text] for text in texts]
    unknown = {text for text in texts if len(text) > SHORTEST}
    while unknown:
        asked = sorted(unknown)
        counted = zip(asked, count(asked), strict=True)
        cut = {text: halves(text) for text, tokens in counted if tokens > room}
        parts = [[half for part in of for half in cut.get(part, (part,))] for of in parts]
        unknown = {half for pair in cut.values() for half in pair if len(half) > SHORTEST}
    return parts


def best_of(parts: Sequence[Sequence[str]], scores: Sequence[float]) -> list[float]:
    """The score of each text's best part; `scores` has one for each part, in their order."""
    left = iter(scores)
    return [max(islice(left, len(of))) for of in parts]
