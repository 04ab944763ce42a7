from collections import OrderedDict
from collections.abc import Mapping

from agent.toolbox import Evidence

THREADS = 64
"""Threads whose evidence is held: a turn that fails leaves its own here until others push it out."""


class RecentEvidence:
    """The evidence of the turns under way, which read it again at every step.

    All of it is in the database as well: what is not here any more is read from there.
    """

    def __init__(self, threads: int = THREADS) -> None:
        self._most = threads
        self._threads: OrderedDict[str, set[str]] = OrderedDict()
        self._items: dict[str, Evidence] = {}

    def put(self, thread: str, items: Mapping[str, Evidence]) -> None:
        """Keep what a turn has found, and let go of the thread that was written longest ago."""
        self._threads.setdefault(thread, set()).update(items)
        self._threads.move_to_end(thread)
        self._items.update(items)
        while len(self._threads) > self._most:
            self.forget(next(iter(self._threads)))

    def get(self, id_: str) -> Evidence | None:
        """The evidence of that id, if it is still here."""
        return self._items.get(id_)

    def forget(self, thread: str) -> None:
        """Let go of a thread's evidence."""
        for id_ in self._threads.pop(thread, ()):
            self._items.pop(id_, None)
