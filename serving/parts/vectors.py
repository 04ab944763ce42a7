"""Vectors made behind: at the end of a command, or beside a service in a thread of its own."""

import logging
import threading
from collections.abc import Callable, Generator
from contextlib import contextmanager, suppress

from tools.documents.rebuild import rebuild
from tools.documents.store import DocumentStore
from tools.documents.vectors import Coverage
from tools.errors import DocsqlError

_LOOKS_EVERY_S = 1.0
_FEWEST, _SHARE = 500, 4
"""Passages without vectors that are worth a round beside reading, and their share of the others."""
_TRIES_EVERY_S = 60.0
"""Seconds between two tries after a failure, and between two looks at what others wrote."""
log = logging.getLogger(__name__)


def make_vectors(
    store: DocumentStore, *, on_progress: Callable[[Coverage], None] = lambda _: None
) -> str:
    """Make the vectors that a store is missing; the reason where they cannot be made, or empty."""
    try:
        if store.vectors is not None:
            store.vectors.fill(on_progress=on_progress)
            store.dense.drop_old()
    except DocsqlError as error:
        return str(error)
    return ""


def _fill(store: DocumentStore, is_stopped: Callable[[], bool]) -> None:
    """Make what is missing for searches first, then what a model needs that is to follow."""
    if store.vectors is not None:
        store.vectors.fill(is_stopped=is_stopped)
        store.dense.drop_old()
    if (made := rebuild(store.dense, is_stopped=is_stopped)) is not None:
        log.info("Searches use the new embedding model; %d passages have its vectors.", made.done)


def describe_coverage(coverage: Coverage) -> str:
    """How far the vectors are, as a person is told; empty where every passage has one."""
    if coverage.is_complete:
        return ""
    return (
        f"{coverage.done:,} of {coverage.passages:,} passages have vectors; the others are found "
        "by their words. A running service makes the rest, or the next `docsql ingest` does."
    )


@contextmanager
def vectors_behind(store: DocumentStore) -> Generator[None]:
    """Make vectors in a thread while this context is open, whenever passages were written."""
    if not store.dense.are_any:
        yield
        return
    stopped = threading.Event()
    work = threading.Thread(target=_follow, args=[store, stopped], name="vectors")
    work.start()
    try:
        yield
    finally:
        stopped.set()
        work.join()


@contextmanager
def vectors_beside(store: DocumentStore) -> Generator[None]:
    """Make vectors in a thread while files are read, some hundreds at a time, and leave the rest."""
    if not store.dense.are_any:
        yield
        return
    stopped = threading.Event()
    work = threading.Thread(target=_keep_up, args=[store, stopped], name="vectors")
    work.start()
    try:
        yield
    finally:
        stopped.set()
        work.join()


def _keep_up(store: DocumentStore, stopped: threading.Event) -> None:
    with suppress(DocsqlError):  # whoever makes the rest is told
        while not stopped.wait(_LOOKS_EVERY_S):
            if (vectors := store.vectors) is None:
                return
            found = vectors.coverage()
            # Each round ends with all vectors being written to the disk.
            if found.passages - found.done >= max(_FEWEST, found.done // _SHARE):
                vectors.fill(is_stopped=stopped.is_set)


def _follow(store: DocumentStore, stopped: threading.Event) -> None:
    done, waited, said = -1, 0.0, ""
    while not stopped.is_set():
        changes = store.changes
        if changes != done or waited >= _TRIES_EVERY_S:
            waited = 0.0
            try:
                _fill(store, stopped.is_set)
                said = ""
            except DocsqlError as error:
                if str(error) != said:
                    said = str(error)
                    log.warning(
                        "No vectors can be made, and documents are searched by keywords only: %s",
                        said,
                    )
            done = changes
        stopped.wait(_LOOKS_EVERY_S)
        waited += _LOOKS_EVERY_S
