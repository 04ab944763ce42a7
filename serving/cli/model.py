"""`docsql model …`: what the company calls things in its databases."""

from functools import partial
from pathlib import Path
from typing import Annotated

import typer

from serving.cli.command_group import FAILED, console, errors, settings_here

app = typer.Typer(
    help="Say what your company calls its tables, columns and figures.", no_args_is_help=True
)

OneDatabase = Annotated[str | None, typer.Argument(help="Name of the database.", metavar="[DB]")]


@app.command("draft")
def draft_models(
    database: Annotated[str, typer.Argument(help="Name of the database.", metavar="DB")],
) -> None:
    """Propose a semantic model from a database's names and values, on standard output."""
    from serving.cli.terminal import without_escapes
    from serving.parts.semantic import model_draft

    settings, propose = settings_here(), None
    if not settings.chat.is_embedded:
        from serving.parts.proposing import described

        propose = partial(described, settings)
    print(without_escapes(model_draft(settings, database, propose)), end="")


@app.command("import")
def import_model(
    file: Annotated[
        Path, typer.Argument(help="YAML of dbt's semantic layer or of Cortex Analyst.")
    ],
) -> None:
    """Write another tool's semantic model in Ossie's format, on standard output."""
    from serving.cli.terminal import without_escapes
    from tools.sql.semantic.imports.read import imported

    text, left = imported(file)
    print(without_escapes(text), end="")
    for one in left:
        errors.print(f"Not taken over: {one}.", markup=False, highlight=False, soft_wrap=True)


@app.command("check")
def check_models(
    database: OneDatabase = None,
    *,
    accept: Annotated[
        bool, typer.Option("--accept", help="Mark the model as reviewed against today's schema.")
    ] = False,
) -> None:
    """Check semantic models against their databases. Exits with 1 if any does not fit."""
    from serving.parts.semantic import accept_model, databases_with_models, semantic_problems
    from tools.language.telling import IN_ENGLISH

    settings, failed = settings_here(), False
    for name, path in databases_with_models(settings, database).items():
        if accept:
            accept_model(settings, name, path)
        problems = semantic_problems(settings, name, path)
        for text, _ in problems:
            _say(text)
        grave = sum(is_grave for _, is_grave in problems)
        found = IN_ENGLISH.how_many(grave, "problem")
        _say(f"The model of {name!r} {f'has {found}' if grave else 'fits its database'}.")
        failed = failed or bool(grave)
    raise typer.Exit(FAILED if failed else 0)


@app.command("show")
def show_models(database: OneDatabase = None) -> None:
    """Print what the semantic models say, with the columns and expressions behind it."""
    from serving.parts.semantic import databases_with_models, model_shown

    settings = settings_here()
    for name in databases_with_models(settings, database):
        for line in model_shown(settings, name):
            _say(line)


def _say(line: str) -> None:
    from serving.cli.terminal import without_escapes

    console.print(without_escapes(line), markup=False, highlight=False, soft_wrap=True)
