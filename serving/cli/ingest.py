"""`docsql ingest`: files and folders into a collection."""

import json
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from serving.cli.command_group import FAILED, console, settings_here
from serving.cli.documents import AsJson, open_library
from serving.config.settings import Settings
from serving.wire.documents import FileOutcome
from tools.errors import BadInput
from tools.language.quantity import quantity

if TYPE_CHECKING:
    from serving.client import ServiceClient
    from serving.parts.library import DocumentLibrary

MOST_WORKERS = 64
"""An upper bound against typing errors: each process may take 2 GB."""
RAY = "ray://"


def ingest_files(
    places: Annotated[
        list[str],
        typer.Argument(metavar="PATHS", help="Files, folders, or URLs such as s3://bucket/folder."),
    ],
    collection: Annotated[str | None, typer.Option(help="Collection to put them in.")] = None,
    workers: Annotated[
        str, typer.Option(help="Processes that read files, ray://host:port, or ray://local.")
    ] = "2",
    groups: Annotated[
        str | None,
        typer.Option(help="Groups that may see them, such as `finance,hr`, or `everyone`."),
    ] = None,
    *,
    prune: Annotated[
        bool,
        typer.Option("--prune", help="Delete documents whose files are gone from these folders."),
    ] = False,
    depth: Annotated[
        int, typer.Option(min=0, max=20, help="Websites: how many links away pages may be.")
    ] = 0,
    as_json: AsJson = False,
) -> None:
    """Ingest documents; unchanged files are skipped. Exits with 1 if any file failed."""
    from serving.cli.progress import IngestProgress
    from tools.sources.address import is_address

    settings = settings_here()
    wanted = worker_count(workers)
    paths = [Path(place) for place in places if not is_address(place)]
    if prune:
        _check_whole(paths)
    collection = collection or settings.documents.collection
    for_whom = group_names(groups)
    with open_library(settings) as library:
        with IngestProgress(console, _count(paths), is_shown=not as_json) as progress:
            outcomes = _ingest(
                library, settings, paths, collection, progress.note, wanted, for_whom
            )
        if prune:
            _prune(library, collection, paths, as_json=as_json)
        if urls := [place for place in places if is_address(place)]:
            from serving.cli.source_syncs import Syncs

            syncs = Syncs(library, settings, wanted, is_shown=not as_json, prune=prune)
            outcomes += syncs.take_urls(urls, collection, for_whom, depth)
        no_vectors = follow_with_vectors(library, is_shown=not as_json)
    if as_json:
        print(json.dumps([outcome.model_dump() for outcome in outcomes], indent=2))
    failed = sum(outcome.outcome == "failed" for outcome in outcomes)
    if not as_json:
        console.print(_summary(outcomes), style="bold")
        if no_vectors:
            console.print(f"Documents are searched by keywords only. {no_vectors}", markup=False)
    raise typer.Exit(FAILED if failed else 0)


def _summary(outcomes: Sequence[FileOutcome]) -> str:
    files = [outcome for outcome in outcomes if outcome.outcome != "skipped"]
    read = sum(outcome.outcome != "failed" for outcome in files)
    verb = "is" if len(files) == 1 else "are"
    return f"{read} of {quantity(len(files), 'file')} {verb} ingested."


def follow_with_vectors(library: "DocumentLibrary | ServiceClient", *, is_shown: bool) -> str:
    """Make what is missing, unless the service does; why it cannot be made, or empty."""
    from serving.cli.progress import VectorProgress
    from serving.parts.library import DocumentLibrary
    from serving.parts.vectors import make_vectors

    if not isinstance(library, DocumentLibrary):
        return ""
    with VectorProgress(console, is_shown=is_shown) as progress:
        return make_vectors(library.store, on_progress=progress.note)


def worker_count(workers: str) -> int | str:
    """The option `--workers`: a number, or the address of a Ray cluster."""
    if workers.startswith(RAY):
        return workers
    if not workers.isdecimal() or not 1 <= int(workers) <= MOST_WORKERS:
        raise BadInput(
            f"--workers {workers!r} is neither a number from 1 to {MOST_WORKERS} nor ray://local "
            "or ray://host:port."
        )
    return int(workers)


def group_names(groups: str | None) -> frozenset[str] | None:
    """The option `--groups`; None if it is not given."""
    if groups is None:
        return None
    return frozenset(name.strip() for name in groups.split(",") if name.strip())


def _count(paths: list[Path]) -> int:
    from tools.documents.folder import files_in

    return sum(1 for root in paths for _ in files_in(root))


def _check_whole(paths: list[Path]) -> None:
    """Keep a wrong path or an unmounted disk from emptying a collection."""
    for path in paths:
        if not path.exists() or not _count([path]):
            raise BadInput(
                f"There are no files at {str(path)!r}, and --prune would delete "
                "everything from there. Check the path."
            )


def _prune(
    library: "DocumentLibrary | ServiceClient",
    collection: str,
    paths: list[Path],
    *,
    as_json: bool,
) -> None:
    """Delete documents that came from these folders and are gone from them, and nothing else."""
    from serving.cli.terminal import without_escapes
    from tools.documents.folder import files_in
    from tools.documents.identity import is_at, place_of, real_folder

    folders = [path for path in paths if path.is_dir()]
    there = {real_folder(path): {source for _, source in files_in(path)} for path in folders}
    for document in library.documents(collection=collection):
        source = document.source
        lacking = (root for root, sources in there.items() if source not in sources)
        if any(is_at(document.id, place_of(collection, root, source)) for root in lacking):
            library.delete(document.id)
            if not as_json:
                console.print(f"forgotten  {without_escapes(document.source)}", markup=False)


def _ingest(
    library: "DocumentLibrary | ServiceClient",
    settings: Settings,
    paths: list[Path],
    collection: str,
    on_file: Callable[[FileOutcome], None],
    workers: int | str,
    groups: frozenset[str] | None,
) -> list[FileOutcome]:
    from serving.parts.library import DocumentLibrary
    from tools.documents.folder import files_in
    from tools.documents.identity import source_root
    from tools.documents.ingest import unread

    if not paths:
        return []
    if isinstance(library, DocumentLibrary):
        from serving.parts.documents import open_readers
        from serving.parts.vectors import vectors_beside

        with vectors_beside(library.store), open_readers(settings, workers) as readers:
            return library.ingest(
                paths, collection=collection, on_file=on_file, readers=readers, groups=groups
            )
    if isinstance(workers, str):
        raise BadInput(
            f"The service at {library.url} is running and parses files itself. Stop it to ingest "
            f"with --workers {workers}."
        )
    outcomes = [FileOutcome.model_validate(report) for report in unread(paths)]
    for outcome in outcomes:
        on_file(outcome)
    found = (file for root in paths for file in files_in(root))
    return outcomes + library.upload(
        found, collection=collection, groups=groups, on_file=on_file, root_of=source_root
    )
