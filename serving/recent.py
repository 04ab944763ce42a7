from collections import OrderedDict
from collections.abc import Mapping

from agent.toolbox import Evidence

THREADS = 256
"""As many as turns that may run at once: a turn that fails leaves its evidence here."""


class Recent:
    """The evidence of the turns under way, which read it again at every step.

    Only threads that hold still are kept out of the database; a turn that ends is forgotten here.
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
