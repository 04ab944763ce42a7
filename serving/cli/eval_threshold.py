"""`docsql eval threshold`: the confidence threshold for an accepted risk."""

from collections.abc import Sequence
from typing import TYPE_CHECKING, Annotated

import typer
from rich.table import Table

from serving.cli.command_group import FAILED, console
from serving.cli.eval_compare import OneRun, latest_run
from serving.config.settings import config_file, load_settings
from tools.errors import BadInput

if TYPE_CHECKING:
    from agent.evaluation.calibration import OperatingPoint, Weighed

_SHOWN = 12
_FEW = 50


def choose_threshold(
    run: OneRun = None,
    *,
    risk: Annotated[float, typer.Option(min=0, max=0.99, help="Accepted share of wrong answers.")],
    write: Annotated[
        bool, typer.Option("--write", help="Write the confidence into docsql.toml.")
    ] = False,
) -> None:
    """Find the lowest confidence at which no more than --risk of a run's answers were wrong.

    Exits with 1 if there is none, or if the run is too small for --write.
    """
    from agent.evaluation.calibration import brier, point_of, risk_curve
    from serving.evaluation.confidences import was_held_back, weighed
    from serving.evaluation.folder import read_run
    from serving.evaluation.settings_file import VARIABLE, write_least_confidence
    from serving.evaluation.verdict import score_run

    read = read_run(run or latest_run(load_settings()))
    answers = weighed(score_run(read))
    if not answers:
        raise BadInput(
            f"No answer of {str(read.folder)!r} has a confidence: only those from databases do."
        )
    curve = risk_curve(answers)
    _print_curve(curve, answers, brier(answers))
    if was_held_back(read):
        _say(
            "The run declined less confident answers itself, so the curve covers only the answers it gave."
        )
    chosen = point_of(curve, risk)
    if chosen is None:
        _say(f"At every threshold, more than {risk:.0%} of the answers were wrong.")
        raise typer.Exit(FAILED)
    _say(
        f"With {VARIABLE}={chosen.confidence:g}, {chosen.coverage:.0%} of the answers are given, and "
        f"{chosen.risk:.1%} of these were wrong."
    )
    if write and len(answers) < _FEW:
        _say(
            f"Not written: {len(answers)} answers are too few to rely on, {_FEW} are needed. Add questions "
            "(`docsql eval new` with a larger --limit), or put it into the settings yourself."
        )
        raise typer.Exit(FAILED)
    if write:
        write_least_confidence(config_file(), chosen.confidence)
        _say(f"Written into {config_file()}. A running service reads it when it is started again.")


def _print_curve(
    curve: "Sequence[OperatingPoint]", answers: "Sequence[Weighed]", score: float
) -> None:
    table = Table(box=None, header_style="bold", padding=(0, 2, 0, 0))
    for heading in ("confidence", "given", "wrong of these"):
        table.add_column(heading, justify="right")
    step = max(1, len(curve) // _SHOWN)
    for point in curve[::step]:
        table.add_row(f"{point.confidence:.2f}", f"{point.coverage:.0%}", f"{point.risk:.1%}")
    console.print(table)
    _say(f"{len(answers)} answers with a confidence; Brier score {score:.3f}.")
    if len(answers) < _FEW:
        _say("With so few answers, a threshold is a guess. Ask more questions.")


def _say(line: str) -> None:
    console.print(line, markup=False, highlight=False, soft_wrap=True)
