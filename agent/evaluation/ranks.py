"""How well a ranking has what it should have."""

import math
from collections.abc import Sequence

CUT = 10
"""Places that are looked at."""


def recall(wanted: int, hits: Sequence[frozenset[int]], *, cut: int = CUT) -> float:
    """The share of the `wanted` things, counted from 0, that are among the first places.

    `hits` are what each place of the ranking holds of them, best first.
    """
    return len(frozenset[int]().union(*hits[:cut])) / wanted


def ndcg(wanted: int, hits: Sequence[frozenset[int]], *, cut: int = CUT) -> float:
    """The normalised discounted cumulative gain; what was held by an earlier place gains nothing.

    Järvelin and Kekäläinen, Cumulated gain-based evaluation of IR techniques, 2002.
    """
    seen, gain = frozenset[int](), 0.0
    for place, held in enumerate(hits[:cut]):
        if held - seen:
            gain += _discount(place)
        seen |= held
    return gain / sum(_discount(place) for place in range(min(wanted, cut)))


def _discount(place: int) -> float:
    return 1 / math.log2(place + 2)
