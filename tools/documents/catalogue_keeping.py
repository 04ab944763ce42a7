"""The catalogue of a store, made from its rows and made again when they change."""

from collections.abc import Callable, Iterator, Sequence

from tools.documents.catalogue import CARD_FIELDS, COVER, COVER_FIELDS, WHERE, DocumentCatalogue
from tools.documents.rows import Row

_PATIENCE = 5

Read = Callable[[str, Sequence[str]], Iterator[Row]]
"""Reads these fields of the rows that a filter lets through."""


class KeptCatalogue:
    """What is told of a store's documents in a state of the store, or not long before.

    To make it, many rows are read. While a store keeps changing, it is out of date for some times
    as long as that takes; what came meanwhile is found, only not by its name.
    """

    def __init__(self, read: Read, clock: Callable[[], float]) -> None:
        self._read = read
        self._clock = clock
        self._made: DocumentCatalogue | None = None
        self._state: object = None
        self._again_at = 0.0

    def at(self, state: object) -> DocumentCatalogue:
        """The catalogue of a store; equal states are of an unchanged one."""
        started = self._clock()
        if self._made is None or (state != self._state and started >= self._again_at):
            self._made = DocumentCatalogue.of(
                self._read(WHERE, CARD_FIELDS), self._read(COVER, COVER_FIELDS)
            )
            self._state = state
            ended = self._clock()
            self._again_at = ended + _PATIENCE * (ended - started)
        return self._made
