"""Figures: what is measured, and how it is reported."""

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Figure:
    """One measured value; `target` is the most that it should be, in the same unit.

    Where more is better, `is_least` says that the target is the least. `how` names the command behind it, or defines it.
    """

    what: str
    value: float
    unit: str
    how: str
    target: float | None = None
    is_least: bool = False

    @property
    def verdict(self) -> str:
        """The target, and whether it is met."""
        if self.target is None:
            return ""
        is_met = self.value >= self.target if self.is_least else self.value <= self.target
        met = "ok" if is_met else "**missed**"
        return f"{self.target:g} {self.unit}: {met}"


@dataclass(frozen=True, slots=True)
class Breakdown:
    """A second table, of what the figures of a section are made of; the first column is names."""

    says: str
    columns: Sequence[str]
    rows: Sequence[Sequence[str]]


@dataclass(frozen=True, slots=True)
class Section:
    """A heading, one sentence, and the figures below it."""

    title: str
    says: str
    figures: Sequence[Figure]
    breakdown: Breakdown | None = None


def percentile(values: Iterable[float], percent: float) -> float:
    """The nearest-rank percentile: a value that was really measured."""
    ranked = sorted(values)
    return ranked[max(0, math.ceil(len(ranked) * percent / 100) - 1)]


def spread(
    what: str, seconds: Sequence[float], how: str, target: float | None = None
) -> list[Figure]:
    """The p50, which may have a target, and the p95 of some durations, in milliseconds."""
    middle, tail = (1000 * percentile(seconds, percent) for percent in (50, 95))
    return [
        Figure(f"{what}, p50", middle, "ms", how, target),
        Figure(f"{what}, p95", tail, "ms", f"the same {len(seconds)}"),
    ]


def written(value: float) -> str:
    """A number as precise as it is worth reading."""
    if value >= 100:
        return f"{value:,.0f}"
    return f"{value:.1f}" if value >= 10 else f"{value:.2f}"


def as_markdown(section: Section) -> str:
    """The section with its tables."""
    figures = [
        (figure.what, f"{written(figure.value)} {figure.unit}", figure.verdict, figure.how)
        for figure in section.figures
    ]
    parts = [f"## {section.title}", section.says]
    if figures:
        parts.append(_table(("", "measured", "target", "how"), figures, numbers=1))
    if section.breakdown:
        below = section.breakdown
        parts += [below.says, _table(below.columns, below.rows, numbers=len(below.columns) - 1)]
    return "\n\n".join(parts)


def _table(columns: Sequence[str], rows: Iterable[Sequence[str]], *, numbers: int) -> str:
    """A Markdown table whose columns after the first hold that many numbers."""
    rule = ["---", *["---:"] * numbers, *["---"] * (len(columns) - 1 - numbers)]
    lines = (columns, rule, *rows)
    return "\n".join(f"| {' | '.join(line)} |" for line in lines)
