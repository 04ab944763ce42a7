"""How well confidences foretell which answers are right, and what it costs to ask for more."""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from statistics import fmean

BINS = 10

Weighed = tuple[float, bool]
"""The confidence of an answer, and whether it is right."""


@dataclass(frozen=True, slots=True)
class OperatingPoint:
    """What is given where at least this confidence is asked for.

    `coverage` is the share of the answers that is given, `risk` the share of these that is wrong.
    """

    confidence: float
    coverage: float
    risk: float


@dataclass(frozen=True, slots=True)
class ConfidenceBin:
    """The answers of about one confidence: what it is on average, and how many are right."""

    answers: int
    confidence: float
    right: float


def risk_curve(answers: Sequence[Weighed]) -> list[OperatingPoint]:
    """The points from which more confidence gives less, the strictest first.

    El-Yaniv and Wiener, On the Foundations of Noise-free Selective Classification, 2010.
    """
    points: list[OperatingPoint] = []
    for least in sorted({confidence for confidence, _ in answers}, reverse=True):
        given = [is_right for confidence, is_right in answers if confidence >= least]
        points.append(OperatingPoint(least, len(given) / len(answers), 1 - sum(given) / len(given)))
    return points


def point_at(curve: Sequence[OperatingPoint], least: float) -> OperatingPoint:
    """What is given where this confidence is asked for; beyond every answer's, nothing is."""
    reached = [point for point in curve if point.confidence >= least]
    return reached[-1] if reached else OperatingPoint(least, 0.0, 0.0)


def point_of(curve: Sequence[OperatingPoint], risk: float) -> OperatingPoint | None:
    """The point that gives most answers while no larger share of them is wrong."""
    fitting = [point for point in curve if point.risk <= risk]
    return fitting[-1] if fitting else None


def brier(answers: Sequence[Weighed]) -> float:
    """The mean squared distance of confidences from what came true (Brier, 1950); 0 is best."""
    return fmean((confidence - is_right) ** 2 for confidence, is_right in answers)


def reliability(answers: Sequence[Weighed]) -> list[ConfidenceBin]:
    """The answers in tenths of confidence, without the empty ones."""
    bins: dict[int, list[Weighed]] = {}
    for confidence, is_right in answers:
        at = min(math.floor(confidence * BINS + 1e-9), BINS - 1)
        bins.setdefault(at, []).append((confidence, is_right))
    return [
        ConfidenceBin(len(held), fmean(c for c, _ in held), fmean(float(r) for _, r in held))
        for _, held in sorted(bins.items())
    ]
