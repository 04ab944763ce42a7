"""`docsql golden …`: questions whose SQL a person has verified."""

from getpass import getuser
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from serving.cli.command_group import FAILED, console, settings_here
from serving.cli.one_database import one_database
from tools.errors import BadInput

if TYPE_CHECKING:
    from serving.parts.review import Proposal

app = typer.Typer(help="Check and review the golden queries.", invoke_without_command=True)

DatabaseName = Annotated[str | None, typer.Option("--database", help="Name of the database.")]
By = Annotated[
    str | None, typer.Option("--by", help="Who verifies them (default: the current user).")
]


@app.callback()
def check_pairs(
    ctx: typer.Context,
    database: DatabaseName = None,
    *,
    accept: Annotated[
        bool, typer.Option("--accept", help="Mark every pair that passes the gate as reviewed.")
    ] = False,
    by: By = None,
) -> None:
    """Check the golden queries. Exits with 1 if any cannot be used."""
    if ctx.invoked_subcommand is not None:
        return
    from serving.parts.golden import accept_golden, golden_problems

    settings = settings_here()
    with one_database(settings, database) as chosen:
        if accept:
            accept_golden(chosen, settings, by=by or _me())
    with one_database(settings, database) as chosen:
        problems = golden_problems(chosen)
        used = len(chosen.golden()) - len(problems)
    for problem in problems:
        _say(problem)
    _say(f"{used} golden queries of {chosen.name!r} are shown to the model.")
    raise typer.Exit(FAILED if problems else 0)


@app.command("review")
def review_golden(
    database: DatabaseName = None,
    *,
    export: Annotated[
        Path | None, typer.Option("--export", help="Write the proposals to this file instead.")
    ] = None,
    import_: Annotated[
        Path | None,
        typer.Option("--import", help="Import the pairs with `accept: true` from this file."),
    ] = None,
    by: By = None,
) -> None:
    """Verify rejected, corrected and doubtful answers one by one."""
    from serving.parts.review import accepted_in, proposal_file, take

    settings, who = settings_here(), by or _me()
    with one_database(settings, database) as chosen:
        if import_ is not None:
            accepted = list(accepted_in(import_))
        else:
            found = _proposed(chosen.name, [pair.question for pair in chosen.golden()])
            if export is not None:
                _write(export, proposal_file(found))
                _say(
                    f"{len(found)} proposals are in {export}: set `accept: true` on the right ones."
                )
                return
            accepted = [kept for one in found if (kept := _asked(one)) is not None]
        taken = take(accepted, chosen, settings, by=who)
    _say(f"{taken} queries were verified by {who}.")


def _proposed(database: str, known: list[str]) -> "list[Proposal]":
    from serving.parts.assembly import open_conversations
    from serving.parts.review import proposals
    from serving.process import loop

    async def found() -> "list[Proposal]":
        async with open_conversations(settings_here()) as conversations:
            return await proposals(conversations.threads, database, known)

    return loop.run_interruptible(found())


def _asked(one: "Proposal") -> "Proposal | None":
    """The proposal as a person leaves it; None if they skip it."""
    _say(f"\n{one.shown}")
    said = typer.prompt("verify [y], correct the SQL [e], leave out [n]", default="n")
    if said == "e":
        sql = str(typer.prompt("SQL (empty: as it is)", default="", show_default=False))
        return one.corrected(sql) if sql.strip() else one
    return one if said == "y" else None


def _write(path: Path, text: str) -> None:
    from serving.process.private import open_for_user

    try:
        with open_for_user(path) as file:
            file.write(text)
    except OSError as error:
        raise BadInput(f"{str(path)!r} cannot be written ({error.strerror}).") from error


def _me() -> str:
    try:
        return getuser()
    except (OSError, KeyError):  # a container's user may have no name
        return "unknown"


def _say(line: str) -> None:
    from serving.cli.terminal import without_escapes

    console.print(without_escapes(line), markup=False, highlight=False, soft_wrap=True)
