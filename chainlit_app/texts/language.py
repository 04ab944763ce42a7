"""The language of a visitor: the first of their browser's that the page speaks, or English.

A browser says the same languages in `Accept-Language` and to `public/docsql.js`, which chooses by
the same rule and keeps what it chose in a cookie: a proxy may drop the header, and the page must not
speak two languages.
"""

from collections.abc import Generator, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Literal, get_args
from urllib.parse import parse_qsl, urlencode

from starlette.requests import HTTPConnection
from starlette.types import ASGIApp, Receive, Scope, Send

Language = Literal["en", "de"]
LANGUAGES: tuple[Language, ...] = get_args(Language)
REGIONS: dict[Language, str] = {"en": "en-US", "de": "de-DE"}
"""What Chainlit calls them."""
COOKIE = "docsql-language"

_LANGUAGE: ContextVar[Language] = ContextVar("language", default="en")


@contextmanager
def speaking(language: Language) -> Generator[None]:
    """Have what is called within speak this language."""
    token = _LANGUAGE.set(language)
    try:
        yield
    finally:
        _LANGUAGE.reset(token)


def current_language() -> Language:
    """The current visitor's language."""
    return _LANGUAGE.get()


def language_for(accepted: str) -> Language:
    """The language for an `Accept-Language` header (RFC 9110, section 12.5.4)."""
    ordered = sorted(_weighted(accepted), key=lambda each: -each[1])
    accepted_ones: list[Language] = [language for language, weight in ordered if weight > 0]
    return accepted_ones[0] if accepted_ones else "en"


def _weighted(accepted: str) -> Iterator[tuple[Language, float]]:
    for each in accepted.split(","):
        tag, _, weight = each.strip().partition(";")
        language = tag.strip().lower().split("-")[0]
        if language in LANGUAGES:
            yield language, _number(weight.strip().removeprefix("q="))


def _number(weight: str) -> float:
    try:
        return float(weight or 1)
    except ValueError:
        return 0.0


class SpeakTheirLanguage:
    """Sets the language of everything that follows from a request or socket.

    Chainlit asks for its own words in the browser's first language. That is replaced by the one
    that the page speaks, so that the two are never mixed.
    """

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] not in {"http", "websocket"}:
            await self._app(scope, receive, send)
            return
        language = _spoken_with(HTTPConnection(scope))
        with speaking(language):
            await self._app(_asked_in(scope, REGIONS[language]), receive, send)


def _spoken_with(connection: HTTPConnection) -> Language:
    kept = connection.cookies.get(COOKIE, "")
    return language_for(
        kept if kept in LANGUAGES else connection.headers.get("accept-language", "")
    )


def _asked_in(scope: Scope, region: str) -> Scope:
    if not scope["path"].startswith("/project/"):
        return scope
    asked = parse_qsl(scope["query_string"].decode("latin-1"), keep_blank_values=True)
    said = [(name, region if name == "language" else value) for name, value in asked]
    return {**scope, "query_string": urlencode(said).encode("latin-1")}
