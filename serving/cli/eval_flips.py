"""The comparison of two runs at a terminal."""

from collections.abc import Sequence

from rich.padding import Padding
from rich.table import Table
from rich.text import Text

from serving.cli.command_group import console
from serving.cli.terminal import without_escapes
from serving.evaluation.compare import Comparison
from serving.evaluation.lines import compared_lines
from serving.evaluation.side_by_side import HEADINGS, Beside
from serving.evaluation.verdict import Scored

SHOWN = 20
"""Flipped cases to print; the report has all of them."""
_EXCERPT = 200


def print_comparison(found: Comparison) -> None:
    """Print the differences, and the flipped cases with both answers."""
    table = Table("", box=None, header_style="bold", padding=(0, 2, 0, 0))
    for heading in ("A", "B", "difference", "95 %", ""):
        table.add_column(Text(heading), justify="right", no_wrap=True)
    for line in compared_lines(found):
        table.add_row(*line)
    for name, run in (("A", found.before), ("B", found.after)):
        _say(f"{name}: {run.folder} ({run.described.agent})")
    console.print(table)
    left_out = f"; {found.unpaired} are not the same in both" if found.unpaired else ""
    _say(f"{len(found.pairs)} cases are in both{left_out}. {len(found.flipped)} flipped.")
    for pair in found.flipped[:SHOWN]:
        _print_flipped(*pair)
    if len(found.flipped) > SHOWN:
        _say(f"… and {len(found.flipped) - SHOWN} more.")


def print_beside(found: Sequence[Beside]) -> None:
    """Print several runs, a column each: a terminal is wide enough for four of them."""
    table = Table(box=None, header_style="bold", padding=(0, 2, 0, 0))
    for at, name in enumerate((HEADINGS[0], *(one.cells[0] for one in found))):
        table.add_column(without_escapes(name), justify="right" if at else "left")
    for measure, *cells in [*zip(HEADINGS, *(one.cells for one in found), strict=True)][1:]:
        table.add_row(measure, *map(without_escapes, cells))
    console.print(table)
    _say(f"{found[0].summary.questions} cases are in all of them.")


def _print_flipped(before: Scored, after: Scored) -> None:
    color = "green" if after.is_right else "red"
    head = Text(f"\n{before.verdict} -> {after.verdict}: ", color)
    head.append(without_escapes(f"{after.case.id}: {after.case.asked}"), "default")
    console.print(head, soft_wrap=True)
    for name, one in (("A", before), ("B", after)):
        said = one.record.answer.answer if one.record.answer else one.record.error
        line = Text(f"{name}: {without_escapes(said[:_EXCERPT])}", "dim")
        console.print(Padding(line, (0, 0, 0, 2)))


def _say(line: str) -> None:
    console.print(line, markup=False, highlight=False, soft_wrap=True)
