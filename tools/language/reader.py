"""The language that whoever asked reads, where their request says so."""

from contextvars import ContextVar

from tools.language.telling import Telling

_READER: ContextVar[Telling | None] = ContextVar("reader", default=None)


def note_reader(reader: Telling) -> None:
    """What is done for this request is told in this language."""
    _READER.set(reader)


def reader() -> Telling | None:
    """The language of whoever asked; None where they said none."""
    return _READER.get()
