"""The verdict on each answer of a run, and their summary."""

import hashlib
import json
import math
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from statistics import fmean
from typing import Literal

from serving.evaluation.case import SetCase
from serving.evaluation.folder import Run
from serving.evaluation.patterns import as_words
from serving.evaluation.record import Expected, Judged, Record
from serving.evaluation.scores import (
    is_given,
    numbers_cited,
    retrieval,
    row_difference,
    says_all,
    support,
)
from serving.wire.answer import Answer

Verdict = Literal[
    "right", "right, unverified", "wrong", "unverified", "declined", "not judged", "failed"
]
VERDICTS: tuple[Verdict, ...] = (
    "right",
    "right, unverified",
    "wrong",
    "unverified",
    "declined",
    "not judged",
    "failed",
)
"""*Right* is what was given, or declined, rightly; *wrong* was given and is not right, *unverified*
the same with a warning; *declined* has a right answer; *not judged* can be compared by a judge alone,
which was not asked; *failed* got no answer."""
RIGHT = ("right", "right, unverified")
WRONG = ("wrong", "unverified")
NOT_JUDGED = "What is right is free text, which only a judge can compare (--judge)."
WAITING = "It waits for a person's approval, which an evaluation cannot give."


@dataclass(frozen=True, slots=True)
class Scored:
    """A case with the verdict on its answer.

    `scores` are those that apply, by name, from 0 to 1. `why` says what is not as expected.
    `judged` is what a model said, where the verdict is its.
    """

    case: SetCase
    record: Record
    verdict: Verdict
    scores: Mapping[str, float]
    why: str = ""
    judged: Judged | None = None

    @property
    def is_right(self) -> bool:
        return self.verdict in RIGHT

    @property
    def confidence(self) -> float | None:
        """The least of its statements', None where none has one."""
        answer = self.record.answer
        if answer is None:
            return None
        cited = numbers_cited(answer.answer)
        ran = [query for query in answer.queries if query.number in cited] or answer.queries
        known = [query.confidence for query in ran if query.confidence is not None]
        return min(known, default=None)

    def points(self, penalty: float) -> float:
        """What it counts: 1 for right, nothing for none, minus the penalty for wrong."""
        if self.is_right:
            return 1.0
        return -penalty if self.verdict in WRONG else 0.0


@dataclass(frozen=True, slots=True)
class Summary:
    """What verdicts come to: shares and means over the questions, and percentiles of seconds."""

    questions: int
    counts: Mapping[Verdict, int]
    points: float
    scores: Mapping[str, float]
    seconds: tuple[float, float]
    tokens: float
    calls: float

    @property
    def right(self) -> float:
        return sum(self.counts.get(one, 0) for one in RIGHT) / (self.questions or 1)

    @property
    def wrong(self) -> float:
        return sum(self.counts.get(one, 0) for one in WRONG) / (self.questions or 1)


def score_run(run: Run) -> list[Scored]:
    """The verdicts on all that was asked, in the set's order."""
    return [
        score(case, run.records[case.id], run.expected.get(case.id), judged=run.judged.get(case.id))
        for case in run.cases
        if case.id in run.records
    ]


def score(
    case: SetCase, record: Record, expected: Expected | None, *, judged: Judged | None = None
) -> Scored:
    """The verdict on one answer; `judged` counts where nothing else can tell."""
    answer = record.answer
    if answer is None or answer.status == "needs_approval":
        return Scored(case, record, "failed", {}, record.error if answer is None else WAITING)
    difference = row_difference(case, expected, answer) if expected else ""
    scores = _scores(case, record, answer, difference)
    if case.needs_judge and is_given(answer):
        return _as_judged(case, record, answer, scores, judged)
    is_right, why = _decided(case, answer, scores, difference)
    return Scored(case, record, verdict_on(answer.status, is_right=is_right), scores, why)


def judged_digest(case: SetCase, answer: Answer) -> str:
    """What a judge is shown of an answer: what it said of another text does not count."""
    shown = json.dumps([case.question, case.reference, answer.answer])
    return hashlib.sha256(shown.encode()).hexdigest()


def _as_judged(
    case: SetCase,
    record: Record,
    answer: Answer,
    scores: Mapping[str, float],
    judged: Judged | None,
) -> Scored:
    if judged is None or judged.of != judged_digest(case, answer):
        return Scored(case, record, "not judged", scores, NOT_JUDGED)
    if judged.opinion is None:
        return Scored(case, record, "not judged", scores, judged.reason, judged)
    is_right = judged.opinion == "right"
    why = "" if is_right else f"The judge says: {judged.reason}"
    return Scored(case, record, verdict_on(answer.status, is_right=is_right), scores, why, judged)


def verdict_on(status: str, *, is_right: bool) -> Verdict:
    """The verdict on an answer of that status."""
    match status, is_right:
        case "unverified", True:
            return "right, unverified"
        case "unverified", False:
            return "unverified"
        case "declined", False:
            return "declined"
        case _:
            return "right" if is_right else "wrong"


def summarise(scored: Sequence[Scored], *, penalty: float) -> Summary:
    """Summarise verdicts."""
    names = dict.fromkeys(name for one in scored for name in one.scores)
    answers = [one.record.answer for one in scored if one.record.answer]
    seconds = sorted(one.record.seconds for one in scored)
    return Summary(
        questions=len(scored),
        counts=Counter(one.verdict for one in scored),
        points=_mean([one.points(penalty) for one in scored]),
        scores={
            name: _mean([s.scores[name] for s in scored if name in s.scores]) for name in names
        },
        seconds=(percentile(seconds, 0.5), percentile(seconds, 0.95)),
        tokens=_mean([a.usage.input_tokens + a.usage.output_tokens for a in answers]),
        calls=_mean([a.usage.model_calls for a in answers]),
    )


def percentile(ordered: Sequence[float], share: float) -> float:
    """The value below which that share of them is, 0 if there are none."""
    return ordered[max(0, math.ceil(share * len(ordered)) - 1)] if ordered else 0.0


def by_heading(scored: Sequence[Scored]) -> dict[str, list[Scored]]:
    """The verdicts by the line of a report that they count in."""
    found: dict[str, list[Scored]] = {}
    for one in scored:
        found.setdefault(one.case.heading, []).append(one)
    return found


def _scores(case: SetCase, record: Record, answer: Answer, difference: str) -> dict[str, float]:
    scores = {"declined rightly": float(case.declined)} if answer.status == "declined" else {}
    scores |= retrieval(case, record, answer)
    if case.routes:
        scores["route"] = float(answer.route in case.routes)
    if not is_given(answer):
        return scores
    if case.says:
        scores["said"] = float(says_all(answer.answer, case.says))
    if case.has_rows and (answer.queries or not case.says):
        scores["rows"] = float(not difference)
    return scores | support(case, record, answer)


def _decided(
    case: SetCase, answer: Answer, scores: Mapping[str, float], difference: str
) -> tuple[bool, str]:
    """Whether it is right, and if not, why.

    One thing decides: what it has to say, else its rows, else what it cites, else its route.
    """
    if answer.status == "declined":
        return (
            case.declined,
            "" if case.declined else "It was declined, although there is an answer.",
        )
    if case.declined:
        return False, "It was answered, although no source has the answer."
    if case.says:
        missing = [one for one in case.says if not says_all(answer.answer, [one])]
        return not missing, "".join(
            f"It does not say {as_words(one)}. " for one in missing
        ) + difference
    if case.has_rows:
        return not difference, difference
    if case.spans:
        is_cited = scores["cited"] == 1
        return is_cited, "" if is_cited else "It does not cite the passage with the answer."
    is_sent = answer.route in case.routes
    return is_sent, "" if is_sent else f"It went to {answer.route}."


def _mean(values: Sequence[float]) -> float:
    return fmean(values) if values else 0.0
