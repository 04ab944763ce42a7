"""One look at each database's schema for a turn, which asks for it half a dozen times.

What is shown to models and readers may be as old as the turn. What a statement must pass is not:
whoever judges or runs one looks again, and the turn sees what was found then.
"""

from collections.abc import Generator
from contextlib import contextmanager
from contextvars import ContextVar

from tools.sql.gate import Gate

_SEEN: ContextVar[dict[object, Gate] | None] = ContextVar("gates seen in a turn", default=None)


@contextmanager
def one_look_a_turn() -> Generator[None]:
    """Keep what is seen of databases within, in the tasks and threads that begin there too."""
    token = _SEEN.set({})
    try:
        yield
    finally:
        _SEEN.reset(token)


def note_look(database: object, gate: Gate) -> None:
    """Keep the gate of a database for the rest of the turn, if one is going on."""
    seen = _SEEN.get()
    if seen is not None:
        seen[database] = gate


def seen_in_turn(database: object) -> Gate | None:
    """The gate of a database as the turn saw it last; None where it has not looked yet."""
    seen = _SEEN.get()
    return None if seen is None else seen.get(database)
