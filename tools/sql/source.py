"""What a database has to be to stand behind the gate, and what it is told of a statement."""

import threading
from collections.abc import Callable, Generator, Hashable
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass, field
from typing import Protocol

from sqlalchemy import Connection

from tools.caller import Caller
from tools.errors import TooSlow
from tools.sql.access import Sight

_REPEAT_S = 0.1


class Stop:
    """The wish that a statement ends; whoever runs it says how that is done."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._is_set = False
        self._over = threading.Event()
        self._end: Callable[[], None] | None = None

    def set(self) -> None:
        """End the statement that runs, and every later one; returns when it has ended.

        A server forgets a wish that comes between two of a statement's messages: it is repeated.
        """
        self._is_set = True
        while True:
            with self._lock:
                if self._end is None:
                    return
                self._end()
            self._over.wait(_REPEAT_S)

    def is_set(self) -> bool:
        """Whether somebody wished it."""
        return self._is_set

    @contextmanager
    def ends_by(self, end: Callable[[], None]) -> Generator[None]:
        """Call `end` when the wish comes, and never after this block: the next is not to be hit."""
        if self._is_set:
            raise too_slow(0.0)
        with self._lock:
            self._end = end
        try:
            yield
        finally:
            self._over.set()
            with self._lock:
                self._end = None


@dataclass(frozen=True, slots=True)
class Job:
    """One admitted statement: whose it is, and what it may cost in seconds and by its plan."""

    text: str
    caller: Caller
    seconds: float
    cost: float | None = None
    stop: Stop = field(default_factory=Stop)


class Source(Protocol):
    """A database without the guard: the layers of the gate that are the engine's own."""

    dialect: str

    def stamp(self) -> Hashable:
        """Something that changes when the schema does, cheaply."""
        ...

    def look(self) -> Sight:
        """Introspect what is open of it."""
        ...

    def statement(self, job: Job) -> AbstractContextManager[Connection]:
        """Lend a read-only connection that runs the job's text and ends it at its limits."""
        ...

    def plan(self, job: Job, sight: Sight) -> tuple[int | None, float | None]:
        """The rows of the largest step and the cost of the job's plan, as far as it can be told."""
        ...

    def close(self) -> None:
        """Give up the connections."""
        ...


def too_slow(seconds: float) -> TooSlow:
    """What is said of a statement that met its limit."""
    return TooSlow(
        f"The statement was stopped after {seconds:g} s. "
        "Filter more, join on keys, or aggregate before joining."
    )
