"""The language that a client reads, by `Accept-Language`: what goes wrong is told in it.

Programs send no such header, and get English. What has no sentence in the language stays English.
"""

from collections.abc import Mapping, Sequence
from typing import TypeVar, cast

from pydantic import BaseModel
from starlette.datastructures import Headers
from starlette.types import ASGIApp, Receive, Scope, Send

from tools.language.pack import language_packs
from tools.language.reader import note_reader, reader
from tools.language.telling import IN_ENGLISH, Telling

TOLD = frozenset({"detail", "error", "message", "problem", "reason"})
"""The fields of what travels that say what went wrong, or what came of a step."""
M = TypeVar("M", bound=BaseModel)
_ANY = "*"


class HearReader:
    """Notes the first language of a request's `Accept-Language` (RFC 9110, section 12.5.4)."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        wanted = Headers(scope=scope).get("accept-language") if scope["type"] == "http" else None
        if wanted and not wanted.startswith(_ANY):
            note_reader(_reader_of(wanted))
        await self._app(scope, receive, send)


def to_reader(english: str) -> str:
    """A sentence in the language of whoever asked."""
    told = reader() or IN_ENGLISH
    return english if told == IN_ENGLISH else told.retold(english)


def all_to_reader(sent: dict[str, object]) -> dict[str, object]:
    """The same of everything in a message that says what went wrong."""
    told = reader() or IN_ENGLISH
    return sent if told == IN_ENGLISH else cast("dict[str, object]", _retold(sent, told))


def model_to_reader(model: M) -> M:
    """The same of a whole model."""
    if (reader() or IN_ENGLISH) == IN_ENGLISH:
        return model
    return type(model).model_validate(all_to_reader(model.model_dump()))


def _reader_of(wanted: str) -> Telling:
    first = wanted.split(",")[0].split(";")[0].strip().lower().split("-")[0]
    codes = {pack.code for pack in language_packs()} - {IN_ENGLISH.code}
    return Telling(first) if first in codes else IN_ENGLISH


def _retold(sent: object, to: Telling, field: str = "") -> object:
    if isinstance(sent, str):
        return to.retold(sent) if field in TOLD else sent
    if isinstance(sent, Mapping):
        named = cast("Mapping[str, object]", sent)
        return {name: _retold(each, to, name) for name, each in named.items()}
    if isinstance(sent, Sequence):
        return [_retold(each, to) for each in cast("Sequence[object]", sent)]
    return sent
