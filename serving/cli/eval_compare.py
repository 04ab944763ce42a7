"""`docsql eval compare`: two runs side by side, and the thresholds that a run has to reach."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from serving.cli.command_group import errors
from serving.cli.user_file import write_for_user
from tools.errors import BadInput

if TYPE_CHECKING:
    from collections.abc import Sequence

    from serving.config.settings import Settings
    from serving.evaluation.compare import Comparison
    from serving.evaluation.verdict import Scored

MISSED = 6
"""Exit code: a result is below its threshold. (Without a result, the command fails.)"""

Penalty = Annotated[
    float, typer.Option(min=1, max=4, help="Points a wrong answer loses; a right one earns 1.")
]
FailUnder = Annotated[
    float | None,
    typer.Option(
        min=0, max=1, help="Exit with 6 if the share of right answers is below this, such as 0.8."
    ),
]
Judging = Annotated[
    bool,
    typer.Option(
        "--judge", help="Have a model judge the answers that are compared with free text."
    ),
]
Junit = Annotated[Path | None, typer.Option(help="JUnit XML file to write.")]


OneRun = Annotated[
    Path | None,
    typer.Argument(metavar="RUN", help="Folder of a run [default: the latest in the data folder]."),
]


def latest_run(settings: "Settings") -> Path:
    """The latest run in the data folder.

    Raises:
        BadInput: there is none.
    """
    from serving.evaluation.folder import RUN
    from serving.evaluation.running import FOLDER

    begun = list((settings.data / FOLDER).glob(f"*/{RUN}"))
    if not begun:
        raise BadInput(
            f"There is no run in {str(settings.data / FOLDER)!r}. `docsql eval run SET` makes one."
        )
    return max(begun, key=lambda file: file.stat().st_mtime).parent


def compare_two(
    before: Annotated[Path, typer.Argument(metavar="A", help="Folder of a run.")],
    after: Annotated[Path, typer.Argument(metavar="B", help="Folder of a run of the same set.")],
    further: Annotated[
        list[Path] | None,
        typer.Argument(metavar="C…", help="More runs, to see all of them side by side."),
    ] = None,
    *,
    penalty: Penalty = 1.0,
    fail_under: FailUnder = None,
    no_worse: Annotated[
        bool, typer.Option("--no-worse", help="Exit with 6 if B is significantly worse than A.")
    ] = False,
    junit: Junit = None,
) -> None:
    """Compare two runs, case by case. In JUnit XML, the cases that got worse fail.

    Three and more are shown side by side, with what each costs.
    """
    if further:
        if junit or no_worse or fail_under is not None:
            raise BadInput(
                "--junit, --no-worse and --fail-under compare two runs; give A and B alone."
            )
        _show_beside([before, after, *further], penalty)
        return
    from serving.cli.eval_flips import print_comparison
    from serving.evaluation.compare import compare_runs
    from serving.evaluation.folder import read_run

    found = compare_runs(read_run(before), read_run(after), penalty=penalty)
    print_comparison(found)
    later = [one for _, one in found.pairs]
    if junit:
        worse = {one.case.id for _, one in found.flipped if not one.is_right}
        write_junit(junit, found.after.described.set, later, failing=worse)
    hold(later, fail_under=fail_under, against=found if no_worse else None)


def _show_beside(folders: "Sequence[Path]", penalty: float) -> None:
    from serving.cli.eval_flips import print_beside
    from serving.evaluation.folder import read_run
    from serving.evaluation.side_by_side import side_by_side

    print_beside(side_by_side([read_run(folder) for folder in folders], penalty=penalty))


def hold(
    scored: "Sequence[Scored]", *, fail_under: float | None, against: "Comparison | None"
) -> None:
    """Exit with that code if a threshold is missed.

    Raises:
        typer.Exit: one is.
    """
    right = sum(one.is_right for one in scored) / (len(scored) or 1)
    missed: list[str] = []
    if fail_under is not None and right < fail_under:
        missed.append(f"{right:.3f} are right, less than {fail_under:g}.")
    if against is not None and against.unpaired > len(against.pairs):
        missed.append(
            f"Only {len(against.pairs)} of {len(against.pairs) + against.unpaired} cases are the same in "
            f"{against.before.name}, too few to compare with it."
        )
    if against is not None and against.is_worse:
        points = against.measures[0].difference
        missed.append(
            f"Worse than {against.before.name}: {points.mean:+.3f} points a question "
            f"({points.low:+.3f} to {points.high:+.3f})."
        )
    for line in missed:
        errors.print(line, style="red", markup=False, highlight=False, soft_wrap=True)
    if missed:
        raise typer.Exit(MISSED)


def write_junit(
    path: Path, name: str, scored: "Sequence[Scored]", *, failing: "set[str] | None" = None
) -> None:
    """Write the verdicts for a build server."""
    from serving.evaluation.junit import as_junit

    write_for_user(path, as_junit(name, scored, failing=failing))
