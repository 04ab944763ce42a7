"""The verdicts of a run, sorted for a report."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass

from serving.evaluation.verdict import Scored, Summary, Verdict, by_heading, summarise

_WORST: tuple[Verdict, ...] = (
    "wrong",
    "unverified",
    "failed",
    "not judged",
    "declined",
    "right, unverified",
    "right",
)


KINDS = "kind of question"


@dataclass(frozen=True, slots=True)
class Breakdown:
    """What verdicts come to, by one thing that tells them apart, those with fewest points first."""

    by: str
    lines: Mapping[str, Summary]


def worst_first(scored: Iterable[Scored]) -> list[Scored]:
    """The verdicts, most harmful first; within one kind, in the set's order."""
    return sorted(scored, key=lambda one: _WORST.index(one.verdict))


def breakdowns(scored: Sequence[Scored], *, penalty: float) -> list[Breakdown]:
    """By kind of question, by database and by collection, as far as there are several."""
    groups = {
        KINDS: by_heading(scored),
        "database": _by(scored, _databases),
        "collection": _by(scored, _collections),
    }
    return [
        Breakdown(name, _summaries(group, penalty))
        for name, group in groups.items()
        if group and (len(group) > 1 or name == KINDS)
    ]


def _summaries(group: Mapping[str, Sequence[Scored]], penalty: float) -> dict[str, Summary]:
    lines = {name: summarise(some, penalty=penalty) for name, some in group.items()}
    return dict(sorted(lines.items(), key=lambda line: line[1].points))


def _by(
    scored: Sequence[Scored], names: Callable[[Scored], Iterable[str]]
) -> dict[str, list[Scored]]:
    found: dict[str, list[Scored]] = {}
    for one in scored:
        for name in sorted({*names(one)}):
            found.setdefault(name, []).append(one)
    return found


def _databases(one: Scored) -> Iterable[str]:
    answer = one.record.answer
    asked = [query.database for query in answer.queries] if answer else []
    return asked or [name for name in (one.case.database,) if name]


def _collections(one: Scored) -> Iterable[str]:
    answer = one.record.answer
    return [cited.collection for cited in answer.citations] if answer else []
