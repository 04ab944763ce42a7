"""`docsql documents …`: list, show, copy and delete; `reembed` is in a file of its own."""

import json
import sys
from collections.abc import Generator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from serving.cli.command_group import console, settings_here
from serving.config.settings import Settings
from tools.documents.particulars.beside import told_beside
from tools.errors import BadInput
from tools.language.quantity import quantity

if TYPE_CHECKING:
    from serving.client import ServiceClient
    from serving.parts.library import DocumentLibrary
    from serving.wire.documents import DocumentInfo

NO_DOCUMENTS = "No documents yet. `docsql ingest PATH` adds some."
_LISTED = 10
"""The most documents listed before a person confirms that several are deleted."""
app = typer.Typer(help="List, show, copy and delete documents.", no_args_is_help=True)

AsJson = Annotated[bool, typer.Option("--json", help="Print JSON instead of text.")]


@contextmanager
def open_library(settings: Settings) -> "Generator[DocumentLibrary | ServiceClient]":
    """The documents, through the running service where there is one."""
    from serving.process.discovery import running_service

    running = running_service(settings.data)
    if running is not None:
        from serving.client import ServiceClient

        with ServiceClient(running.url, credential=running.credential) as client:
            yield client
        return
    from serving.auth.local import LOCAL
    from serving.observability.audit import audit_in
    from serving.parts.documents import open_store, originals, sheets
    from serving.parts.library import DocumentLibrary

    with open_store(settings) as store:
        yield DocumentLibrary(
            store,
            originals=originals(settings),
            sheets=sheets(settings),
            caller=LOCAL,
            audit=audit_in(settings),
        )


@app.command("list")
def list_documents(*, as_json: AsJson = False) -> None:
    """List the documents with their ids."""
    with open_library(settings_here()) as library:
        found = library.documents()
        lacking = "" if as_json else _lacking_vectors(library)
    if as_json:
        print(json.dumps([document.model_dump(mode="json") for document in found], indent=2))
        return
    if not found:
        console.print(NO_DOCUMENTS)
        return
    from serving.cli.terminal import print_listing

    columns = ["id", "collection", "source", "title", "passages"]
    rows = [[d.id, d.collection, d.source, _about(d), d.passages] for d in found]
    if any(d.tables for d in found):
        columns.append("tables")
        rows = [[*row, ", ".join(d.tables)] for row, d in zip(rows, found, strict=True)]
    print_listing(console, columns, rows)
    if lacking:
        console.print(lacking, markup=False, highlight=False, soft_wrap=True)


def _about(document: "DocumentInfo") -> str:
    """The title and, on a line of its own, what else the document says of itself."""
    beside = told_beside(document.title, document.company, document.period, document.kind)
    return "\n".join(filter(None, (document.title, beside)))


def _lacking_vectors(library: "DocumentLibrary | ServiceClient") -> str:
    from serving.parts.library import DocumentLibrary
    from serving.parts.vectors import describe_coverage
    from tools.documents.vectors import Coverage

    if isinstance(library, DocumentLibrary):
        vectors = library.store.vectors
        return describe_coverage(vectors.coverage()) if vectors else ""
    found = library.ready().vectors
    return describe_coverage(Coverage(found.passages, found.done)) if found else ""


@app.command("show")
def show_document(document_id: str, *, as_json: AsJson = False) -> None:
    """Print the passages of one document."""
    with open_library(settings_here()) as library:
        content = library.document(document_id)
    if as_json:
        print(content.model_dump_json(indent=2))
        return
    from serving.cli.terminal import without_escapes

    heading = f"{content.document.title} ({content.document.source})"
    console.print(without_escapes(heading), style="bold", markup=False)
    document = content.document
    if told := told_beside(document.title, document.company, document.period, document.kind):
        console.print(without_escapes(told), markup=False, highlight=False)
    for passage in content.passages:
        page = f" · page {passage.page}" if passage.page else ""
        console.print(f"\n{without_escapes(passage.section)}{page}", style="dim", markup=False)
        console.print(without_escapes(passage.text), markup=False, highlight=False)


@app.command("delete")
def delete_document(
    name: Annotated[
        str, typer.Argument(metavar="ID|PATH", help="An id, or the path of a file or folder.")
    ],
    *,
    collection: Annotated[str | None, typer.Option(help="Of this collection only.")] = None,
    yes: Annotated[bool, typer.Option("--yes", help="Delete several without asking.")] = False,
) -> None:
    """Delete a document, or all documents of a folder."""
    from serving.cli.named_documents import documents_named

    with open_library(settings_here()) as library:
        known = [d for d in library.documents() if collection in (None, d.collection)]
        found = documents_named(name, known)
        if len(found) > 1 and not yes:
            _confirm_deletion(name, found)
        for document_id in [document.id for document in found] or [name]:
            gone = library.delete(document_id)
            passages = quantity(gone.deleted_passages, "passage")
            said = f"Deleted {gone.source} and its {passages}; none is left."
            console.print(said, markup=False, soft_wrap=True)


def _confirm_deletion(name: str, found: Sequence["DocumentInfo"]) -> None:
    listed = "\n".join(f"  {d.source} ({d.collection}, {d.id})" for d in found[:_LISTED])
    more = f"\n  and {len(found) - _LISTED} more" if len(found) > _LISTED else ""
    if not sys.stdin.isatty():
        raise BadInput(f"{name!r} is {len(found)} documents; --yes deletes them:\n{listed}{more}")
    console.print(f"{listed}{more}", markup=False, highlight=False, soft_wrap=True)
    typer.confirm(f"Delete these {len(found)} documents?", abort=True)


@app.command("copy")
def copy_documents(
    to: Annotated[str, typer.Option(help="Milvus server (http://host:port) or directory (x.db).")],
    collection: Annotated[str | None, typer.Option(help="Copy this collection only.")] = None,
    token_file: Annotated[
        Path | None, typer.Option(help="File with the server's user:password.")
    ] = None,
) -> None:
    """Copy documents to another store, vectors included; existing ones are skipped."""
    from serving.cli.progress import count_so_far
    from serving.parts.documents import open_copy_target, open_store
    from tools.documents.copy import copy

    settings = settings_here()
    token = _read_token(token_file)
    with (
        open_store(settings) as source,
        open_copy_target(settings, to, token=token) as target,
        count_so_far(console, "documents") as note,
    ):
        report = copy(source, target, collection=collection, on_document=note)
    said = (
        f"{to} has {quantity(report.documents, 'document')} with "
        f"{quantity(report.passages, 'passage')}; {report.copied} "
        f"were copied now. Checked by counting all and searching for {report.asked}. Set "
        f"DOCSQL_DOCUMENTS__URI={to} to use it."
    )
    console.print(said, markup=False, highlight=False, soft_wrap=True)


def _read_token(file: Path | None) -> str | None:
    if file is None:
        return None
    try:
        return file.read_text(encoding="utf-8").strip()
    except OSError as error:
        raise BadInput(f"{str(file)!r} cannot be read: {error.strerror}.") from error


@app.command("collections")
def list_collections(*, as_json: AsJson = False) -> None:
    """List the collections and how many documents each has."""
    from collections import Counter

    with open_library(settings_here()) as library:
        counted = Counter(document.collection for document in library.documents())
    if as_json:
        print(json.dumps(counted, indent=2))
        return
    if not counted:
        console.print(NO_DOCUMENTS)
    for name, count in sorted(counted.items()):
        console.print(f"{name}: {quantity(count, 'document')}", markup=False)
