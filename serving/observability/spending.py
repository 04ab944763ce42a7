"""On whose behalf models are asked here, and what it comes to."""

from collections.abc import Callable, Generator, Sequence
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, field
from typing import Protocol

from serving.observability.token_counts import TokenCount

_bill = ContextVar["Bill | None"]("bill", default=None)


class Account(Protocol):
    """Keeps what a call of a model cost."""

    def note(self, caller: str, model: str, count: TokenCount, *, seconds: float) -> None:
        """Add one call."""
        ...


@dataclass(slots=True)
class Bill:
    """What the models cost in one turn, failed and cancelled calls included.

    `charged` is how much of it limits have counted already.
    """

    caller: str
    accounts: Sequence[Account] = ()
    total: TokenCount = field(default_factory=TokenCount)
    charged: int = 0
    _open: dict[object, Callable[[], None]] = field(
        default_factory=dict[object, Callable[[], None]]
    )

    def begin(self, call: object, leave: Callable[[], None]) -> None:
        """A call begins; `leave` ends it if nobody else does."""
        self._open[call] = leave

    def end(self, call: object, model: str, count: TokenCount, *, seconds: float) -> None:
        """A call has ended, one way or another."""
        self._open.pop(call, None)
        self.total = self.total.with_(count)
        for account in self.accounts:
            account.note(self.caller, model, count, seconds=seconds)

    def close(self) -> None:
        """End the calls that were cancelled before anybody heard of their end."""
        for leave in list(self._open.values()):
            leave()


@contextmanager
def charged_to(bill: Bill) -> Generator[None]:
    """Charge the models that are asked here to a bill."""
    token = _bill.set(bill)
    try:
        yield
    finally:
        _bill.reset(token)


def bill_here() -> Bill | None:
    """The bill of the turn that this is, if it is one."""
    return _bill.get()
