"""The command line: `docsql --help`. A command imports only what it needs."""

import gc
import json
import logging
import signal
import sys
from typing import Annotated, Any, Literal

import typer
from pydantic import ValidationError

from serving.cli import (
    certificates,
    documents,
    evaluation,
    golden,
    ingest,
    keys,
    model,
    reembed,
    sync,
    threads,
    usage,
)
from serving.cli.command_group import (
    DECLINED,
    FAILED,
    WAITING,
    CommandGroup,
    console,
    errors,
    settings_here,
)
from serving.cli.documents import AsJson
from serving.cli.one_database import one_database
from serving.config.service import MOST_WORKERS
from serving.config.settings import Settings, load_settings, quieten_grpc
from serving.process import loop
from serving.wire.answer import Answer
from serving.wire.question import Mode, Question
from tools.errors import BadInput

app = typer.Typer(
    cls=CommandGroup,
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    rich_markup_mode="markdown",
)
documents.app.command("reembed")(reembed.reembed_documents)
app.add_typer(documents.app, name="documents")
app.add_typer(evaluation.app, name="eval")
app.add_typer(golden.app, name="golden")
app.add_typer(keys.app, name="keys")
app.add_typer(model.app, name="model")
app.add_typer(threads.app, name="threads")

_YOUNG = 100_000
"""Objects that may be made, over those that have ended, before garbage is looked for.

Python looks after 700, again and again while libraries are imported, of which nothing ever ends.
"""

DatabaseName = Annotated[str | None, typer.Option("--database", help="Name of the database.")]
Port = Annotated[int | None, typer.Option(min=1, max=65535, help="Port to listen on.")]
Host = Annotated[str | None, typer.Option(help="Address to listen on.")]


def _print_version(wanted: bool) -> None:  # noqa: FBT001  # Typer's callback
    if wanted:
        from importlib.metadata import version

        print(f"docsql {version('docsql')}")
        raise typer.Exit


@app.callback()
def take_options(
    *,
    _: Annotated[
        bool,
        typer.Option(
            "--version", callback=_print_version, is_eager=True, help="Print the version and exit."
        ),
    ] = False,
) -> None:
    """Ask your own documents and databases, on your own machine."""


def main() -> None:
    """Run a command; an error is one line on standard error and a non-zero exit code."""
    gc.set_threshold(_YOUNG)
    logging.basicConfig(level=logging.WARNING, format="%(levelname)s %(name)s: %(message)s")
    quieten_grpc()
    try:
        app()
    except KeyboardInterrupt:
        sys.exit(130)
    finally:
        # The process ends: Python would go through all that was loaded for garbage, half a second.
        gc.freeze()


@app.command()
def ask(
    question: Annotated[str, typer.Argument(help="The question.")],
    mode: Annotated[Mode, typer.Option(help="Where to look; auto lets the model decide.")] = "auto",
    database: DatabaseName = None,
    collection: Annotated[str | None, typer.Option(help="Collection of documents.")] = None,
    thread: Annotated[str | None, typer.Option(help="Thread to follow up on.")] = None,
    *,
    as_json: AsJson = False,
) -> None:
    """Ask one question. Exits with 4 if no answer was found, with 5 if it waits for approval."""
    asked = _question(
        question=question,
        mode=mode,
        databases=[database] if database else None,
        collections=[collection] if collection else None,
        thread_id=thread,
    )
    settings = settings_here()
    if thread is not None:
        threads.require_thread(thread)
    answer = _answer(settings, asked)
    if as_json:
        print(answer.model_dump_json(indent=2))
    else:
        answer = _shown(settings, answer)
    raise typer.Exit({"declined": DECLINED, "needs_approval": WAITING}.get(answer.status, 0))


app.command("ingest")(ingest.ingest_files)
app.command("sync")(sync.sync_sources)
app.command()(threads.feedback)
app.command()(certificates.verify)
app.command()(usage.usage)


def _shown(settings: Settings, answer: Answer) -> Answer:
    """The answer printed, after a person was asked about each statement that waits."""
    from serving.cli.approval import ask_decisions, can_be_asked, how_to_resume, print_approval
    from serving.cli.terminal import print_answer

    while answer.status == "needs_approval" and can_be_asked():
        answer = _answer(settings, ask_decisions(console, answer))
    if answer.status != "needs_approval":
        print_answer(console, answer)
        return answer
    for approval in answer.approvals:
        print_approval(console, approval)
    _say(how_to_resume(answer.approvals, answer.thread_id))
    return answer


def _question(**fields: Any) -> Question:
    try:
        return Question(**fields)
    except ValidationError as error:
        said = "; ".join(problem["msg"] for problem in error.errors())
        raise BadInput(f"{said}.") from error


def _answer(settings: Settings, question: Question) -> Answer:
    from serving.process.discovery import running_service

    running = running_service(settings.data)
    if running is not None:
        from serving.client import ServiceClient

        with ServiceClient(running.url, credential=running.credential) as client:
            return client.ask(question)
    from serving.auth.local import LOCAL
    from serving.parts.assembly import open_parts

    async def here() -> Answer:
        async with open_parts(settings) as parts:
            return await parts.turns.answer(question, LOCAL)

    return loop.run_interruptible(here())


@app.command()
def sql(
    statement: Annotated[str, typer.Argument(help="One SELECT.")],
    database: DatabaseName = None,
    *,
    as_json: AsJson = False,
) -> None:
    """Run one statement through the gate. Exits with 3 if it is refused."""
    from serving.auth.local import LOCAL

    with one_database(settings_here(), database) as chosen:
        result = chosen.run(statement, caller=LOCAL)
    from serving.wire.evidence import query

    shown = query(1, result)
    if as_json:
        print(shown.model_dump_json(indent=2))
        return
    from serving.cli.terminal import rows_table

    console.print(rows_table(shown.columns, shown.rows))
    if shown.truncated:
        console.print("The result was cut off at the row or byte cap.", style="yellow")


@app.command()
def schema(
    database: DatabaseName = None,
    question: Annotated[
        str | None, typer.Option(help="Print what a model sees for this question.")
    ] = None,
) -> None:
    """Print what a model sees of a database."""
    from serving.parts.left_out import left_out_files

    settings = settings_here()
    with one_database(settings, database) as chosen:
        seen = chosen.schema() if question is None else chosen.schema_for(question)
        is_choice = question is None and not chosen.shows_all()
        nothing = "may be seen" if question is None else "the question seems to need"
        text = seen.describe() or f"The database {chosen.name!r} has no table that {nothing}."
        left_out = left_out_files(settings).get(chosen.name, {})
    from serving.cli.terminal import without_escapes

    print(without_escapes(text))
    for file, why in left_out.items():
        note = f"{file} is left out: {why}."
        errors.print(without_escapes(note), markup=False, highlight=False, soft_wrap=True)
    if is_choice:
        note = (
            f"These are {len(seen.tables):,} tables, too many for a prompt: a model is shown those "
            'that a question needs. `docsql schema --question "…"` prints them.'
        )
        errors.print(note, markup=False, highlight=False, soft_wrap=True)


@app.command()
def graph() -> None:
    """Print the state machine as a Mermaid drawing."""
    from serving.parts.assembly import drawable_graph

    print(drawable_graph(load_settings()).get_graph(xray=True).draw_mermaid())


@app.command()
def doctor(*, as_json: AsJson = False) -> None:
    """Check every part. Exits with 1 if any does not answer."""
    from serving.cli.doctor import examine

    findings = examine(settings_here())
    if as_json:
        print(json.dumps([finding.as_dict() for finding in findings], indent=2))
    else:
        from serving.cli.terminal import print_findings

        print_findings(console, findings)
    raise typer.Exit(0 if all(finding.is_well for finding in findings) else FAILED)


@app.command()
def serve(
    host: Host = None,
    port: Port = None,
    workers: Annotated[
        int | None, typer.Option(min=1, max=MOST_WORKERS, help="Worker processes.")
    ] = None,
) -> None:
    """Serve the agent over HTTP: /agent, /documents, /health, /ready."""
    from serving.cli.greeting import greeting
    from serving.observability.logs import log_as_json

    settings = _listening(settings_here(), "service", host, port, workers=workers)
    log_as_json(level=settings.telemetry.log_level, has_content=settings.telemetry.log_content)
    _end_on_sigterm()

    def greet(url: str) -> None:
        for line in greeting(settings, url):
            _say(line)

    if settings.service.workers > 1:
        from serving.process.workers import serve_by_workers

        serve_by_workers(settings, say=greet)
        return
    from serving.process.server import run_service, serve_until_stopped

    run_service(serve_until_stopped(settings, say=greet))


@app.command()
def chat(
    host: Host = None,
    port: Port = None,
    api_url: Annotated[str | None, typer.Option(help="Address of the service.")] = None,
) -> None:
    """Serve the chat page, which talks to a running service."""
    from serving.process.page import run_page

    settings = _listening(settings_here(), "page", host, port, api_url=api_url)
    raise typer.Exit(run_page(settings))


@app.command()
def demo() -> None:
    """Load the sample data, ask three questions, then serve the API and the chat page.

    The API is at port 8710 and the page at port 8711; DOCSQL_SERVICE__PORT and DOCSQL_PAGE__PORT
    choose others.
    """
    from serving.cli.demonstration import run_demo

    _end_on_sigterm()
    run_demo(settings_here(), console)


def _listening(
    settings: Settings,
    section: Literal["service", "page"],
    host: str | None,
    port: int | None,
    **more: str | int | None,
) -> Settings:
    """The settings, with host and port from the command line."""
    said = {"host": host, "port": port, **more}
    changed = {name: value for name, value in said.items() if value is not None}
    return settings.model_copy(
        update={section: getattr(settings, section).model_copy(update=changed)}
    )


def _say(line: str) -> None:
    console.print(line, markup=False, highlight=False, soft_wrap=True)


def _end_on_sigterm() -> None:
    """Exit through an exception, so that everything opened is closed and no child process stays."""
    signal.signal(signal.SIGTERM, lambda number, _: sys.exit(128 + number))
