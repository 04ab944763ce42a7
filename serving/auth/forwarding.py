"""The caller's own token on its way to a server behind: it travels with one call's context.

An environment variable or a field of a shared client would hand one caller's token to another's
call. A context variable is copied into every task and thread that a request begins, and seen by
no other.
"""

from collections.abc import Generator
from contextlib import contextmanager
from contextvars import ContextVar

_TOKEN: ContextVar[str | None] = ContextVar("callers_token", default=None)


@contextmanager
def forwarding_token(token: str | None) -> Generator[None]:
    """Have what is called within know the caller's token."""
    before = _TOKEN.set(token)
    try:
        yield
    finally:
        _TOKEN.reset(before)


def forwarded_token() -> str | None:
    """The token of the caller on whose behalf this runs, None where they have none to hand on."""
    return _TOKEN.get()
