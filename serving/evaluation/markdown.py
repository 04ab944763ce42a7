"""A run as Markdown, short enough for a pull request."""

import re
from collections.abc import Sequence

from serving.evaluation.compare import Comparison
from serving.evaluation.folder import OURS, Run
from serving.evaluation.lines import COMPARED, compared_lines, judge_line, summary_lines
from serving.evaluation.sorting import Breakdown, breakdowns, worst_first
from serving.evaluation.verdict import Scored, Summary, summarise

_SHOWN = 10
_EXCERPT = 160
_MARKS = re.compile(r"([\\`*_{}\[\]<>|#])")


def as_pull_request(
    run: Run, scored: Sequence[Scored], *, penalty: float, against: Comparison | None = None
) -> str:
    """What the run came to, what differs from an earlier one, and the worst answers."""
    whole = summarise(scored, penalty=penalty)
    parts = [
        f"## Evaluation of {_plain(run.described.set)}",
        _agent(run) + _opening(whole),
        _plain(judge_line(run, scored)),
        _compared(against) if against else "",
        *(_breakdown(one) for one in breakdowns(scored, penalty=penalty)),
        _worst([one for one in worst_first(scored) if not one.is_right]),
    ]
    return "\n\n".join(part for part in parts if part) + "\n"


def _agent(run: Run) -> str:
    agent = run.described.agent
    return "" if agent == OURS else f"Answered by the baseline {_plain(agent)}. "


def _opening(whole: Summary) -> str:
    half, most = whole.seconds
    scores = ", ".join(f"{name} {value:.2f}" for name, value in whole.scores.items())
    return (
        f"{whole.questions} questions: **{whole.right:.1%} right**, {whole.wrong:.1%} wrong, "
        f"{whole.points:+.2f} points a question; {half:.2f} s (p50), {most:.2f} s (p95), "
        f"{whole.calls:.1f} model calls and {whole.tokens:,.0f} tokens a question.\n\n{scores}"
    )


def _breakdown(one: Breakdown) -> str:
    head, lines = summary_lines(one.by, one.lines)
    return _table(head, [[_plain(name), *cells] for name, *cells in lines])


def _compared(found: Comparison) -> str:
    lines = [
        f"- {a.verdict} → {b.verdict}: {_plain(b.case.asked)}" for a, b in found.flipped[:_SHOWN]
    ]
    more = len(found.flipped) - _SHOWN
    lines += [f"- and {more} more"] if more > 0 else []
    told = f"\n\n{len(found.flipped)} flipped:\n\n" + "\n".join(lines) if lines else ""
    table = _table(COMPARED, compared_lines(found))
    return f"### Against {_plain(found.before.name)}\n\n{table}{told}"


def _worst(wrong: Sequence[Scored]) -> str:
    if not wrong:
        return ""
    rows = [
        [one.verdict, _plain(one.case.id), _plain(one.case.asked), _plain(one.why)]
        for one in wrong[:_SHOWN]
    ]
    more = len(wrong) - _SHOWN
    told = f"\n\n… and {more} more that are not right." if more > 0 else ""
    return f"### Worst\n\n{_table(['verdict', 'id', 'question', 'why'], rows)}{told}"


def _table(head: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    rule = ["---", *["---:" if len(head) > 4 else "---"] * (len(head) - 1)]
    return "\n".join(f"| {' | '.join(cells)} |" for cells in (head, rule, *rows))


def _plain(text: str) -> str:
    """A text on one line that Markdown shows as it is."""
    line = " ".join(text.split())
    cut = line if len(line) <= _EXCERPT else f"{line[:_EXCERPT]}…"
    return _MARKS.sub(r"\\\1", cut)
