"""Several runs of one set beside each other: quality, and what it costs."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import reduce

from agent.evaluation.chance import Interval, bootstrap
from serving.evaluation.folder import Run
from serving.evaluation.verdict import Scored, Summary, score_run, summarise
from tools.errors import BadInput

HEADINGS = (
    *("", "agent", "right", "wrong", "declined", "points", "than the first", "95 %"),
    *("model calls", "tokens", "s (p50)", "s (p95)"),
)


@dataclass(frozen=True, slots=True)
class Beside:
    """One of several runs, over the cases that all of them have.

    `gained` is how many points a question it has more than the first of them.
    """

    run: Run
    summary: Summary
    gained: Interval

    @property
    def cells(self) -> list[str]:
        """The line of a table, under `HEADINGS`."""
        one, gained = self.summary, self.gained
        declined = one.counts.get("declined", 0) / (one.questions or 1)
        return [
            self.run.name,
            self.run.described.agent,
            *(f"{share:.1%}" for share in (one.right, one.wrong, declined)),
            f"{one.points:+.2f}",
            f"{gained.mean:+.2f}",
            f"{gained.low:+.2f} to {gained.high:+.2f}",
            f"{one.calls:.1f}",
            f"{one.tokens:,.0f}",
            *(f"{seconds:.2f}" for seconds in one.seconds),
        ]


def side_by_side(runs: Sequence[Run], *, penalty: float) -> list[Beside]:
    """Set runs of one set beside each other.

    Raises:
        BadInput: no case is the same in all of them.
    """
    scored = [{one.case.id: one for one in score_run(run)} for run in runs]
    common = reduce(_both, scored)
    if not common:
        raise BadInput("The runs have no answered case in common. Give runs of one set.")
    first = [scored[0][id_].points(penalty) for id_ in common]
    found: list[Beside] = []
    for run, own in zip(runs, scored, strict=True):
        some = [own[id_] for id_ in common]
        gained = [one.points(penalty) - before for one, before in zip(some, first, strict=True)]
        found.append(Beside(run, summarise(some, penalty=penalty), bootstrap(gained)))
    return found


def _both(one: dict[str, Scored], other: dict[str, Scored]) -> dict[str, Scored]:
    """The cases of the first that the other has as well, and the same."""
    return {
        id_: scored
        for id_, scored in one.items()
        if id_ in other and other[id_].case == scored.case
    }
