"""`docsql documents reembed`: vectors by another model, while searches go on."""

import time
from typing import TYPE_CHECKING

from serving.cli.command_group import console, settings_here
from serving.config.settings import Settings
from tools.errors import BadInput, Unavailable

if TYPE_CHECKING:
    from collections.abc import Callable

    from serving.process.discovery import Running
    from tools.documents.vectors import Coverage

_ASKS_EVERY_S = 0.5
_LEFT = "left; searches use the old vectors until all are made"
_NO_NEXT = (
    "No other embedding model is set. Leave DOCSQL_EMBEDDINGS__… as it is, and name the new model "
    "with the same settings under DOCSQL_EMBEDDINGS__NEXT__…, such as "
    "DOCSQL_EMBEDDINGS__NEXT__URL=http://host:8080."
)
_THEN = (
    "Then give the settings under DOCSQL_EMBEDDINGS__NEXT__… to DOCSQL_EMBEDDINGS__… and restart; "
    "the old vectors are deleted after that."
)


def reembed_documents() -> None:
    """Recompute all vectors with the model in DOCSQL_EMBEDDINGS__NEXT, then switch to it.

    Searches go on with the old vectors until all new ones are made and counted. An interrupted run
    goes on where it ended. A running service that has the setting makes them itself, and this
    command waits for it.
    """
    from serving.cli.progress import VectorProgress
    from serving.process.discovery import running_service

    settings = settings_here()
    running = running_service(settings.data)
    if running is None and settings.embeddings.next is None:
        raise BadInput(_NO_NEXT)
    with VectorProgress(console, left=_LEFT) as progress:
        note = _in_tenths(progress.note)
        made = _wait_for(running, note) if running else _rebuild(settings, note)
    said = (
        f"All {made.done:,} passages have vectors by the new model, and searches use them. {_THEN}"
    )
    console.print(said, markup=False, highlight=False, soft_wrap=True)


def _in_tenths(show: "Callable[[Coverage], None]") -> "Callable[[Coverage], None]":
    """Shows how far it is, and where nobody looks at a terminal says it ten times."""
    tenths = 0

    def note(coverage: "Coverage") -> None:
        nonlocal tenths
        show(coverage)
        now = 10 * coverage.done // max(1, coverage.passages)
        if now > tenths and not console.is_terminal:
            print(f"{coverage.done:,} of {coverage.passages:,} passages have the new vectors.")
        tenths = now

    return note


def _rebuild(settings: Settings, note: "Callable[[Coverage], None]") -> "Coverage":
    from serving.parts.documents import open_store
    from tools.documents.rebuild import rebuild
    from tools.documents.vectors import Coverage

    with open_store(settings) as store:
        made = rebuild(store.dense, on_progress=note)
        current = store.vectors
        return made or (current.coverage() if current else Coverage(0, 0))


def _wait_for(running: "Running", note: "Callable[[Coverage], None]") -> "Coverage":
    """Until the service has switched; what it makes is its own business."""
    from serving.client import ServiceClient
    from tools.documents.vectors import Coverage

    with ServiceClient(running.url, credential=running.credential) as client:
        while found := client.ready().next_vectors:
            if found.problem:
                raise Unavailable(f"The service at {running.url} cannot go on: {found.problem}")
            coverage = Coverage(found.passages, found.done)
            note(coverage)
            if found.is_used:
                return coverage
            time.sleep(_ASKS_EVERY_S)
    raise BadInput(f"The service at {running.url} was started without the new model. {_NO_NEXT}")
