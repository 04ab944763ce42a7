"""`docsql sync`: the sources of the settings, brought up to date."""

import json
from typing import Annotated

import typer

from serving.cli.command_group import FAILED, console, settings_here
from serving.cli.documents import AsJson, open_library
from serving.cli.ingest import follow_with_vectors, worker_count


def sync_sources(
    name: Annotated[
        str | None, typer.Argument(help="Name of a source in the settings; all if unset.")
    ] = None,
    workers: Annotated[
        str, typer.Option(help="Processes that read files, ray://host:port, or ray://local.")
    ] = "2",
    *,
    allow_empty: Annotated[
        bool,
        typer.Option("--allow-empty", help="If a source lists no files, remove all its documents."),
    ] = False,
    as_json: AsJson = False,
) -> None:
    """Bring sources up to date. Exits with 1 if anything failed; the next sync tries it again."""
    from serving.cli.source_syncs import Syncs
    from serving.parts.sources import configured_sources

    settings = settings_here()
    sources = configured_sources(settings, name)
    with open_library(settings) as library:
        syncs = Syncs(
            library, settings, worker_count(workers), is_shown=not as_json, allow_empty=allow_empty
        )
        reports = syncs.run(sources)
        no_vectors = follow_with_vectors(library, is_shown=not as_json)
    if as_json:
        print(json.dumps([report.model_dump() for report in reports], indent=2))
    elif no_vectors:
        console.print(f"Documents are searched by keywords only. {no_vectors}", markup=False)
    raise typer.Exit(0 if all(report.is_whole for report in reports) else FAILED)
