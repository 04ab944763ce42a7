"""`docsql documents …`: what was ingested, and how it is forgotten."""

import json
from collections.abc import Generator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Annotated

import typer

from serving.cli_door import console
from serving.settings import Settings, load_settings

if TYPE_CHECKING:
    from serving.client import ServiceClient
    from serving.library import Library

NO_DOCUMENTS = "No documents yet; `docsql ingest PATH` takes some in."
app = typer.Typer(help="See and delete what was ingested.", no_args_is_help=True)

AsJson = Annotated[bool, typer.Option("--json", help="Print JSON instead of text.")]


@contextmanager
def open_library(settings: Settings) -> "Generator[Library | ServiceClient]":
    """The documents, through the running service where there is one."""
    from serving.discovery import running_service

    running = running_service(settings.data)
    if running is not None:
        from serving.client import ServiceClient

        with ServiceClient(running.url, credential=running.credential) as client:
            yield client
        return
    from serving.assembly import open_store, originals
    from serving.library import Library

    with open_store(settings) as store:
        yield Library(store, originals=originals(settings))


@app.command("list")
def list_documents(*, as_json: AsJson = False) -> None:
    """Every document, with its id."""
    with open_library(load_settings()) as library:
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
    with open_library(load_settings()) as library:
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
    with open_library(load_settings()) as library:
        gone = library.delete(document_id)
    said = (
        f"Deleted {gone.source} with its {gone.deleted_passages} passages; none is found any more."
    )
    console.print(said, markup=False, soft_wrap=True)


@app.command("collections")
def list_collections(*, as_json: AsJson = False) -> None:
    """The collections, with how many documents each holds."""
    from collections import Counter

    with open_library(load_settings()) as library:
        counted = Counter(document.collection for document in library.documents())
    if as_json:
        print(json.dumps(counted, indent=2))
        return
    if not counted:
        console.print(NO_DOCUMENTS)
    for name, count in sorted(counted.items()):
        console.print(f"{name}: {count} documents", markup=False)
