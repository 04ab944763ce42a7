"""`docsql ingest` and `docsql documents …`: what can be asked, taken in and forgotten."""

import json
from collections.abc import Callable, Generator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from serving.cli_door import FAILED, console
from serving.schema import FileOutcome
from serving.settings import Settings, load_settings
from tools.errors import BadInput

if TYPE_CHECKING:
    from serving.client import ServiceClient
    from serving.library import Library

NO_DOCUMENTS = "No documents yet; `docsql ingest PATH` takes some in."
MOST_WORKERS = 64
"""More would not be a pool but a mistake: each takes up to 2 GB."""

app = typer.Typer(help="See and delete what was ingested.", no_args_is_help=True)

AsJson = Annotated[bool, typer.Option("--json", help="Print JSON instead of text.")]


def ingest(
    paths: Annotated[list[Path], typer.Argument(help="Files, or folders to walk.")],
    collection: Annotated[str | None, typer.Option(help="Collection to put them in.")] = None,
    workers: Annotated[str, typer.Option(help="Processes that read files at once.")] = "2",
    groups: Annotated[
        str | None,
        typer.Option(help="Groups that may see them, such as `finance,hr`, or `everyone`."),
    ] = None,
    *,
    prune: Annotated[
        bool, typer.Option("--prune", help="Forget what the collection holds beside these files.")
    ] = False,
    as_json: AsJson = False,
) -> None:
    """Take documents in; what has not changed since is left alone. Exits with 1 if any failed."""
    settings = load_settings()
    if prune:
        _check_whole(paths)
    collection = collection or settings.documents.collection
    with _library(settings) as library:
        outcomes = _ingest(
            library,
            paths,
            collection,
            lambda outcome: None if as_json else _say(outcome),
            workers=_count(workers),
            groups=_names(groups),
        )
        if prune:
            _prune(library, collection, outcomes, as_json=as_json)
    if as_json:
        print(json.dumps([outcome.model_dump() for outcome in outcomes], indent=2))
    failed = sum(outcome.outcome == "failed" for outcome in outcomes)
    if not as_json:
        console.print(f"{len(outcomes) - failed} of {len(outcomes)} files are in.", style="bold")
    raise typer.Exit(FAILED if failed else 0)


def _say(outcome: FileOutcome) -> None:
    from serving.terminal import harmless, print_outcome

    print_outcome(console, outcome)
    if outcome.outcome != "failed" and outcome.reason:
        note = f"{'':>11}{harmless(outcome.reason)}"
        console.print(note, style="yellow", markup=False, highlight=False, soft_wrap=True)


def _count(workers: str) -> int:
    if workers.startswith("ray://"):
        raise BadInput(
            "DocSQL does not read files on a Ray cluster yet; give --workers a number of processes "
            "on this machine, such as 4."
        )
    if not workers.isdecimal() or not 1 <= int(workers) <= MOST_WORKERS:
        raise BadInput(f"--workers {workers!r} is not a number from 1 to {MOST_WORKERS}.")
    return int(workers)


def _names(groups: str | None) -> frozenset[str] | None:
    if groups is None:
        return None
    return frozenset(name.strip() for name in groups.split(",") if name.strip())


def _check_whole(paths: list[Path]) -> None:
    """A wrong path or a disk that is not mounted must not empty a collection."""
    from tools.documents.ingest import files_in

    for path in paths:
        if not path.exists() or not any(files_in(path)):
            raise BadInput(f"There are no files at {str(path)!r}; with --prune, there have to be.")


def _prune(
    library: "Library | ServiceClient",
    collection: str,
    outcomes: list[FileOutcome],
    *,
    as_json: bool,
) -> None:
    from serving.terminal import harmless

    kept = {outcome.source for outcome in outcomes}
    for document in library.documents():
        if document.collection == collection and document.source not in kept:
            library.delete(document.id)
            if not as_json:
                console.print(f"forgotten  {harmless(document.source)}", markup=False)


def _ingest(
    library: "Library | ServiceClient",
    paths: list[Path],
    collection: str,
    on_file: Callable[[FileOutcome], None],
    *,
    workers: int,
    groups: frozenset[str] | None,
) -> list[FileOutcome]:
    from serving.library import Library
    from tools.documents.ingest import files_in

    if isinstance(library, Library):
        return library.ingest(
            paths, collection=collection, on_file=on_file, workers=workers, groups=groups
        )
    outcomes: list[FileOutcome] = []
    for path, source in (found for root in paths for found in files_in(root)):
        outcomes.append(library.upload(path, source=source, collection=collection, groups=groups))
        on_file(outcomes[-1])
    return outcomes


@contextmanager
def _library(settings: Settings) -> "Generator[Library | ServiceClient]":
    """The documents, through the running service where there is one."""
    from serving.discovery import running_service

    running = running_service(settings.data)
    if running is not None:
        from serving.client import ServiceClient

        with ServiceClient(running.url, credential=running.credential) as client:
            yield client
        return
    from serving.assembly import open_store
    from serving.library import Library

    with open_store(settings) as store:
        yield Library(store)


@app.command("list")
def list_documents(*, as_json: AsJson = False) -> None:
    """Every document, with its id."""
    with _library(load_settings()) as library:
        found = library.documents()
    if as_json:
        print(json.dumps([document.model_dump(mode="json") for document in found], indent=2))
        return
    if not found:
        console.print(NO_DOCUMENTS)
        return
    from serving.terminal import rows_table

    rows = [(d.id, d.collection, d.source, d.title, d.passages) for d in found]
    console.print(rows_table(("id", "collection", "source", "title", "passages"), rows))


@app.command("show")
def show_document(document_id: str, *, as_json: AsJson = False) -> None:
    """The passages of one document, as they are searched and quoted."""
    with _library(load_settings()) as library:
        content = library.document(document_id)
    if as_json:
        print(content.model_dump_json(indent=2))
        return
    from serving.terminal import harmless

    heading = f"{content.document.title} ({content.document.source})"
    console.print(harmless(heading), style="bold", markup=False)
    for passage in content.passages:
        page = f" · page {passage.page}" if passage.page else ""
        console.print(f"\n{harmless(passage.section)}{page}", style="dim", markup=False)
        console.print(harmless(passage.text), markup=False, highlight=False)


@app.command("delete")
def delete_document(document_id: str) -> None:
    """Forget one document."""
    with _library(load_settings()) as library:
        gone = library.delete(document_id)
    console.print(f"Deleted {gone.source} with its {gone.passages} passages.", markup=False)


@app.command("collections")
def list_collections(*, as_json: AsJson = False) -> None:
    """The collections, with how many documents each holds."""
    from collections import Counter

    with _library(load_settings()) as library:
        counted = Counter(document.collection for document in library.documents())
    if as_json:
        print(json.dumps(counted, indent=2))
        return
    if not counted:
        console.print(NO_DOCUMENTS)
    for name, count in sorted(counted.items()):
        console.print(f"{name}: {count} documents", markup=False)
