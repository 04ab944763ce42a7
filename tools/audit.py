"""The audit interface: a record of every statement and every document read, with its caller and outcome."""

from collections.abc import Generator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from time import perf_counter
from typing import Literal, Protocol

from tools.caller import Caller
from tools.errors import QueryFailed, Refused, TooSlow

Outcome = Literal["ran", "refused", "failed", "too_slow", "unavailable", "downloaded"]


@dataclass(slots=True)
class StatementRead:
    """One statement, whoever wrote it; `rows` are those returned."""

    caller: Caller
    database: str
    sql: str
    outcome: Outcome = "unavailable"
    rows: int = 0
    seconds: float = 0.0


@dataclass(frozen=True, slots=True)
class DocumentRead:
    """A document of which passages were handed to somebody, by the passages' ids."""

    caller: Caller
    collection: str
    document_id: str
    source: str
    passages: Sequence[str] = field(default_factory=tuple[str, ...])


class Audit(Protocol):
    """Keeps what is read. What cannot be written down is not handed on.

    Raises:
        Unavailable: from both methods, when it cannot be kept.
    """

    def statement(self, read: StatementRead) -> None:
        """Keep a statement, after it ran or failed."""
        ...

    def documents(self, read: Sequence[DocumentRead]) -> None:
        """Keep what a search or a look found."""
        ...


class NoAudit:
    """For a tool that is used without a service: measurements and tests."""

    def statement(self, read: StatementRead) -> None:
        """Forget it."""

    def documents(self, read: Sequence[DocumentRead]) -> None:
        """Forget it."""


@contextmanager
def statement_read(
    audit: Audit, caller: Caller, database: str, sql: str
) -> Generator[StatementRead]:
    """Record a statement however it ends; the body sets the number of rows."""
    read, began = StatementRead(caller, database, sql), perf_counter()
    try:
        yield read
        read.outcome = "ran"
    except Refused:
        read.outcome = "refused"
        raise
    except QueryFailed:
        read.outcome = "failed"
        raise
    except TooSlow:
        read.outcome = "too_slow"
        raise
    finally:
        read.seconds = perf_counter() - began
        audit.statement(read)
