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
    limit: Annotated[int, typer.Option(min=1, max=2000, help="Maximum number of drafts.")] = 70,
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
    from serving.evaluation.expected import shown_results
    from serving.evaluation.sheet import write_sheet
    from serving.parts.databases import databases_of

    if file.exists() and not force:
        raise BadInput(
            f"{str(file)!r} exists, and may hold a review. Import it first, give another name, or "
            "--force to replace it."
        )
    cases = [case for case in read_set(path) if not case.dropped]
    with databases_of(settings_here()) as databases:
        results = shown_results(cases, databases)
    write_sheet(file, cases, results=results)
    _say(
        f"{_counted(cases)} in {file}. Write yes under `accepted` if one is right; delete the line of"
    )
    _say("one that is of no use. `result` shows what the statement gives, and is not read back.")
    _say(f"Then import them: docsql eval import {file} {path}")


def import_sheet(file: Sheet, path: Set) -> None:
    """Replace a set with the content of a spreadsheet.

    A question whose line was deleted is dropped, and not drafted again. It is refused if it lacks a column that the set needs: what stands there would be lost.
    """
    from serving.evaluation.case import check_ids, read_set, write_set
    from serving.evaluation.sheet import read_sheet

    cases = read_sheet(file)
    check_ids(cases, file)
    known = read_set(path) if path.exists() else []
    _check_columns(file, path, known)
    ids = {case.id for case in cases}
    gone = [case for case in known if case.id not in ids]
    dropped = [case.model_copy(update={"accepted": False, "dropped": True}) for case in gone]
    write_set(path, [*cases, *dropped])
    count = sum(case.accepted for case in cases)
    told = f" {len(dropped)} {'are' if len(dropped) > 1 else 'is'} dropped." if dropped else ""
    _say(f"{_counted(cases)} in {path}, {count} of them accepted.{told}")


def _check_columns(file: Path, path: Path, known: "list[SetCase]") -> None:
    from serving.evaluation.sheet import sheet_columns

    there = sheet_columns(file)
    known = [case for case in known if not case.dropped]
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
