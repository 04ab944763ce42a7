"""The results of a run at a terminal."""

from collections.abc import Sequence

from rich.console import Console
from rich.padding import Padding
from rich.table import Table
from rich.text import Text

from serving.cli.terminal import without_escapes
from serving.evaluation.folder import Run
from serving.evaluation.lines import judge_line, summary_lines
from serving.evaluation.verdict import WRONG, Scored, Summary, by_heading, summarise

SHOWN = 10
"""Wrong answers to print; the report has all of them."""


def print_run(console: Console, run: Run, scored: Sequence[Scored], *, penalty: float) -> None:
    """Print the verdicts, the scores, what was declined, and the wrong answers."""
    whole = summarise(scored, penalty=penalty)
    console.print(_table(scored, whole, penalty))
    for line in filter(None, (*_score_lines(whole), _cost(whole), judge_line(run, scored))):
        console.print(line, markup=False, highlight=False, soft_wrap=True)
    for one in [one for one in scored if one.verdict == "declined"][:SHOWN]:
        _print_head(console, one)
    wrong = [one for one in scored if one.verdict in WRONG]
    for one in wrong[:SHOWN]:
        _print_wrong(console, one)
    if len(wrong) > SHOWN:
        console.print(f"… and {len(wrong) - SHOWN} more wrong answers.", highlight=False)
    for line in (f"Run: {run.folder}", f"As a page: docsql eval report {run.folder}"):
        console.print(line, markup=False, highlight=False, soft_wrap=True)


def _table(scored: Sequence[Scored], whole: Summary, penalty: float) -> Table:
    groups = by_heading(scored)
    rows = {name: summarise(some, penalty=penalty) for name, some in groups.items()}
    head, lines = summary_lines("questions", {**rows, "all": whole})
    table = Table(box=None, header_style="bold", padding=(0, 2, 0, 0))
    for at, heading in enumerate(head):
        table.add_column(heading, justify="right" if at else "left")
    for name, *cells in lines if len(rows) > 1 else lines[-1:]:
        table.add_row(Text(without_escapes(name)), *cells)
    return table


def _score_lines(whole: Summary) -> list[str]:
    told = [f"{name} {value:.2f}" for name, value in sorted(whole.scores.items())]
    return [f"Scores: {', '.join(told)}."] if told else []


def _cost(whole: Summary) -> str:
    half, most = whole.seconds
    models = f", {whole.calls:.1f} model calls and {whole.tokens:,.0f} tokens a question"
    return f"Seconds: {half:.2f} (p50), {most:.2f} (p95){models if whole.calls else ''}."


def _print_head(console: Console, one: Scored) -> None:
    head = Text(f"\n{one.verdict}: ", "red" if one.verdict in WRONG else "yellow")
    head.append(without_escapes(f"{one.case.id}: {one.case.asked}"), "default")
    console.print(head, soft_wrap=True)


def _print_wrong(console: Console, one: Scored) -> None:
    _print_head(console, one)
    said = one.record.answer.answer if one.record.answer else ""
    console.print(Padding(Text(without_escapes(said[:300]), "dim"), (0, 0, 0, 2)))
    console.print(Padding(Text(without_escapes(one.why)), (0, 0, 0, 2)))
