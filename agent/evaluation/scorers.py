"""Scores of a file of outcomes."""

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from agent.evaluation.dataset import Case
from agent.evaluation.runner import Routed


@dataclass(frozen=True, slots=True)
class Confusion:
    """Routes expected against routes taken.

    `counts` are by (expected, taken), where a case with several allowed routes counts under its
    first; `right` counts the cases with an allowed route. `declined_there` were routed right, but
    declined by the tool.
    """

    counts: Mapping[tuple[str, str], int]
    right: int
    declined_there: int

    @property
    def total(self) -> int:
        return sum(self.counts.values())


def confuse(cases: Iterable[Case], routed: Iterable[Routed]) -> Confusion:
    """Set the routes taken against those that the cases expect; cases that expect none stay out."""
    taken = {one.id: one for one in routed}
    pairs = [(case.expect, taken[case.id]) for case in cases if case.expect and case.id in taken]
    right = [one for expect, one in pairs if one.route in expect]
    there = [one for one in right if one.status == "declined" and one.route != "declined"]
    counts = Counter((expect[0], one.route) for expect, one in pairs)
    return Confusion(counts, len(right), len(there))
