"""The lines of a report's tables, whatever they are shown on."""

from collections.abc import Mapping, Sequence

from serving.evaluation.compare import Comparison
from serving.evaluation.folder import Run
from serving.evaluation.verdict import VERDICTS, Scored, Summary, Verdict

COMPARED = ("", "before", "after", "difference", "95 %", "")
"""The headings of `compared_lines`."""


def summary_lines(
    by: str, summaries: Mapping[str, Summary]
) -> tuple[Sequence[str], list[list[str]]]:
    """The headings, and for each name how its answers fell."""
    verdicts: list[Verdict] = [
        v for v in VERDICTS if any(one.counts.get(v) for one in summaries.values())
    ]
    lines = [
        [
            name,
            str(one.questions),
            *(str(one.counts.get(v) or "") for v in verdicts),
            f"{one.right:.0%}",
            f"{one.points:+.2f}",
        ]
        for name, one in summaries.items()
    ]
    return (by, "asked", *verdicts, "right", "points"), lines


def judge_line(run: Run, scored: Sequence[Scored]) -> str:
    """How many verdicts are a model's, and what it cost; empty where none is."""
    said = [one.judged for one in scored if one.judged]
    if not said or run.judge is None:
        return ""
    tokens, seconds = sum(one.tokens for one in said), sum(one.seconds for one in said)
    many = "1 verdict is" if len(said) == 1 else f"{len(said)} verdicts are"
    return (
        f"{many} a model's, of {run.judge.model} as the judge: {tokens:,} tokens, {seconds:.1f} s."
    )


def compared_lines(found: Comparison) -> list[list[str]]:
    """Each measure in both runs, with the difference and what it amounts to."""
    return [
        [
            one.name,
            f"{one.before:,.3f}",
            f"{one.after:,.3f}",
            f"{one.difference.mean:+,.3f}",
            f"{one.difference.low:+,.3f} to {one.difference.high:+,.3f}",
            one.verdict,
        ]
        for one in found.measures
    ]
