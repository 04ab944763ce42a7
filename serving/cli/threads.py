"""`docsql threads …` and `docsql feedback`: the local user's conversations."""

from collections.abc import Awaitable, Callable
from typing import TYPE_CHECKING, Annotated, TypeVar

import typer

from serving.cli.command_group import console, settings_here
from serving.process import loop

if TYPE_CHECKING:
    from serving.conversations.service import Conversations

T = TypeVar("T")

app = typer.Typer(help="List, show, export and delete conversations.", no_args_is_help=True)

AsJson = Annotated[bool, typer.Option("--json", help="Print JSON instead of text.")]
ThreadId = Annotated[
    str, typer.Argument(help="The thread's id, as `docsql threads list` shows it.")
]


def _with_threads(work: "Callable[[Conversations], Awaitable[T]]") -> T:
    """Unlike documents, threads may be opened beside a service that runs."""
    from serving.parts.assembly import open_conversations

    async def run() -> T:
        async with open_conversations(settings_here()) as conversations:
            return await work(conversations)

    return loop.run_interruptible(run())


def require_thread(thread_id: str) -> None:
    """Check that a follow-up has a conversation to follow.

    Raises:
        UnknownName: there is no such thread, here or in the service that runs.
    """
    from serving.process.discovery import running_service

    running = running_service(settings_here().data)
    if running is None:
        from serving.auth.local import LOCAL

        _with_threads(lambda conversations: conversations.require(thread_id, caller=LOCAL))
        return
    from serving.client import ServiceClient

    with ServiceClient(running.url, credential=running.credential) as client:
        client.require_thread(thread_id)


@app.command("list")
def list_threads(*, as_json: AsJson = False) -> None:
    """List your latest conversations with their ids."""
    from serving.auth.local import LOCAL

    found = _with_threads(lambda conversations: conversations.listed(caller=LOCAL))
    if as_json:
        print(found.model_dump_json(indent=2))
        return
    from serving.cli.terminal import print_listing

    rows = [(t.id, t.title, t.turns, f"{t.updated_at:%Y-%m-%d %H:%M}") for t in found.threads]
    print_listing(console, ("id", "title", "turns", "last asked (UTC)"), rows)


@app.command("show")
def show_thread(thread_id: ThreadId, *, as_json: AsJson = False) -> None:
    """Print one conversation as Markdown, or with `--json` including all evidence."""
    from serving.auth.local import LOCAL
    from serving.cli.terminal import without_escapes
    from serving.conversations.service import as_markdown

    content = _with_threads(lambda conversations: conversations.read(thread_id, caller=LOCAL))
    print(content.model_dump_json(indent=2) if as_json else without_escapes(as_markdown(content)))


@app.command("export")
def export_thread(
    thread_id: ThreadId,
    *,
    certificate: Annotated[
        bool, typer.Option("--certificate", help="A signed certificate, for `docsql verify`.")
    ] = False,
) -> None:
    """Print one conversation as JSON, with all evidence or as a certificate."""
    from serving.auth.local import LOCAL

    content = _with_threads(lambda conversations: conversations.read(thread_id, caller=LOCAL))
    if not certificate:
        print(content.model_dump_json(indent=2))
        return
    from serving.certificates.issue import issue
    from serving.parts.databases import databases_of

    settings = settings_here()
    with databases_of(settings) as databases:
        issued = loop.run_interruptible(issue(content, databases, settings.data))
    print(issued.model_dump_json(indent=2))


@app.command("delete")
def delete_thread(thread_id: ThreadId) -> None:
    """Delete one conversation with its checkpoints, evidence and feedback."""
    from serving.auth.local import LOCAL

    gone = _with_threads(lambda conversations: conversations.delete(thread_id, caller=LOCAL))
    counted = ", ".join(f"{rows} {table}" for table, rows in gone.deleted.items() if rows)
    console.print(f"Deleted {thread_id}: {counted}. Nothing is left.", markup=False, soft_wrap=True)


def feedback() -> None:
    """Print everybody's feedback on answers, one JSON object per line."""
    for record in _with_threads(lambda conversations: conversations.feedback(caller=None)):
        print(record.model_dump_json())
