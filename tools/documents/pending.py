"""When Milvus Lite is to write to disk what it holds in memory.

It holds rows as Python objects, a vector's numbers one by one, and takes as much again to write
them: 20,000 vectors of 384 numbers are half a gigabyte. Each flush reads and writes all that is
there, so the next one waits for a share of that. What it frees is given back at once: 20,000
passages leave 200 MB behind otherwise.
"""

from dataclasses import dataclass

from tools.memory import give_back_memory

_FEWEST, _MOST = 1_500, 10_000
_SHARE = 8


@dataclass(slots=True)
class PendingRows:
    """Rows written since the last flush, and before it."""

    is_embedded: bool
    _pending: int = 0
    _flushed: int = 0

    def add(self, rows: int) -> bool:
        """Count rows that were written; whether it is time to flush."""
        self._pending += rows
        room = min(_MOST, max(_FEWEST, self._flushed // _SHARE))
        return self.is_embedded and self._pending >= room

    def note_flush(self) -> None:
        """Begin to count anew."""
        self._flushed += self._pending
        self._pending = 0
        if self.is_embedded:
            give_back_memory()
