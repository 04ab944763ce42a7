"""The visitor of the page, carried in the context of their request.

A page has one client of the service for everybody. What it shows the service is looked up at each
call, in the context of the request or socket that the call is made for.
"""

from collections.abc import AsyncGenerator, Awaitable, Callable, Generator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, field

import httpx
from opentelemetry import propagate

from chainlit_app.texts.language import current_language


@dataclass(frozen=True, slots=True)
class Visitor:
    """A person at the page; `headers` are what the service knows them by.

    `renewed` gives the headers of now, for those that end; `signs_in` says that they came with a key,
    and can come with another.
    """

    id: str
    headers: Mapping[str, str] = field(repr=False)
    renewed: Callable[[], Awaitable[Mapping[str, str]]] | None = field(default=None, repr=False)
    signs_in: bool = False


_VISITOR: ContextVar[Visitor | None] = ContextVar("visitor", default=None)


@contextmanager
def acting_for(visitor: Visitor | None) -> Generator[None]:
    """Have what is called within be done for that person."""
    token = _VISITOR.set(visitor)
    try:
        yield
    finally:
        _VISITOR.reset(token)


def visitor() -> Visitor | None:
    """The current visitor; None if unknown."""
    return _VISITOR.get()


class VisitorAuth(httpx.Auth):
    """Shows the service who is at the page, and what they read; of a stranger nothing else."""

    async def async_auth_flow(
        self, request: httpx.Request
    ) -> AsyncGenerator[httpx.Request, httpx.Response]:
        """Sign one request, and say which trace it belongs to where one is taken."""
        propagate.inject(request.headers)
        request.headers["Accept-Language"] = current_language()
        if here := visitor():
            request.headers.update(await here.renewed() if here.renewed else here.headers)
        yield request
