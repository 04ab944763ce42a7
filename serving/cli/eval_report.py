"""`docsql eval report`: a run as a page, or as Markdown for a pull request."""

from pathlib import Path
from typing import Annotated

import typer

from serving.cli.command_group import console
from serving.cli.eval_compare import Judging, OneRun, Penalty, latest_run
from serving.cli.user_file import write_for_user
from serving.config.settings import load_settings
from serving.process import loop
from tools.errors import BadInput


def report(
    run: OneRun = None,
    *,
    html: Annotated[Path | None, typer.Option(help="HTML page to write, a single file.")] = None,
    markdown: Annotated[
        Path | None, typer.Option(help="Markdown file to write, for a pull request.")
    ] = None,
    against: Annotated[Path | None, typer.Option(help="An earlier run to compare with.")] = None,
    judge: Judging = False,
    penalty: Penalty = 1.0,
) -> None:
    """Report a run, worst answers first. Writes report.html into its folder by default."""
    from serving.evaluation.compare import compare_runs
    from serving.evaluation.folder import read_run
    from serving.evaluation.verdict import score_run

    read = read_run(run or latest_run(load_settings()))
    if judge:
        from serving.evaluation.judging import judge_run

        read = loop.run_interruptible(judge_run(read, load_settings()))
    scored = score_run(read)
    if not scored:
        raise BadInput(
            f"The run {str(read.folder)!r} has no answers yet. Repeat its `docsql eval run`."
        )
    found = compare_runs(read_run(against), read, penalty=penalty) if against else None
    if markdown:
        from serving.evaluation.markdown import as_pull_request

        _write(markdown, as_pull_request(read, scored, penalty=penalty, against=found))
    if html or not markdown:
        from serving.evaluation.page import as_page

        _write(
            html or read.folder / "report.html",
            as_page(read, scored, penalty=penalty, against=found),
        )


def _write(path: Path, text: str) -> None:
    write_for_user(path, text)
    console.print(f"Wrote {path}.", markup=False, highlight=False, soft_wrap=True)
