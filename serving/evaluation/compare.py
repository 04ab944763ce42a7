"""Two runs of the same cases: what differs, and whether that may be chance."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from statistics import fmean

from agent.evaluation.chance import Interval, bootstrap
from serving.evaluation.folder import Run
from serving.evaluation.verdict import WRONG, Scored, score_run
from tools.errors import BadInput

Pair = tuple[Scored, Scored]


@dataclass(frozen=True, slots=True)
class Compared:
    """A measure in both runs over the cases that have it in both, and the paired difference.

    `gain` is 1 where more is better, -1 where less is, 0 for what costs.
    """

    name: str
    before: float
    after: float
    difference: Interval
    gain: int

    @property
    def verdict(self) -> str:
        """In one word, whether it is better or worse beyond chance."""
        if self.difference.is_below == self.difference.is_above:
            return ""
        if not self.gain:
            return "more" if self.difference.is_above else "less"
        return "better" if self.difference.is_above == (self.gain > 0) else "worse"


@dataclass(frozen=True, slots=True)
class Comparison:
    """The run `after` against the run `before`.

    `flipped` are the pairs of which one is right and the other is not, those that got worse first, and wrong ones
    before declined ones.
    `unpaired` counts cases that are in one run alone, or are not the same in both.
    """

    before: Run
    after: Run
    pairs: Sequence[Pair]
    unpaired: int
    measures: Sequence[Compared]
    flipped: Sequence[Pair]

    @property
    def is_worse(self) -> bool:
        """Whether the points are fewer beyond chance."""
        return self.measures[0].difference.is_below


def compare_runs(before: Run, after: Run, *, penalty: float) -> Comparison:
    """Set two runs against each other, case by case.

    Raises:
        BadInput: no case is the same in both.
    """
    earlier = {one.case.id: one for one in score_run(before)}
    later = {one.case.id: one for one in score_run(after)}
    pairs = [
        (one, later[id_])
        for id_, one in earlier.items()
        if id_ in later and later[id_].case == one.case
    ]
    if not pairs:
        raise BadInput(
            f"{str(before.folder)!r} and {str(after.folder)!r} have no answered case in common, so "
            "nothing can be compared. Give two runs of one set."
        )
    flipped = [pair for pair in pairs if pair[0].is_right != pair[1].is_right]
    return Comparison(
        before=before,
        after=after,
        pairs=pairs,
        unpaired=len({*earlier, *later}) - len(pairs),
        measures=[*_measures(pairs, penalty)],
        flipped=sorted(flipped, key=lambda pair: (pair[1].is_right, pair[1].verdict not in WRONG)),
    )


def _measures(pairs: Sequence[Pair], penalty: float) -> Iterator[Compared]:
    yield _compared("points", pairs, lambda one: one.points(penalty), 1)
    yield _compared("right", pairs, lambda one: float(one.is_right), 1)
    yield _compared("wrong", pairs, lambda one: float(one.verdict in WRONG), -1)
    for name in dict.fromkeys(name for one, _ in pairs for name in one.scores):
        both = [(a, b) for a, b in pairs if name in a.scores and name in b.scores]
        if both:
            yield _compared(name, both, lambda one, name=name: one.scores[name], 1)
    yield _compared("seconds", pairs, lambda one: one.record.seconds, 0)
    answered = [(a, b) for a, b in pairs if a.record.answer and b.record.answer]
    yield _compared("model calls", answered, _calls, 0)
    yield _compared("tokens", answered, _tokens, 0)


def _compared(
    name: str, pairs: Sequence[Pair], of: Callable[[Scored], float], gain: int
) -> Compared:
    values = [(of(a), of(b)) for a, b in pairs]
    before, after = (
        (fmean(side) if side else 0.0 for side in zip(*values, strict=True))
        if values
        else (0.0, 0.0)
    )
    return Compared(name, before, after, bootstrap([b - a for a, b in values]), gain)


def _calls(one: Scored) -> float:
    return float(one.record.answer.usage.model_calls) if one.record.answer else 0.0


def _tokens(one: Scored) -> float:
    answer = one.record.answer
    return float(answer.usage.input_tokens + answer.usage.output_tokens) if answer else 0.0
