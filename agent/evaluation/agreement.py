"""How well two who judge the same things agree."""

from collections import Counter
from collections.abc import Sequence


def agreement(pairs: Sequence[tuple[str, str]]) -> float:
    """The share of pairs whose two sides are the same."""
    return sum(one == other for one, other in pairs) / len(pairs)


def kappa(pairs: Sequence[tuple[str, str]]) -> float:
    """Agreement beyond chance: 1 is full agreement, 0 is what chance gives.

    Cohen, A Coefficient of Agreement for Nominal Scales, 1960.
    """
    ones, others = Counter(one for one, _ in pairs), Counter(other for _, other in pairs)
    by_chance = sum(ones[name] * others[name] for name in ones) / len(pairs) ** 2
    if by_chance == 1:
        return 1.0  # both say the same of everything
    return (agreement(pairs) - by_chance) / (1 - by_chance)
