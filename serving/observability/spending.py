"""On whose behalf models are asked here."""

from collections.abc import Generator
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Protocol

_spender = ContextVar[str]("spender", default="")


class Spending(Protocol):
    """Keeps what a call of a model cost."""

    def note(
        self, caller: str, model: str, *, tokens_in: int, tokens_out: int, seconds: float
    ) -> None:
        """Add one call."""
        ...


@contextmanager
def spending_as(caller: str) -> Generator[None]:
    """Have what models cost here counted for this caller."""
    token = _spender.set(caller)
    try:
        yield
    finally:
        _spender.reset(token)


def spender() -> str:
    """The caller whose turn it is, or nothing."""
    return _spender.get()
