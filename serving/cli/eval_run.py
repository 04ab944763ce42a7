"""`docsql eval run`: asks the questions of a set and scores the answers."""

from collections.abc import Generator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal

import typer
from rich.progress import (
    BarColumn,
    MofNCompleteColumn,
    Progress,
    TaskID,
    TextColumn,
    TimeRemainingColumn,
)

from serving.cli.command_group import FAILED, console, errors, settings_here
from serving.cli.eval_compare import FailUnder, Judging, Junit, Penalty, hold, write_junit
from serving.config.settings import Settings
from serving.process import loop
from tools.errors import BadInput

if TYPE_CHECKING:
    from serving.evaluation.folder import Run
    from serving.evaluation.record import Record
    from serving.evaluation.running import Begun


def run_cases(
    path: Annotated[
        Path, typer.Argument(metavar="SET", help="JSON lines; see docs/evaluation.md.")
    ],
    *,
    url: Annotated[str, typer.Option(help="Service to ask.")] = "",
    key_file: Annotated[
        Path | None, typer.Option(help="File with the key or token for that service.")
    ] = None,
    agent: Annotated[
        Literal["docsql", "pipeline", "tool-calling"],
        typer.Option(
            help="Which agent answers; the others are baselines with the same tools and models."
        ),
    ] = "docsql",
    out: Annotated[
        Path | None, typer.Option(help="Folder of the run [default: one in the data folder].")
    ] = None,
    concurrency: Annotated[int, typer.Option(min=1, max=64, help="Questions at once.")] = 2,
    fresh: Annotated[
        bool, typer.Option("--fresh", help="Discard earlier answers in this folder.")
    ] = False,
    judge: Judging = False,
    penalty: Penalty = 1.0,
    fail_under: FailUnder = None,
    no_worse_than: Annotated[
        Path | None, typer.Option(help="Exit with 6 if it is significantly worse than this run.")
    ] = None,
    junit: Junit = None,
) -> None:
    """Ask a set of questions and score the answers.

    A stopped run resumes where it was. Exits with 1 if a question got no answer.
    """
    from serving.cli.eval_flips import print_comparison
    from serving.cli.eval_shown import print_run
    from serving.evaluation.compare import compare_runs
    from serving.evaluation.folder import read_run
    from serving.evaluation.running import Wanted, run_set
    from serving.evaluation.verdict import score_run

    settings = settings_here()
    if judge:
        from serving.evaluation.judging import judge_of

        judge_of(settings)  # before anything is asked
    earlier = read_run(no_worse_than) if no_worse_than else None
    url, credential = _service(settings, url, key_file)
    wanted = Wanted(
        path=path,
        url=url,
        credential=credential,
        agent=agent,
        out=out,
        concurrency=concurrency,
        is_fresh=fresh,
    )
    with _shown_progress() as progress:
        run = loop.run_interruptible(
            run_set(wanted, settings, begun=progress.begin, note=progress.note)
        )
    if judge:
        from serving.evaluation.judging import judge_run

        run = loop.run_interruptible(judge_run(run, settings))
    scored = score_run(run)
    print_run(console, run, scored, penalty=penalty)
    if junit:
        write_junit(junit, run.described.set, scored)
    against = compare_runs(earlier, run, penalty=penalty) if earlier else None
    if against:
        print_comparison(against)
    if any(one.verdict == "failed" for one in scored):  # an outage is no bad answer
        _say_what_is_left(run)
        raise typer.Exit(FAILED)
    hold(scored, fail_under=fail_under, against=against)


def _say_what_is_left(run: "Run") -> None:
    many = len(run.left)
    if many:
        asked = "1 question" if many == 1 else f"{many} questions"
        said = f"{asked} got no answer. Repeat the command to ask again."
        errors.print(said, style="red", markup=False, highlight=False, soft_wrap=True)


def _service(settings: Settings, url: str, key_file: Path | None) -> tuple[str, str | None]:
    """URL and credential of the service to ask; empty if this process answers."""
    from serving.process.discovery import running_service

    if url:
        return url, _key(key_file) if key_file else None
    running = running_service(settings.data)
    return (running.url, running.credential) if running else ("", None)


def _key(file: Path) -> str:
    try:
        return file.read_text(encoding="utf-8").strip()
    except OSError as error:
        raise BadInput(f"The key file {str(file)!r} cannot be read ({error.strerror}).") from error


@dataclass(frozen=True, slots=True)
class _Shown:
    """A progress bar at a terminal."""

    bar: Progress
    task: TaskID

    def begin(self, begun: "Begun") -> None:
        """Say where the run is kept and how many questions are left."""
        done = begun.cases - len(begun.left)
        parts = ["1 question" if begun.cases == 1 else f"{begun.cases} questions"]
        parts += [f"{done} of them asked before"] if done else []
        drafts = "1 draft" if begun.drafts == 1 else f"{begun.drafts} drafts"
        parts += [f"{drafts} left out"] if begun.drafts else []
        untaken = f"{begun.untaken} left out, since a service cannot hide columns"
        parts += [untaken] if begun.untaken else []
        self._say(f"{', '.join(parts)}. The run is kept in {begun.folder}.")
        self.bar.update(self.task, total=begun.cases, completed=done)

    def note(self, record: "Record") -> None:
        """Advance the bar; report a question that got no answer."""
        if record.answer is None:
            self._say(f"{record.id}: {record.error}")
        self.bar.advance(self.task)

    @staticmethod
    def _say(line: str) -> None:
        errors.print(line, markup=False, highlight=False, soft_wrap=True)


@contextmanager
def _shown_progress() -> Generator[_Shown]:
    with Progress(
        TextColumn("Asking"),
        BarColumn(),
        MofNCompleteColumn(),
        TimeRemainingColumn(),
        console=errors,
        transient=True,
        disable=not errors.is_terminal,
    ) as bar:
        yield _Shown(bar, bar.add_task("", total=None))
