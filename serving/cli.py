"""The command line: `docsql --help`. A command imports only what it needs."""

import asyncio
import json
import logging
import signal
import sys
from collections.abc import Callable, Generator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Literal

import typer
from pydantic import ValidationError
from rich.console import Console

from serving import cli_eval
from serving.schema import Answer, FileOutcome, Mode, Question
from serving.settings import NO_DATABASE, Settings, SettingsError, load_settings
from tools.errors import BadInput, DocsqlError, Refused

if TYPE_CHECKING:
    from serving.client import ServiceClient
    from serving.library import Library

FAILED, USAGE, REFUSED, DECLINED = 1, 2, 3, 4
"""Exit codes: it went wrong, the command line is wrong, the gate said no, no answer was found."""

NO_DOCUMENTS = "No documents yet; `docsql ingest PATH` takes some in."

app = typer.Typer(
    help="Ask your own documents and databases, on your own machine.",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    rich_markup_mode="markdown",
)
documents = typer.Typer(help="See and delete what was ingested.", no_args_is_help=True)
app.add_typer(documents, name="documents")
app.add_typer(cli_eval.app, name="eval")

console = Console()
errors = Console(stderr=True)

AsJson = Annotated[bool, typer.Option("--json", help="Print JSON instead of text.")]
DatabaseName = Annotated[str | None, typer.Option("--database", help="Name of the database.")]
Port = Annotated[int | None, typer.Option(min=1, max=65535, help="Port to listen on.")]
Host = Annotated[str | None, typer.Option(help="Address to listen on.")]


def main() -> None:
    """Run a command; what goes wrong is one line on stderr and a non-zero exit."""
    logging.basicConfig(level=logging.WARNING, format="%(levelname)s %(name)s: %(message)s")
    try:
        app()
    except KeyboardInterrupt:
        sys.exit(130)


@contextmanager
def _plain_errors() -> Generator[None]:
    """The door: whatever is meant for a person becomes a line, and nothing else is hidden."""
    from serving.client import ServiceError
    from serving.listening import PortTaken

    try:
        yield
    except Refused as error:
        _fail(str(error), REFUSED)
    except (DocsqlError, SettingsError, ServiceError, PortTaken) as error:
        _fail(str(error), FAILED)


def _fail(message: str, code: int) -> None:
    errors.print(f"docsql: {message}", style="red", markup=False, highlight=False, soft_wrap=True)
    raise typer.Exit(code)


@app.command()
def ask(
    question: Annotated[str, typer.Argument(help="What you want to know.")],
    mode: Annotated[Mode, typer.Option(help="Where to look; auto lets the model decide.")] = "auto",
    database: DatabaseName = None,
    collection: Annotated[str | None, typer.Option(help="Collection of documents.")] = None,
    thread: Annotated[str | None, typer.Option(help="Thread to follow up on.")] = None,
    *,
    as_json: AsJson = False,
) -> None:
    """Ask one question. Exits with 4 when no answer is found."""
    with _plain_errors():
        asked = _question(
            question=question,
            mode=mode,
            databases=[database] if database else None,
            collections=[collection] if collection else None,
            thread_id=thread,
        )
        answer = _answer(load_settings(), asked)
    if as_json:
        print(answer.model_dump_json(indent=2))
    else:
        from serving.terminal import print_answer

        print_answer(console, answer)
    raise typer.Exit(DECLINED if answer.status == "declined" else 0)


def _question(**fields: Any) -> Question:
    try:
        return Question(**fields)
    except ValidationError as error:
        said = "; ".join(problem["msg"] for problem in error.errors())
        raise BadInput(f"{said}.") from error


def _answer(settings: Settings, question: Question) -> Answer:
    from serving.discovery import running_service

    url = running_service(settings.data)
    if url is not None:
        from serving.client import ServiceClient

        with ServiceClient(url) as client:
            return client.ask(question)
    from serving.assembly import open_parts
    from serving.auth import LOCAL

    async def here() -> Answer:
        async with open_parts(settings) as parts:
            return await parts.turns.answer(question, LOCAL)

    return asyncio.run(here())


@app.command()
def ingest(
    paths: Annotated[list[Path], typer.Argument(help="Files, or folders to walk.")],
    collection: Annotated[str | None, typer.Option(help="Collection to put them in.")] = None,
    *,
    as_json: AsJson = False,
) -> None:
    """Take documents in; what has not changed since is left alone. Exits with 1 if any failed."""
    from serving.terminal import print_outcome

    with _plain_errors():
        settings = load_settings()
        outcomes = _ingest(
            settings,
            paths,
            collection or settings.documents.collection,
            lambda outcome: None if as_json else print_outcome(console, outcome),
        )
    if as_json:
        print(json.dumps([outcome.model_dump() for outcome in outcomes], indent=2))
    failed = sum(outcome.outcome == "failed" for outcome in outcomes)
    if not as_json:
        console.print(f"{len(outcomes) - failed} of {len(outcomes)} files are in.", style="bold")
    raise typer.Exit(FAILED if failed else 0)


def _ingest(
    settings: Settings, paths: list[Path], collection: str, on_file: Callable[[FileOutcome], None]
) -> list[FileOutcome]:
    from serving.library import Library
    from tools.documents.ingest import files_in

    with _library(settings) as library:
        if isinstance(library, Library):
            return library.ingest(paths, collection=collection, on_file=on_file)
        outcomes: list[FileOutcome] = []
        for path, source in (found for root in paths for found in files_in(root)):
            outcomes.append(library.upload(path, source=source, collection=collection))
            on_file(outcomes[-1])
        return outcomes


@contextmanager
def _library(settings: Settings) -> "Generator[Library | ServiceClient]":
    """The documents, through the running service where there is one."""
    from serving.discovery import running_service

    url = running_service(settings.data)
    if url is not None:
        from serving.client import ServiceClient

        with ServiceClient(url) as client:
            yield client
        return
    from serving.assembly import open_store
    from serving.library import Library

    with open_store(settings) as store:
        yield Library(store)


@documents.command("list")
def list_documents(*, as_json: AsJson = False) -> None:
    """Every document, with its id."""
    with _plain_errors(), _library(load_settings()) as library:
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


@documents.command("show")
def show_document(document_id: str, *, as_json: AsJson = False) -> None:
    """The passages of one document, as they are searched and quoted."""
    with _plain_errors(), _library(load_settings()) as library:
        content = library.document(document_id)
    if as_json:
        print(content.model_dump_json(indent=2))
        return
    console.print(
        f"{content.document.title} ({content.document.source})", style="bold", markup=False
    )
    for passage in content.passages:
        page = f" · page {passage.page}" if passage.page else ""
        console.print(f"\n{passage.section}{page}", style="dim", markup=False)
        console.print(passage.text, markup=False, highlight=False)


@documents.command("delete")
def delete_document(document_id: str) -> None:
    """Forget one document."""
    with _plain_errors(), _library(load_settings()) as library:
        gone = library.delete(document_id)
    console.print(f"Deleted {gone.source} with its {gone.passages} passages.", markup=False)


@documents.command("collections")
def list_collections(*, as_json: AsJson = False) -> None:
    """The collections, with how many documents each holds."""
    from collections import Counter

    with _plain_errors(), _library(load_settings()) as library:
        counted = Counter(document.collection for document in library.documents())
    if as_json:
        print(json.dumps(counted, indent=2))
        return
    if not counted:
        console.print(NO_DOCUMENTS)
    for name, count in sorted(counted.items()):
        console.print(f"{name}: {count} documents", markup=False)


@app.command()
def sql(
    statement: Annotated[str, typer.Argument(help="One SELECT.")],
    database: DatabaseName = None,
    *,
    as_json: AsJson = False,
) -> None:
    """Run one statement through the gate. Exits with 3 when it is refused."""
    from serving.auth import LOCAL

    with _plain_errors(), _one_database(load_settings(), database) as chosen:
        result = chosen.run(statement, caller=LOCAL)
    from serving.wire import query

    shown = query(1, result)
    if as_json:
        print(shown.model_dump_json(indent=2))
        return
    from serving.terminal import rows_table

    console.print(rows_table(shown.columns, shown.rows))
    if shown.truncated:
        console.print("There are more rows than the cap lets through.", style="yellow")


@app.command()
def schema(database: DatabaseName = None) -> None:
    """Print what a model sees of a database."""
    with _plain_errors(), _one_database(load_settings(), database) as chosen:
        text = chosen.schema().describe()
    print(text)


@contextmanager
def _one_database(settings: Settings, name: str | None) -> "Generator[Any]":
    from serving.assembly import open_databases
    from tools.errors import UnknownName

    databases = open_databases(settings)
    try:
        if not databases:
            raise UnknownName(NO_DATABASE)
        chosen = name or next(iter(databases))
        if chosen not in databases:
            known = ", ".join(databases)
            raise UnknownName(f"There is no database {name!r}; connected are: {known}.")
        if name is None and len(databases) > 1:
            raise UnknownName(f"Say which database: --database {' | '.join(databases)}.")
        yield databases[chosen]
    finally:
        for opened in databases.values():
            opened.close()


@app.command()
def graph() -> None:
    """Print the state machine as a Mermaid drawing."""
    from serving.assembly import drawable_graph

    with _plain_errors():
        print(drawable_graph(load_settings()).get_graph(xray=True).draw_mermaid())


@app.command()
def doctor(*, as_json: AsJson = False) -> None:
    """Say what stands behind each part, and what does not answer. Exits with 1 if anything."""
    from serving.doctor import examine

    with _plain_errors():
        findings = examine(load_settings())
    if as_json:
        print(json.dumps([finding.as_dict() for finding in findings], indent=2))
    else:
        from serving.terminal import print_findings

        print_findings(console, findings)
    raise typer.Exit(0 if all(finding.is_well for finding in findings) else FAILED)


@app.command()
def serve(host: Host = None, port: Port = None) -> None:
    """Serve the agent over HTTP: /agent, /documents, /health, /ready."""
    from serving.service import serve_until_stopped

    with _plain_errors():
        settings = _listening(load_settings(), "service", host, port)
        _end_on_sigterm()
        asyncio.run(serve_until_stopped(settings, say=_say_address))


@app.command()
def chat(
    host: Host = None,
    port: Port = None,
    api_url: Annotated[str | None, typer.Option(help="Address of the service.")] = None,
) -> None:
    """Serve the chat page, which talks to a running service."""
    from serving.page import run_page

    with _plain_errors():
        settings = _listening(load_settings(), "page", host, port, api_url=api_url)
        raise typer.Exit(run_page(settings))


@app.command()
def demo() -> None:
    """Load the sample data, ask three questions, then serve the API and the chat page."""
    from serving.demonstration import demonstrate

    with _plain_errors():
        _end_on_sigterm()
        demonstrate(load_settings(), console)


def _listening(
    settings: Settings,
    section: Literal["service", "page"],
    host: str | None,
    port: int | None,
    **more: str | None,
) -> Settings:
    """The settings with what the command line says about where to listen."""
    said = {"host": host, "port": port, **more}
    changed = {name: value for name, value in said.items() if value is not None}
    return settings.model_copy(
        update={section: getattr(settings, section).model_copy(update=changed)}
    )


def _say_address(url: str) -> None:
    _say(f"DocSQL answers at {url} (API: {url}/docs). Stop it with Ctrl-C.")


def _say(line: str) -> None:
    console.print(line, markup=False, highlight=False, soft_wrap=True)


def _end_on_sigterm() -> None:
    """Leave by the way of an exception, so that what was opened is closed and no child stays."""
    signal.signal(signal.SIGTERM, lambda number, _: sys.exit(128 + number))
