"""How much of a difference may be chance."""

from collections.abc import Sequence
from dataclasses import dataclass
from random import Random
from statistics import fmean

RESAMPLES = 5_000
_SEED = 20_26
_OUTSIDE = 0.05
"""The share of resamples that an interval leaves out."""


@dataclass(frozen=True, slots=True)
class Interval:
    """A mean, and where it lies in 95 of 100 resamples."""

    mean: float
    low: float
    high: float

    @property
    def is_below(self) -> bool:
        """Whether the whole interval is below nothing."""
        return self.high < 0

    @property
    def is_above(self) -> bool:
        """Whether the whole interval is above nothing."""
        return self.low > 0


def bootstrap(values: Sequence[float]) -> Interval:
    """The percentile interval of a mean; the same values always give the same one.

    Efron and Tibshirani, An Introduction to the Bootstrap, 1993, chapter 13.
    """
    if not values:
        return Interval(0.0, 0.0, 0.0)
    mean = fmean(values)
    if len({*values}) == 1:
        return Interval(mean, mean, mean)
    draw, size = Random(_SEED), len(values)  # noqa: S311  # chance that is to be the same again
    means = sorted(sum(draw.choices(values, k=size)) / size for _ in range(RESAMPLES))
    outside = int(RESAMPLES * _OUTSIDE / 2)
    return Interval(mean, means[outside], means[-1 - outside])
