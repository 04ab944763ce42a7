"""`docsql demo`: the sample data, three questions, then the service and the page."""

import asyncio
import sqlite3
import subprocess
from collections.abc import Generator
from contextlib import closing, contextmanager
from pathlib import Path

from rich.console import Console
from rich.rule import Rule

from serving.assembly import DEMO_DATABASE, Parts, open_store
from serving.auth import LOCAL
from serving.library import Library
from serving.listening import reserve
from serving.page import page_command
from serving.schema import Question
from serving.service import serve_until_stopped
from serving.settings import Settings
from serving.terminal import banner, print_answer
from tools.errors import Unavailable

QUESTIONS = (
    "How many days in advance are customers told about a higher list price?",
    "Which region has the most customers?",
    "Is the best-selling instance of 2025 still under standard warranty after 30 months?",
)
"""One that the documents answer, one that the database answers, one that needs both."""


def demonstrate(settings: Settings, console: Console) -> None:
    """Load what is not loaded, answer the three questions, and serve until Ctrl-C.

    Raises:
        PortTaken: a port is in use; nothing was started.
        Unavailable: a part cannot be opened.
    """
    service = settings.service.model_copy(update={"playground": True})
    settings = settings.model_copy(update={"service": service})
    for section, name in ((service, "SERVICE"), (settings.page, "PAGE")):
        reserve(section.host, section.port, setting=f"DOCSQL_{name}__PORT").close()
    load_sample(settings, console)
    asyncio.run(_serve(settings, console))


def load_sample(settings: Settings, console: Console) -> None:
    """Make the sample database and ingest the sample documents, where that is not done yet."""
    sample = sample_folder()
    database = settings.data / DEMO_DATABASE
    if not database.is_file():
        make_database(sample / "database.sql", database)
        console.print(f"Made the sample database {database}.", markup=False, highlight=False)
    collection = settings.documents.collection
    with open_store(settings) as store:
        outcomes = Library(store).ingest([sample / "documents"], collection=collection)
    added = sum(outcome.outcome in ("added", "replaced") for outcome in outcomes)
    if added:
        console.print(f"Ingested {added} sample documents.", highlight=False)


def make_database(script: Path, database: Path) -> None:
    """Run an SQL script into a new SQLite file, which appears only when it is whole."""
    unfinished = database.with_suffix(".unfinished")
    unfinished.unlink(missing_ok=True)
    database.parent.mkdir(parents=True, exist_ok=True)
    with closing(sqlite3.connect(unfinished)) as connection:
        connection.executescript(script.read_text(encoding="utf-8"))
    unfinished.rename(database)


def sample_folder() -> Path:
    """The sample data: inside the installed package, or in the repository beside it."""
    here = Path(__file__).parent
    for folder in (here / "demo", here.parent / "deployment" / "demo"):
        if (folder / "database.sql").is_file():
            return folder
    raise Unavailable("The sample data is not in this installation; install the wheel again.")


async def _serve(settings: Settings, console: Console) -> None:
    with _page(settings):

        async def show_answers(parts: Parts, _: str) -> None:
            for question in QUESTIONS:
                console.print(Rule(question, align="left", style="green"))
                answer = await parts.turns.answer(Question(question=question), LOCAL)
                print_answer(console, answer)
                console.print()

        def announce(_: str) -> None:
            service, page = settings.service, settings.page
            console.print(
                banner(
                    [
                        f"chat page   http://{page.host}:{page.port}",
                        f"API         http://{service.host}:{service.port}/agent/playground/",
                        "Ctrl-C stops both.",
                    ]
                )
            )

        await serve_until_stopped(settings, say=announce, before=show_answers)


@contextmanager
def _page(settings: Settings) -> Generator[None]:
    """The chat page as a child process, for as long as the service runs."""
    page = subprocess.Popen(page_command(settings))  # noqa: S603  # our own module
    try:
        yield
    finally:
        page.terminate()
        try:
            page.wait(timeout=10)
        except subprocess.TimeoutExpired:
            page.kill()
            page.wait()
