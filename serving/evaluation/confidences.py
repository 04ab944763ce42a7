"""The confidences of a run's answers."""

from collections.abc import Sequence

from agent.evaluation.calibration import Weighed
from serving.evaluation.folder import Run
from serving.evaluation.scores import is_given
from serving.evaluation.verdict import Scored


def weighed(scored: Sequence[Scored]) -> list[Weighed]:
    """The answers that were given and have a confidence, and whether each is right."""
    found: list[Weighed] = []
    for one in scored:
        confidence, answer = one.confidence, one.record.answer
        is_compared = answer is not None and is_given(answer) and one.verdict != "not judged"
        if confidence is not None and is_compared:
            found.append((confidence, one.is_right))
    return found


def was_held_back(run: Run) -> bool:
    """Whether the run's settings declined what was not sure enough."""
    answers = run.described.identity.get("settings", {}).get("answers", {})
    return any(answers.get(name) is not None for name in ("risk", "least_confidence"))
