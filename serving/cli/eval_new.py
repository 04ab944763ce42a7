"""`docsql eval new` and `review`, `export`, `import`: drafting and reviewing a set of your own."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from serving.cli.command_group import console, settings_here
from serving.process import loop
from tools.errors import BadInput

if TYPE_CHECKING:
    from serving.evaluation.case import SetCase

Set = Annotated[Path, typer.Argument(metavar="SET", help="JSON lines; see docs/evaluation.md.")]
Sheet = Annotated[Path, typer.Argument(metavar="FILE", help="Spreadsheet, .csv or .xlsx.")]


def draft(
    path: Set = Path("questions.jsonl"),
    *,
    limit: Annotated[int, typer.Option(min=1, max=2000, help="Most drafts to write.")] = 60,
) -> None:
    """Draft questions with expected answers from your databases and documents.

    Drafts are not asked until you accept them. An existing set is extended.
    """
    from serving.cli.documents import open_library
    from serving.evaluation.case import read_set, write_set
    from serving.evaluation.gather import with_drafts

    settings = settings_here()
    existing = read_set(path) if path.exists() else []
    with open_library(settings) as library:
        cases, new = loop.run_interruptible(with_drafts(existing, settings, library, limit=limit))
    if not new:
        _say("Nothing new to draft.")
        if existing:
            _say(f"{path} has all of the first {limit} drafts. A larger --limit may find more.")
        else:
            _say("Connect a database, or add documents with `docsql ingest PATH`.")
        return
    write_set(path, cases)
    _say(f"{new} new draft{'s' * (new > 1)} in {path}: {_kinds(cases[-new:])}.")
    _say(f"Review them one by one: docsql eval review {path}")
    _say(f"Or in a spreadsheet: docsql eval export {path} questions.xlsx")
    _say("Then add questions as people ask them: drafts use the schema's words, which flatters.")


def review(path: Set) -> None:
    """Review each draft with its expected answer: accept, edit or drop it."""
    from serving.cli.eval_review import review_drafts

    review_drafts(path, settings_here())


def export_sheet(
    path: Set,
    file: Sheet,
    *,
    force: Annotated[bool, typer.Option("--force", help="Replace the file if it exists.")] = False,
) -> None:
    """Write a set as a spreadsheet, to review it there."""
    from serving.evaluation.case import read_set
    from serving.evaluation.sheet import write_sheet

    if file.exists() and not force:
        raise BadInput(
            f"{str(file)!r} exists, and may hold a review. Import it first, give another name, or "
            "--force to replace it."
        )
    cases = read_set(path)
    write_sheet(file, cases)
    _say(f"{_counted(cases)} in {file}. Write yes under `accepted` if one is right, then")
    _say(f"import them: docsql eval import {file} {path}")


def import_sheet(file: Sheet, path: Set) -> None:
    """Replace a set with the content of a spreadsheet.

    It is refused if it lacks a column that the set needs: what stands there would be lost.
    """
    from serving.evaluation.case import check_ids, write_set
    from serving.evaluation.sheet import read_sheet

    cases = read_sheet(file)
    check_ids(cases, file)
    if path.exists():
        _check_columns(file, path)
    write_set(path, cases)
    count = sum(case.accepted for case in cases)
    _say(f"{_counted(cases)} in {path}, {count} of them accepted.")


def _check_columns(file: Path, path: Path) -> None:
    from serving.evaluation.case import read_set
    from serving.evaluation.sheet import sheet_columns

    there = sheet_columns(file)
    known = read_set(path)
    for name in dict.fromkeys(name for case in known for name in case.model_fields_set):
        many = sum(name in case.model_fields_set for case in known)
        if name not in there:
            raise BadInput(
                f"{str(file)!r} has no column {name!r}, which {many} of {len(known)} questions of "
                f"{str(path)!r} have. Put it back, or import into another set."
            )


def _counted(cases: "list[SetCase]") -> str:
    return "1 question" if len(cases) == 1 else f"{len(cases)} questions"


def _kinds(cases: "list[SetCase]") -> str:
    counts: dict[str, int] = {}
    for case in cases:
        counts[case.kind] = counts.get(case.kind, 0) + 1
    return ", ".join(f"{count} {kind}" for kind, count in counts.items())


def _say(line: str) -> None:
    console.print(line, markup=False, highlight=False, soft_wrap=True)
