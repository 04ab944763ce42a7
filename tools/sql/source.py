"""The interface of a database behind the gate, and the job it is given."""

import threading
import time
from collections.abc import Callable, Generator, Hashable, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import Decimal
from typing import Protocol, cast

from tools.caller import Caller
from tools.errors import TooSlow
from tools.sql.access import VisibleSchema

Value = str | int | float | bool | Decimal | date | datetime | bytes | None
"""A cell of a result, as the driver gives it."""

_REPEAT_S = 0.1


class StopSignal:
    """A request to cancel a statement; the engine registers how."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._since: float | None = None
        self._over = threading.Event()
        self._end: Callable[[], object] | None = None

    def set(self) -> None:
        """End what runs, and every later thing; returns when it has ended.

        A server forgets a wish that comes between two of a statement's messages: it is repeated.
        It may come a moment after its statement, whose connection is then not to be used again.
        """
        with self._lock:
            self._since = self._since or time.monotonic()
        while (end := self._way_to_end()) is not None:
            end()
            self._over.wait(_REPEAT_S)

    def is_set(self) -> bool:
        """Whether somebody wished it."""
        return self._since is not None

    @property
    def age_s(self) -> float:
        """Seconds since somebody wished it; 0 where nobody did."""
        return 0.0 if self._since is None else time.monotonic() - self._since

    @contextmanager
    def ends_by(self, end: Callable[[], object]) -> Generator[None]:
        """Call `end` when the wish comes, and not once this block was left without one."""
        with self._lock:
            if self._since is not None:
                raise statement_too_slow(0.0)
            self._over.clear()
            self._end = end
        try:
            yield
        finally:
            with self._lock:
                self._end = None
            self._over.set()

    def _way_to_end(self) -> Callable[[], object] | None:
        with self._lock:
            return self._end


@dataclass(frozen=True, slots=True)
class Job:
    """One admitted statement: whose it is, and what it may cost.

    `seconds` of time, `cost` by its plan, `rows` and `bytes` of its result. `tables` are those that
    it reads, `stamp` is of the schema that it was admitted by; without one, the latest is meant.
    """

    text: str
    caller: Caller
    seconds: float
    cost: float | None = None
    stop: StopSignal = field(default_factory=StopSignal)
    rows: int = 1_000
    bytes: int = 1_000_000
    stamp: Hashable = None
    tables: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class FetchedRows:
    """The rows read; `truncated` says that a cap cut off the rest."""

    columns: tuple[str, ...]
    rows: tuple[tuple[Value, ...], ...]
    truncated: bool


class DatabaseSource(Protocol):
    """A database without the guard: the layers of the gate that are the engine's own."""

    dialect: str

    def stamp(self) -> Hashable:
        """Something that changes when the schema does, cheaply."""
        ...

    def look(self) -> VisibleSchema:
        """Introspect what is open of it."""
        ...

    def fetch(self, job: Job) -> FetchedRows:
        """Run the job's text read-only and end it at its limits, a second late at most."""
        ...

    def plan(self, job: Job, sight: VisibleSchema) -> tuple[int | None, float | None]:
        """The rows of the largest step and the cost of the job's plan, as far as it can be told."""
        ...

    def close(self) -> None:
        """Give up the connections."""
        ...


def statement_too_slow(seconds: float) -> TooSlow:
    """The error for a statement that reached its time limit."""
    return TooSlow(
        f"The statement was stopped after {seconds:g} s. "
        "Filter more, join on keys, or aggregate before joining."
    )


def size_of(value: object) -> int:
    """About how many bytes a cell takes, with all that is in a list or a record."""
    waiting, size = [value], 0
    while waiting:
        each = waiting.pop()
        size += len(each) if isinstance(each, str | bytes) else 8
        if isinstance(each, list | tuple):
            waiting += cast("Sequence[object]", each)
        elif isinstance(each, dict):
            inside = cast("Mapping[object, object]", each)
            waiting += (*inside.keys(), *inside.values())
    return size
