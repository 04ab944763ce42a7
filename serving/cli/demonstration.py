"""`docsql demo`: the sample data, three questions, then the service and the page."""

import asyncio
import sqlite3
import subprocess
from collections.abc import Generator
from contextlib import AsyncExitStack, closing, contextmanager, suppress
from pathlib import Path

import httpx
from rich.console import Console
from rich.rule import Rule
from rich.text import Text

from serving.auth.local import LOCAL
from serving.cli.terminal import banner, print_answer, print_outcome
from serving.config.settings import Settings
from serving.parts.assembly import Parts
from serving.parts.databases import DEMO_DATABASE
from serving.parts.documents import make_folder, open_store, originals, sheets
from serving.parts.library import DocumentLibrary
from serving.parts.vectors import make_vectors
from serving.process.listening import reserve, url_of
from serving.process.page import start_page
from serving.process.server import run_service, serve_until_stopped
from serving.wire.question import Question
from tools.errors import Unavailable

QUESTIONS = (
    "How many days in advance are customers told about a higher list price?",
    "Which region has the most customers?",
    "Is the best-selling instance of 2025 still under standard warranty after 30 months?",
)
"""One for the documents, one for the database, one for both."""
PAGE_START_S = 60.0
"""Seconds that Chainlit may take; six on an idle machine."""


def run_demo(settings: Settings, console: Console) -> None:
    """Load what is not loaded, answer the three questions, and serve until Ctrl-C.

    Raises:
        PortTaken: a port is in use; nothing was started.
        Unavailable: a part cannot be opened.
    """
    chosen = {
        "service": settings.service.model_copy(update={"playground": True}),
        "page": settings.page,
    }
    addresses: dict[str, str] = {}
    for name, section in chosen.items():
        with reserve(section.host, section.port, setting=f"DOCSQL_{name.upper()}__PORT") as free:
            addresses[name] = url_of(free)
            chosen[name] = section.model_copy(update={"port": free.getsockname()[1]})
    settings = settings.model_copy(update=chosen)
    load_sample(settings, console)
    run_service(_serve(settings, console, page_url=addresses["page"]))


def load_sample(settings: Settings, console: Console) -> None:
    """Make the sample database and ingest the sample documents, where that is not done yet."""
    sample = sample_folder()
    database = settings.data / DEMO_DATABASE
    if not database.is_file():
        make_folder(settings.data, setting="DOCSQL_DATA")
        make_database(sample / "database.sql", database)
        said = f"Made the sample database {database}."
        console.print(said, markup=False, highlight=False, soft_wrap=True)
    collection = settings.documents.collection
    with open_store(settings) as store:
        library = DocumentLibrary(store, originals=originals(settings), sheets=sheets(settings))
        outcomes = library.ingest([sample / "documents"], collection=collection, root="demo")
        make_vectors(store)  # where they cannot be made, every answer says so
    added = sum(outcome.outcome in ("added", "replaced") for outcome in outcomes)
    if added:
        console.print(f"Ingested {added} sample documents.", highlight=False)
    for outcome in outcomes:
        if outcome.outcome == "failed":
            print_outcome(console, outcome)


def make_database(script: Path, database: Path) -> None:
    """Run an SQL script into a new SQLite file, which appears only when it is whole."""
    unfinished = database.with_suffix(".unfinished")
    unfinished.unlink(missing_ok=True)
    with closing(sqlite3.connect(unfinished)) as connection:
        connection.executescript(script.read_text(encoding="utf-8"))
    unfinished.rename(database)


def sample_folder() -> Path:
    """The sample data: inside the installed package, or in the repository beside it."""
    package = Path(__file__).parents[1]
    for folder in (package / "demo", package.parent / "deployment" / "demo"):
        if (folder / "database.sql").is_file():
            return folder
    raise Unavailable("The sample data is not in this installation; install the wheel again.")


async def _serve(settings: Settings, console: Console, *, page_url: str) -> None:
    async with AsyncExitStack() as stack:

        async def show(parts: Parts, url: str) -> None:
            page = stack.enter_context(_page(settings, api_url=url))
            for question in QUESTIONS:
                console.print(Rule(style="green"), Text(question, "bold"), "", sep="\n")
                answer = await parts.turns.answer(Question(question=question), LOCAL)
                print_answer(console, answer)
                console.print()
            await _wait_for(page, page_url)

        def announce(url: str) -> None:
            chat, api = f"chat page   {page_url}", f"API         {url}/agent/playground/"
            console.print(banner([chat, api, "Ctrl-C stops both."]))

        await serve_until_stopped(settings, say=announce, before=show)


async def _wait_for(page: "subprocess.Popen[bytes]", url: str) -> None:
    """Return when the page answers: an address that is printed sooner would be clicked in vain."""
    async with httpx.AsyncClient(trust_env=False, timeout=PAGE_START_S) as client:
        with suppress(TimeoutError):
            async with asyncio.timeout(PAGE_START_S):
                while page.poll() is None:
                    with suppress(httpx.TransportError):
                        await client.get(url)
                        return
                    await asyncio.sleep(0.1)
    raise Unavailable(f"The chat page did not start at {url}; see its output above.")


@contextmanager
def _page(settings: Settings, *, api_url: str) -> "Generator[subprocess.Popen[bytes]]":
    """The chat page as a child process, for as long as the service runs."""
    page = start_page(settings, api_url=api_url)
    try:
        yield page
    finally:
        page.terminate()
        try:
            page.wait(timeout=10)
        except subprocess.TimeoutExpired:
            page.kill()
            page.wait()
